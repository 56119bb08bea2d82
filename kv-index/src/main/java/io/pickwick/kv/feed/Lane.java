package io.pickwick.kv.feed;

import io.pickwick.kv.event.BatchDecoder;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that works off the mailboxes of its publishers in turn, a few messages of each. */
final class Lane {
  /*
   * One publisher's trouble is caught and is its own. Should the thread die all the same, another
   * takes its place, with a decoder of its own; what the old one had half done nobody knows, so all
   * publishers of the lane are told that messages were lost.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);
  private static final int AT_A_TIME = 64;
  private static final Duration CLOSING = Duration.ofSeconds(3);
  private static final long REVIVAL_NANOS = 1_000_000_000;

  private final LinkedBlockingDeque<Publisher> ready = new LinkedBlockingDeque<>();
  private final Set<Publisher> members = ConcurrentHashMap.newKeySet();
  private final String name;
  private volatile BatchDecoder decoder = new BatchDecoder();
  private volatile Thread thread;
  private volatile boolean closed;
  private boolean revivedBefore;
  private long revivedNanos;

  final int mostMessages;
  final long mostBytes;
  final AtomicLong messages = new AtomicLong();
  final AtomicLong bytes = new AtomicLong();
  final AtomicInteger publishers = new AtomicInteger();

  Lane(String name, int mostMessages, long mostBytes) {
    this.mostMessages = mostMessages;
    this.mostBytes = mostBytes;
    this.name = name;
    thread = unstarted(this::run);
  }

  private Thread unstarted(Runnable what) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .uncaughtExceptionHandler((thread, e) -> LOG.error("{} ended", name, e))
        .unstarted(what);
  }

  void start() {
    thread.start();
  }

  /** A publisher is of this lane, until it has {@link #left}. */
  void join(Publisher publisher) {
    members.add(publisher);
    publishers.incrementAndGet();
  }

  /** A publisher that was closed has nothing more to do. */
  void left(Publisher publisher) {
    members.remove(publisher);
  }

  /** Whether the thread ended though nobody ended it. Any thread. */
  boolean hasDied() {
    return !closed && thread.getState() == Thread.State.TERMINATED;
  }

  /**
   * Has another thread go on where one died, though not again at once.
   *
   * @return whether it began
   */
  synchronized boolean reviveIfDead(long nowNanos) {
    if (!hasDied() || (revivedBefore && nowNanos - revivedNanos < REVIVAL_NANOS)) {
      return false;
    }
    revivedBefore = true;
    revivedNanos = nowNanos;
    thread =
        unstarted(() -> {
          decoder = new BatchDecoder();
          members.forEach(Publisher::interrupted);
          run();
        });
    thread.start();
    LOG.error("{} died; another thread has begun in its place", name);
    return true;
  }

  /** A publisher has mail; at the front when it can't wait. */
  void ready(Publisher publisher, boolean first) {
    if (first) {
      ready.addFirst(publisher);
    } else {
      ready.addLast(publisher);
    }
  }

  BatchDecoder decoder() {
    return decoder;
  }

  private void run() {
    for (Optional<Publisher> next = next(); next.isPresent(); next = next()) {
      Publisher publisher = next.orElseThrow();
      try {
        if (publisher.work(AT_A_TIME)) {
          ready.addLast(publisher);
        }
      } catch (RuntimeException | Error e) {
        // One publisher's trouble must not end the others.
        LOG.error("KV events of a publisher could not be worked off", e);
        ready.addLast(publisher);
      }
    }
  }

  private Optional<Publisher> next() {
    if (!closed) {
      try {
        return Optional.of(ready.takeFirst());
      } catch (InterruptedException e) {
        LOG.debug("A lane ends", e);
      }
    }
    return Optional.ofNullable(ready.pollFirst());
  }

  /**
   * Ends the thread, once it has worked off what its publishers, all of them closed, left; waits
   * for it, but not for ever.
   */
  synchronized void close() {
    closed = true;
    thread.interrupt();
    try {
      if (!thread.join(CLOSING)) {
        LOG.error("{} does not end", thread.getName());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
