package io.pickwick.epp.decide;

import io.pickwick.schedule.Endpoint;
import java.util.ArrayList;
import java.util.List;

/**
 * The endpoints that the proxy allows: each entry an {@code ip:port}, or an {@code ip} for all of
 * its ports; an IPv6 address with or without brackets.
 */
final class Subset {
  private Subset() {}

  /** Those of {@code endpoints} that an entry of {@code allowed} names, in their order. */
  static List<Endpoint> of(List<Endpoint> endpoints, List<String> allowed) {
    List<Endpoint> eligible = new ArrayList<>(Math.min(endpoints.size(), allowed.size()));
    for (Endpoint endpoint : endpoints) {
      for (String entry : allowed) {
        if (names(entry, endpoint)) {
          eligible.add(endpoint);
          break;
        }
      }
    }
    return eligible;
  }

  private static boolean names(String entry, Endpoint endpoint) {
    if (entry.equals(endpoint.hostPort()) || entry.equals(endpoint.address())) {
      return true;
    }
    return entry.length() == endpoint.address().length() + 2
        && entry.startsWith("[")
        && entry.endsWith("]")
        && entry.startsWith(endpoint.address(), 1);
  }
}
