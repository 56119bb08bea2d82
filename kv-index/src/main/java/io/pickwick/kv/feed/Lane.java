package io.pickwick.kv.feed;

import io.pickwick.kv.event.BatchDecoder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that works off the mailboxes of its publishers in turn, a few messages of each. */
final class Lane {
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);
  private static final int AT_A_TIME = 64;
  private static final Duration CLOSING = Duration.ofSeconds(3);

  private final LinkedBlockingDeque<Publisher> ready = new LinkedBlockingDeque<>();
  private final BatchDecoder decoder = new BatchDecoder();
  private final Thread thread;
  private volatile boolean closed;

  final int mostMessages;
  final long mostBytes;
  final AtomicLong messages = new AtomicLong();
  final AtomicLong bytes = new AtomicLong();
  final AtomicInteger publishers = new AtomicInteger();

  Lane(String name, int mostMessages, long mostBytes) {
    this.mostMessages = mostMessages;
    this.mostBytes = mostBytes;
    thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
  }

  void start() {
    thread.start();
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
  void close() {
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
