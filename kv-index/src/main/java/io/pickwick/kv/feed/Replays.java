package io.pickwick.kv.feed;

import io.pickwick.kv.zmtp.Connection;
import io.pickwick.kv.zmtp.Loop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
   *
   * There are a few turns for all. None is held for longer than a turn may take, whatever holds it
   * up: a publisher that needs longer stands in line again for the rest. Those who only look whether
   * anything was missed come last and never have more than half of the turns.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Replays.class);
  private static final int MOST_DOUBLINGS = 5;

  /** How many times the time without progress a turn may take. */
  private static final int TIMEOUTS_OF_A_TURN = 6;

  private final FeedConfig config;
  private final Connections connections;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final Runnable alsoLook;
  private final Loop loop;

  private final Map<Publisher, Asked> latest = new HashMap<>();
  private final List<Asked> waiting = new ArrayList<>();
  private final List<Asked> active = new ArrayList<>();

  /** One wish for a replay, from when it is told to its end. */
  private final class Asked implements Connection.Listener {
    private final Publisher publisher;
    private final long token;
    private final long from;
    private final Urgency urgency;
    private final int failures;
    private final long dueNanos;
    private long begunNanos;
    private long progressNanos;
    private long openNanos;
    private int opened;
    private boolean answered;
    private boolean paused;
    private boolean done;
    private String lastWhy = "no answer";
    private Optional<Connection> connection = Optional.empty();

    Asked(
        Publisher publisher, long token, long from, Urgency urgency, int failures, long dueNanos) {
      this.publisher = publisher;
      this.token = token;
      this.from = from;
      this.urgency = urgency;
      this.failures = failures;
      this.dueNanos = dueNanos;
    }

    private void begin(long now) {
      begunNanos = now;
      progressNanos = now;
      openNanos = now;
      active.add(this);
    }

    private void open(long now) {
      long wait = config.timing().reconnect().toNanos() << Math.min(opened++, MOST_DOUBLINGS);
      openNanos = now + Math.min(wait, config.timing().reconnectMost().toNanos());
      InetSocketAddress to = publisher.replayAddress();
      try {
        connection = Optional.of(loop.connect(to, connections.replay(), this));
      } catch (IOException | RuntimeException e) {
        // Nobody there, or no descriptor left: in a while there may be.
        LOG.debug("{} can't be asked for a replay yet", to, e);
      }
    }

    @Override
    public void ready(Connection it) {
      it.send(new byte[0], Numbers.bytes(from));
    }

    @Override
    public void message(Connection it, byte[][] frames) {
      if (done || frames.length < 3 || frames.length > 4 || frames[0].length != 0) {
        return;
      }
      long number = Numbers.of(frames[frames.length - 2]);
      answered = true;
      publisher.replay().over();
      progressNanos = nanos.getAsLong();
      if (number == -1) {
        finish(this, ReplayEnd.COMPLETE);
        return;
      }
      if (number >= 0) {
        publisher.post(new Mail.Replayed(token, number, new Batch(frames[frames.length - 1])));
        if (!paused && !publisher.hasRoom()) {
          paused = true;
          it.pause();
        }
      }
    }

    @Override
    public void lost(Connection it, String why) {
      connection = Optional.empty();
      lastWhy = why;
      if (answered) {
        finish(this, ReplayEnd.BROKEN);
      }
    }

    /** Looks whether its time is over, or whether it can go on. */
    private void look(long now) {
      long most = config.timing().replayTimeout().toNanos();
      if (paused && publisher.hasRoom()) {
        paused = false;
        connection.ifPresent(Connection::resume);
      }
      if (paused) {
        // It is the lane that makes no progress, so the server has all the time it needs.
        progressNanos = now;
      }
      if (now - progressNanos > most || now - begunNanos > TIMEOUTS_OF_A_TURN * most) {
        if (!answered) {
          publisher.replay().is(Connections.words(publisher.replayAddress()) + ": " + lastWhy, now);
        }
        finish(this, answered ? ReplayEnd.BROKEN : ReplayEnd.UNANSWERED);
      } else if (connection.isEmpty() && now - openNanos >= 0) {
        open(now);
      }
    }
  }

  /**
   * Replays that are not started yet.
   *
   * @param alsoLook called now and then on the thread
   */
  Replays(
      FeedConfig config,
      Connections connections,
      LongSupplier nanos,
      RandomGenerator random,
      Runnable alsoLook)
      throws IOException {
    this.config = config;
    this.connections = connections;
    this.nanos = nanos;
    this.random = random;
    this.alsoLook = alsoLook;
    this.loop = new Loop("kv-replay", nanos, this::look);
  }

  void start() {
    loop.start();
  }

  /** Asks for a replay; an earlier one of the publisher ends. Any thread. */
  void ask(Publisher publisher, long token, long from, Urgency urgency) {
    loop.errand(() -> {
      Optional<Asked> before = Optional.ofNullable(latest.get(publisher));
      int failures = before.map(it -> it.done && it.answered ? 0 : it.failures + 1).orElse(0);
      long due = nanos.getAsLong();
      if (urgency != Urgency.AT_ONCE && before.isPresent()) {
        due += pause(failures);
      }
      before.ifPresent(this::end);
      Asked asked = new Asked(publisher, token, from, urgency, failures, due);
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
    loop.errand(() -> {
      Asked asked = latest.get(publisher);
      if (asked != null && asked.token == token) {
        asked.answered = true;
        end(asked);
      }
    });
  }

  /** A publisher is gone. Any thread. */
  void forget(Publisher publisher) {
    loop.errand(() -> {
      Asked asked = latest.remove(publisher);
      if (asked != null) {
        end(asked);
      }
    });
  }

  /** Has another thread go on where one died, and ask again what was not answered. Any thread. */
  void reviveIfDead() {
    loop.reviveIfDead(this::beginAnew);
  }

  private void beginAnew() {
    active.clear();
    waiting.clear();
    for (Asked asked : List.copyOf(latest.values())) {
      if (!asked.done) {
        end(asked);
        Asked again =
            new Asked(
                asked.publisher,
                asked.token,
                asked.from,
                asked.urgency,
                asked.failures,
                nanos.getAsLong());
        latest.put(asked.publisher, again);
        waiting.add(again);
      }
    }
  }

  private void look() {
    alsoLook.run();
    long now = nanos.getAsLong();
    if (!active.isEmpty()) {
      List.copyOf(active).forEach(it -> it.look(now));
    }
    if (!waiting.isEmpty()) {
      fill(now, false, config.limits().replays());
      fill(now, true, Math.max(1, config.limits().replays() / 2));
    }
  }

  /** Gives free turns to those who are due, probes or the others, up to so many in use. */
  private void fill(long now, boolean probes, int most) {
    long used =
        probes ? active.stream().filter(it -> it.urgency == Urgency.PROBE).count() : active.size();
    int free = (int) Math.min(most - used, config.limits().replays() - active.size());
    for (int i = 0; i < waiting.size() && free > 0; ) {
      Asked asked = waiting.get(i);
      if ((asked.urgency == Urgency.PROBE) == probes && now - asked.dueNanos >= 0) {
        waiting.remove(i);
        free--;
        asked.begin(now);
        asked.look(now);
      } else {
        i++;
      }
    }
  }

  private void finish(Asked asked, ReplayEnd how) {
    end(asked);
    asked.publisher.post(new Mail.ReplayEnded(asked.token, how));
  }

  private void end(Asked asked) {
    asked.done = true;
    waiting.remove(asked);
    active.remove(asked);
    asked.connection.ifPresent(Connection::close);
    asked.connection = Optional.empty();
  }

  /** Ends all replays and the thread, in limited time. */
  void close() {
    loop.close();
  }
}
