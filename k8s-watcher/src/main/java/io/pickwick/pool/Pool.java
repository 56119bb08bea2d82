package io.pickwick.pool;

import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The endpoints that requests can go to, as one snapshot that is swapped whole. */
public final class Pool {
  // Writers take turns under a lock; readers take the volatile snapshot and nothing else.
  //
  // A change goes: (1) a snapshot without the endpoints that left, (2) removed() to the listeners,
  // (3) added() for the newcomers, (4) the snapshot with them. A request that still holds an older
  // snapshot may pick an endpoint that left and write history under its slot after (2); therefore a
  // newcomer never gets a slot that the snapshot before this change held. Such a slot is free again
  // from the next change on, and the lowest free one goes first, so slots stay dense.

  private static final Logger log = LoggerFactory.getLogger(Pool.class);

  private final ReentrantLock writing = new ReentrantLock();
  private final List<PoolListener> listeners = new CopyOnWriteArrayList<>();
  private final Supplier<EndpointLoad> loads;
  private Map<Identity, Endpoint> known = Map.of();
  private volatile PoolSnapshot snapshot = PoolSnapshot.UNKNOWN;

  /**
   * Makes a pool of which nothing is known yet.
   *
   * @param loads makes the load of an endpoint that is new
   */
  public Pool(Supplier<EndpointLoad> loads) {
    this.loads = loads;
  }

  /** The endpoints now. */
  public PoolSnapshot snapshot() {
    return snapshot;
  }

  /** Adds a listener, which is told at once of the endpoints that are there already. */
  public void listen(PoolListener listener) {
    writing.lock();
    try {
      snapshot.endpoints().forEach(listener::added);
      listeners.add(listener);
    } finally {
      writing.unlock();
    }
  }

  /** Tells a listener nothing more, once a change that is under way is over. */
  public void unlisten(PoolListener listener) {
    writing.lock();
    try {
      listeners.remove(listener);
    } finally {
      writing.unlock();
    }
  }

  /**
   * Makes the pool hold exactly these, in this order. Who is there under the same namespace, name,
   * uid, address and port stays the same object; with other labels it keeps its slot and load. A
   * declaration that stands twice counts once.
   */
  public void apply(List<DeclaredEndpoint> declared) {
    writing.lock();
    try {
      PoolSnapshot before = snapshot;
      Map<Identity, Endpoint> leaving = new LinkedHashMap<>(known);
      BitSet taken = new BitSet();
      before.endpoints().forEach(endpoint -> taken.set(endpoint.slot()));
      List<Endpoint> staying = new ArrayList<>();
      Map<Identity, Endpoint> wanted = LinkedHashMap.newLinkedHashMap(declared.size());
      List<Endpoint> newcomers = new ArrayList<>();
      List<Relabelling> relabellings = new ArrayList<>();
      for (DeclaredEndpoint declaration : declared) {
        Identity identity = Identity.of(declaration);
        if (wanted.containsKey(identity)) {
          continue;
        }
        Endpoint present = leaving.remove(identity);
        Endpoint endpoint;
        if (present == null) {
          int slot = taken.nextClearBit(0);
          taken.set(slot);
          endpoint = endpoint(declaration, slot, loads.get());
          newcomers.add(endpoint);
        } else {
          endpoint = present;
          if (!present.labels().equals(declaration.labels())) {
            endpoint = endpoint(declaration, present.slot(), present.load());
            relabellings.add(new Relabelling(present, endpoint));
          }
          staying.add(endpoint);
        }
        wanted.put(identity, endpoint);
      }
      if (!leaving.isEmpty()) {
        publish(staying);
        leaving.values().forEach(gone -> tell(listener -> listener.removed(gone)));
      }
      newcomers.forEach(come -> tell(listener -> listener.added(come)));
      known = wanted;
      publish(List.copyOf(wanted.values()));
      relabellings.forEach(
          change -> tell(listener -> listener.relabelled(change.before(), change.after())));
      if (!before.synced() || !leaving.isEmpty() || !newcomers.isEmpty()) {
        log.info(
            "pool changed: endpoints={} added={} removed={} relabelled={}",
            wanted.size(),
            newcomers.size(),
            leaving.size(),
            relabellings.size());
      }
    } finally {
      writing.unlock();
    }
  }

  private void publish(List<Endpoint> endpoints) {
    int slots = endpoints.stream().mapToInt(endpoint -> endpoint.slot() + 1).max().orElse(0);
    snapshot = new PoolSnapshot(endpoints, slots, true);
  }

  private void tell(Consumer<PoolListener> message) {
    for (PoolListener listener : listeners) {
      try {
        message.accept(listener);
      } catch (RuntimeException e) {
        // One listener's failure must not leave the pool half changed for the others.
        log.error("a listener of the pool failed", e);
      }
    }
  }

  private static Endpoint endpoint(DeclaredEndpoint declared, int slot, EndpointLoad load) {
    return new Endpoint(
        slot,
        declared.namespace(),
        declared.name(),
        declared.address(),
        declared.port(),
        declared.labels(),
        load);
  }

  private record Relabelling(Endpoint before, Endpoint after) {}

  private record Identity(String namespace, String name, String uid, String address, int port) {
    static Identity of(DeclaredEndpoint declared) {
      return new Identity(
          declared.namespace(),
          declared.name(),
          declared.uid(),
          declared.address(),
          declared.port());
    }
  }
}
