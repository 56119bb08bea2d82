package io.pickwick.kv.feed;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;

/** Asks publishers for messages again, a few publishers at a time, on a thread of its own. */
final class Replays {
  /*
   * The protocol is vLLM's: a DEALER sends an empty frame and the first number wanted, eight bytes
   * big-endian. Each reply is an empty frame, since 0.26 the topic, the number and the batch; at the
   * end comes the number ff ff ff ff ff ff ff ff. A request may be answered late, since the server
   * looks for one only between two batches, so the time runs from the last sign of progress.
   *
   * The server stops publishing while it answers. Therefore a publisher is not asked again at once
   * unless the last answer helped, and the longer the more often asking failed.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Replays.class);
  private static final int AT_A_TIME = 128;
  private static final int MOST_DOUBLINGS = 5;
  private static final long TICK_MILLIS = 20;

  private final FeedConfig config;
  private final Sockets sockets;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final Turns turns;
  private final Thread thread;

  private final Map<Publisher, Asked> latest = new HashMap<>();
  private final List<Asked> waiting = new ArrayList<>();
  private final List<Asked> active = new ArrayList<>();

  private static final class Asked {
    private final Publisher publisher;
    private final long token;
    private final long from;
    private final int failures;
    private final long dueNanos;
    private long progressNanos;
    private boolean answered;
    private boolean paused;
    private boolean done;
    private Optional<ZMQ.Socket> socket = Optional.empty();
    private Optional<Turns.Turn> turn = Optional.empty();

    Asked(Publisher publisher, long token, long from, int failures, long dueNanos) {
      this.publisher = publisher;
      this.token = token;
      this.from = from;
      this.failures = failures;
      this.dueNanos = dueNanos;
    }
  }

  Replays(FeedConfig config, Sockets sockets, LongSupplier nanos, RandomGenerator random)
      throws IOException {
    this.config = config;
    this.sockets = sockets;
    this.nanos = nanos;
    this.random = random;
    this.turns = new Turns();
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("kv-replay")
            .unstarted(() -> turns.run(this::look, TICK_MILLIS));
  }

  void start() {
    thread.start();
  }

  /** Asks for a replay; an earlier one of the publisher ends. Any thread. */
  void ask(Publisher publisher, long token, long from, boolean atOnce) {
    turns.errand(() -> {
      Optional<Asked> before = Optional.ofNullable(latest.get(publisher));
      int failures = before.map(it -> it.done && it.answered ? 0 : it.failures + 1).orElse(0);
      long due = nanos.getAsLong();
      if (!atOnce && before.isPresent()) {
        due += pause(failures);
      }
      before.ifPresent(this::end);
      Asked asked = new Asked(publisher, token, from, failures, due);
      latest.put(publisher, asked);
      waiting.add(asked);
    });
  }

  private long pause(int failures) {
    long base = config.timing().replayCooldown().toNanos();
    long most = base << Math.min(failures, MOST_DOUBLINGS);
    return most / 2 + (most > 1 ? random.nextLong(most) : 0);
  }

  /** A replay is no longer wanted. Any thread. */
  void cancel(Publisher publisher, long token) {
    turns.errand(() -> {
      Asked asked = latest.get(publisher);
      if (asked != null && asked.token == token) {
        asked.answered = true;
        end(asked);
      }
    });
  }

  /** A publisher is gone. Any thread. */
  void forget(Publisher publisher) {
    turns.errand(() -> {
      Asked asked = latest.remove(publisher);
      if (asked != null) {
        end(asked);
      }
    });
  }

  private void look() {
    long now = nanos.getAsLong();
    long most = config.timing().replayTimeout().toNanos();
    for (Asked asked : List.copyOf(active)) {
      if (asked.paused && asked.publisher.hasRoom()) {
        asked.paused = false;
        asked.turn.ifPresent(Turns.Turn::line);
      }
      if (asked.paused) {
        // It is the lane that makes no progress, so the server has all the time it needs.
        asked.progressNanos = now;
      } else if (now - asked.progressNanos > most) {
        finish(asked, asked.answered ? ReplayEnd.BROKEN : ReplayEnd.UNANSWERED);
      }
    }
    for (int i = 0; i < waiting.size() && active.size() < config.limits().replays(); ) {
      Asked asked = waiting.get(i);
      if (now - asked.dueNanos >= 0) {
        waiting.remove(i);
        begin(asked, now);
      } else {
        i++;
      }
    }
  }

  private void begin(Asked asked, long now) {
    String address = asked.publisher.replayAddress();
    ZMQ.Socket socket = sockets.receiver(SocketType.DEALER, address.indexOf('[') >= 0);
    try {
      sockets.asClient(socket);
      socket.connect(address);
      socket.send(new byte[0], ZMQ.SNDMORE | ZMQ.DONTWAIT);
      socket.send(bytes(asked.from), ZMQ.DONTWAIT);
    } catch (RuntimeException e) {
      LOG.warn("{} can't be asked for a replay", address, e);
      socket.close();
      finish(asked, ReplayEnd.UNANSWERED);
      return;
    }
    asked.progressNanos = now;
    asked.socket = Optional.of(socket);
    active.add(asked);
    asked.turn = Optional.of(turns.add(socket, () -> read(asked, socket)));
  }

  private boolean read(Asked asked, ZMQ.Socket socket) {
    for (int i = 0; i < AT_A_TIME; i++) {
      if (!asked.publisher.hasRoom()) {
        asked.paused = true;
        return false;
      }
      Optional<Sockets.Frames> next = Sockets.poll(socket);
      if (next.isEmpty()) {
        return false;
      }
      byte[][] frames = next.orElseThrow().data();
      if (frames.length < 3 || frames.length > 4 || frames[0].length != 0) {
        continue;
      }
      long number = Sockets.number(frames[frames.length - 2]);
      asked.answered = true;
      asked.progressNanos = nanos.getAsLong();
      if (number == -1) {
        finish(asked, ReplayEnd.COMPLETE);
        return false;
      }
      if (number >= 0) {
        asked.publisher.post(new Mail.Replayed(asked.token, number, frames[frames.length - 1]));
      }
    }
    return true;
  }

  private void finish(Asked asked, ReplayEnd how) {
    end(asked);
    asked.publisher.post(new Mail.ReplayEnded(asked.token, how));
  }

  private void end(Asked asked) {
    asked.done = true;
    waiting.remove(asked);
    active.remove(asked);
    asked.turn.ifPresent(Turns.Turn::end);
    asked.socket.ifPresent(ZMQ.Socket::close);
    asked.turn = Optional.empty();
    asked.socket = Optional.empty();
  }

  private static byte[] bytes(long number) {
    byte[] bytes = new byte[Long.BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (number >>> (8 * (bytes.length - 1 - i)));
    }
    return bytes;
  }

  /** Ends all replays and the thread. */
  void close() {
    turns.errand(() -> List.copyOf(active).forEach(this::end));
    turns.errand(turns::close);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
