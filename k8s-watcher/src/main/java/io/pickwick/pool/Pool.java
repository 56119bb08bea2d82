package io.pickwick.pool;

import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.FleetRate;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The endpoints that requests can go to, as one snapshot that is swapped whole. */
public final class Pool {
  // Writers take turns under a lock; readers take the volatile snapshot and nothing else.
  //
  // A change goes: (1) added() for the newcomers, (2) the snapshot with them and without the
  // endpoints that left, (3) removed() to the listeners. So a pool whose endpoints are all replaced
  // has some at any time. Listeners know endpoints by their address too; a newcomer that stands
  // where one leaves therefore comes last, by steps of its own: added() after that removed(), then
  // one more snapshot. Where there are only such, the old snapshot holds until then.
  //
  // A request that still holds an older snapshot may pick an endpoint that left and write history
  // under its slot after removed(); therefore a newcomer never gets a slot that the snapshot before
  // this change held. Such a slot is free again from the next change on, and the lowest free one
  // goes first, so slots stay dense.
  //
  // A thousand endpoints of which one changes must cost little. So each declaration is first
  // compared with the one that follows, in the order before, on the last that was found; only where
  // that is another one is it looked up by its identity.

  private static final Logger log = LoggerFactory.getLogger(Pool.class);

  private final ReentrantLock writing = new ReentrantLock();
  private final List<PoolListener> listeners = new CopyOnWriteArrayList<>();
  private final FleetRate fleet = new FleetRate();
  private final Map<Identity, Endpoint> known = new HashMap<>();
  private List<DeclaredEndpoint> declared = List.of();
  private volatile PoolSnapshot snapshot = PoolSnapshot.UNKNOWN;

  /** Makes a pool of which nothing is known yet. */
  public Pool() {}

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
  public void apply(List<DeclaredEndpoint> next) {
    writing.lock();
    try {
      PoolSnapshot before = snapshot;
      Change change = new Change(before.endpoints());
      next.forEach(change::take);
      List<Endpoint> leaving = change.leave();
      Set<String> vacated = new HashSet<>();
      leaving.forEach(gone -> vacated.add(gone.hostPort()));
      Set<Endpoint> late = new LinkedHashSet<>();
      for (Endpoint newcomer : change.newcomers.values()) {
        if (vacated.contains(newcomer.hostPort())) {
          late.add(newcomer);
        } else {
          tell(listener -> listener.added(newcomer));
        }
      }
      if (late.size() < change.endpoints.size() || late.isEmpty()) {
        publish(change.endpoints.stream().filter(it -> !late.contains(it)).toList());
      }
      leaving.forEach(gone -> tell(listener -> listener.removed(gone)));
      if (!late.isEmpty()) {
        late.forEach(newcomer -> tell(listener -> listener.added(newcomer)));
        publish(change.endpoints);
      }
      known.putAll(change.newcomers);
      declared = change.declarations;
      change.relabellings.forEach(
          it -> tell(listener -> listener.relabelled(it.before(), it.after())));
      if (!before.synced() || !leaving.isEmpty() || !change.newcomers.isEmpty()) {
        log.info(
            "pool changed: endpoints={} added={} removed={} relabelled={}",
            change.endpoints.size(),
            change.newcomers.size(),
            leaving.size(),
            change.relabellings.size());
      }
    } finally {
      writing.unlock();
    }
  }

  private void publish(List<Endpoint> endpoints) {
    int slots = 0;
    for (Endpoint endpoint : endpoints) {
      slots = Math.max(slots, endpoint.slot() + 1);
    }
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

  /** One change in the making; only {@link #leave} touches what the pool knows. */
  private final class Change {
    final List<DeclaredEndpoint> declarations;
    final List<Endpoint> endpoints;
    final Map<Identity, Endpoint> newcomers = new LinkedHashMap<>();
    final List<Relabelling> relabellings = new ArrayList<>();
    private final List<Endpoint> before;
    private final int[] places;
    private final BitSet taken;
    private final BitSet wanted = new BitSet();
    private int following;

    Change(List<Endpoint> before) {
      this.before = before;
      declarations = new ArrayList<>(before.size() + 1);
      endpoints = new ArrayList<>(before.size() + 1);
      places = new int[snapshot.slots()];
      taken = new BitSet(places.length + 1);
      for (int place = 0; place < before.size(); place++) {
        int slot = before.get(place).slot();
        places[slot] = place;
        taken.set(slot);
      }
    }

    void take(DeclaredEndpoint declaration) {
      int last = Math.min(following + 2, before.size());
      for (int place = following; place < last; place++) {
        if (declared.get(place).equals(declaration)) {
          keep(place, declaration);
          return;
        }
      }
      Identity identity = Identity.of(declaration);
      Endpoint present = known.get(identity);
      if (present != null) {
        keep(places[present.slot()], declaration);
      } else if (!newcomers.containsKey(identity)) {
        int slot = taken.nextClearBit(0);
        taken.set(slot);
        Endpoint newcomer = endpoint(declaration, slot, new EndpointLoad(fleet));
        newcomers.put(identity, newcomer);
        declarations.add(declaration);
        endpoints.add(newcomer);
      }
    }

    private void keep(int place, DeclaredEndpoint declaration) {
      following = place + 1;
      Endpoint present = before.get(place);
      if (wanted.get(present.slot())) {
        return;
      }
      wanted.set(present.slot());
      Endpoint endpoint = present;
      if (!present.labels().equals(declaration.labels())) {
        endpoint = endpoint(declaration, present.slot(), present.load());
        relabellings.add(new Relabelling(Identity.of(declaration), present, endpoint));
      }
      declarations.add(declaration);
      endpoints.add(endpoint);
    }

    /** Forgets those that are not wanted any more, which it gives back, and old labels. */
    List<Endpoint> leave() {
      List<Endpoint> leaving = new ArrayList<>();
      for (int place = 0; place < before.size(); place++) {
        if (!wanted.get(before.get(place).slot())) {
          leaving.add(before.get(place));
          known.remove(Identity.of(declared.get(place)));
        }
      }
      relabellings.forEach(change -> known.put(change.identity(), change.after()));
      return leaving;
    }
  }

  private record Relabelling(Identity identity, Endpoint before, Endpoint after) {}

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
