package io.pickwick.kube;

import io.pickwick.kube.KubeStatus.Mistake;
import io.pickwick.schedule.spec.SpecException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The objects of one kind as they were seen last, each with the last right record of it. */
final class Copies<T> {
  private static final Logger log = LoggerFactory.getLogger(Copies.class);

  private final String kind;
  private final String namespace;
  private final ReentrantLock lock = new ReentrantLock();
  private Map<String, Copy<T>> copies = new TreeMap<>();
  private long changes;

  Copies(String kind, String namespace) {
    this.kind = kind;
    this.namespace = namespace;
  }

  /** Takes an object as it is now; says whether that changed anything. */
  boolean put(Seen<T> seen) {
    lock.lock();
    try {
      Copy<T> before = copies.get(seen.name());
      Copy<T> after = copy(seen, before);
      copies.put(seen.name(), after);
      return count(!after.equals(before));
    } finally {
      lock.unlock();
    }
  }

  /** Forgets an object; says whether that changed anything. */
  boolean remove(String name) {
    lock.lock();
    try {
      return count(copies.remove(name) != null);
    } finally {
      lock.unlock();
    }
  }

  /** Takes these as all that there are; says whether that changed anything. */
  boolean replace(Collection<Seen<T>> all) {
    lock.lock();
    try {
      Map<String, Copy<T>> now = new TreeMap<>();
      for (Seen<T> seen : all) {
        now.put(seen.name(), copy(seen, copies.get(seen.name())));
      }
      boolean changed = !now.equals(copies);
      copies = now;
      return count(changed);
    } finally {
      lock.unlock();
    }
  }

  /** The records in force, by name. */
  List<T> inForce() {
    lock.lock();
    try {
      List<T> records = new ArrayList<>(copies.size());
      copies.values().forEach(copy -> copy.record.ifPresent(records::add));
      return records;
    } finally {
      lock.unlock();
    }
  }

  List<Mistake> mistakes() {
    lock.lock();
    try {
      return copies.values().stream().flatMap(copy -> copy.mistake.stream()).toList();
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return copies.size();
    } finally {
      lock.unlock();
    }
  }

  /** How often anything changed. */
  long changes() {
    lock.lock();
    try {
      return changes;
    } finally {
      lock.unlock();
    }
  }

  private boolean count(boolean changed) {
    if (changed) {
      changes++;
    }
    return changed;
  }

  private Copy<T> copy(Seen<T> seen, @org.jspecify.annotations.Nullable Copy<T> before) {
    boolean same = before != null && before.uid.equals(seen.uid());
    if (before != null && same && before.essence.equals(seen.essence())) {
      return before;
    }
    try {
      return new Copy<>(
          seen.uid(), seen.essence(), Optional.of(seen.record().get()), Optional.empty());
    } catch (SpecException e) {
      String message = Objects.requireNonNullElse(e.getMessage(), "wrong");
      log.warn(
          "not used, {}: {}",
          same ? "its last right version stays in force" : "nothing of it counts",
          message);
      return new Copy<>(
          seen.uid(),
          seen.essence(),
          before != null && same ? before.record : Optional.empty(),
          Optional.of(
              new Mistake(kind, namespace, seen.name(), seen.uid(), seen.generation(), message)));
    }
  }

  private record Copy<T>(
      String uid, Object essence, Optional<T> record, Optional<Mistake> mistake) {}
}
