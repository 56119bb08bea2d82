package io.pickwick.resource;

import io.pickwick.pool.IpAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * What of a pod matters to the pool that it is of.
 *
 * @param meta what it says of itself
 * @param addresses {@code status.podIPs} in their order, or {@code status.podIP} alone; kept in
 *     canonical text, and without what is no IP address
 * @param ready whether its condition {@code Ready} is {@code True}
 * @param terminating whether it has a deletion timestamp
 */
public record PodFacts(Meta meta, List<String> addresses, boolean ready, boolean terminating) {
  /** Keeps its own copy. */
  public PodFacts {
    List<String> canonical = new ArrayList<>(addresses.size());
    for (String address : addresses) {
      IpAddress.canonical(address).ifPresent(canonical::add);
    }
    addresses = List.copyOf(canonical);
  }
}
