package io.pickwick.kv.feed;

import io.pickwick.kv.index.BlockIndex;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives the KV events of a pool's endpoints over ZeroMQ and keeps the block index by them.
 *
 * <p>One thread receives, a few lanes decode and apply, one asks for replays. A publisher stays in
 * one lane. Everything that waits is bounded.
 */
public final class KvFeeds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KvFeeds.class);

  private final FeedConfig config;
  private final BlockIndex index;
  private final FeedListener listener;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final FeedLog.Lines lines;
  private final Counters counters = new Counters();

  /** By slot; replaced whole when the pool changes, so that asking for a state takes no lock. */
  private volatile Slot[] slots = new Slot[0];

  /** Whether a thread that is needed does not get on, so that nobody can be believed. */
  private volatile boolean stalled;

  private volatile Optional<Running> watched = Optional.empty();

  private final List<Endpoint> early = new ArrayList<>();
  private Optional<Running> running = Optional.empty();
  private boolean closed;

  private record Slot(Optional<Endpoint> endpoint) {
    static final Slot FREE = new Slot(Optional.empty());
  }

  private record Running(Receiver receiver, Replays replays, List<Lane> lanes) {}

  /**
   * Feeds that are not started yet.
   *
   * @param index where blocks are written
   * @param listener looks at what is stored
   * @param nanos the clock
   */
  public KvFeeds(FeedConfig config, BlockIndex index, FeedListener listener, LongSupplier nanos) {
    // Hard to guess, since what tells connections apart must be.
    this(config, index, listener, nanos, new SecureRandom(), new LogLines());
  }

  KvFeeds(
      FeedConfig config,
      BlockIndex index,
      FeedListener listener,
      LongSupplier nanos,
      RandomGenerator random,
      FeedLog.Lines lines) {
    this.config = config;
    this.index = index;
    this.listener = listener;
    this.nanos = nanos;
    this.random = random;
    this.lines = lines;
  }

  private static final class LogLines implements FeedLog.Lines {
    @Override
    public void warn(String line) {
      LOG.warn(line);
    }

    @Override
    public void info(String line) {
      LOG.info(line);
    }
  }

  /**
   * Binds, if so configured, and starts the threads.
   *
   * @throws IOException if a port can't be had; the message names it
   */
  public synchronized void start() throws IOException {
    if (closed || running.isPresent()) {
      throw new IllegalStateException("feeds start once");
    }
    FeedConfig.Limits limits = config.limits();
    List<Lane> lanes = new ArrayList<>();
    for (int i = 0; i < limits.lanes(); i++) {
      lanes.add(new Lane("kv-lane-" + i, limits.laneMessages(), limits.laneBytes()));
    }
    Connections connections = new Connections(config);
    Replays replays = new Replays(config, connections, nanos, random, this::watch);
    Publisher.Shared shared =
        new Publisher.Shared(config, index, listener, nanos, counters, replays);
    Receiver receiver =
        new Receiver(
            config,
            connections,
            counters,
            nanos,
            random,
            (endpoint, rank, offset) ->
                new Publisher(
                    endpoint,
                    rank,
                    lanes.get(Math.floorMod(endpoint.source().slot(), lanes.size())),
                    shared,
                    replayAddress(endpoint, offset)),
            new FeedLog(lines, config.timing().heartbeatTimeout().toNanos()),
            replays::reviveIfDead);
    Running made = new Running(receiver, replays, List.copyOf(lanes));
    lanes.forEach(Lane::start);
    replays.start();
    try {
      receiver.start();
    } catch (IOException e) {
      end(made);
      throw e;
    }
    running = Optional.of(made);
    watched = Optional.of(made);
    early.forEach(receiver::add);
    early.clear();
  }

  /** On the thread that asks for replays: looks whether the others get on. */
  private void watch() {
    watched.ifPresent(it -> {
      Receiver receiver = it.receiver();
      long now = nanos.getAsLong();
      boolean died = receiver.hasDied() || it.lanes().stream().anyMatch(Lane::hasDied);
      Duration most = config.timing().heartbeatTimeout();
      boolean stuck = died || now - receiver.passedNanos() > most.toNanos();
      if (stuck != stalled) {
        stalled = stuck;
        if (!stuck) {
          LOG.warn("KV events are received again");
        } else if (!died) {
          LOG.error("KV events are not received: their thread has not got on for {}", most);
        }
      }
      receiver.reviveIfDead();
      for (Lane lane : it.lanes()) {
        if (lane.reviveIfDead(now)) {
          counters.laneRestarts.increment();
        }
      }
    });
  }

  private Optional<InetSocketAddress> replayAddress(Endpoint endpoint, int offset) {
    return config.replayPort().isPresent()
        ? Optional.of(Connections.at(endpoint.address(), config.replayPort().getAsInt() + offset))
        : Optional.empty();
  }

  /**
   * An endpoint is in the pool: its publishers are heard from now on. If the slot has one already,
   * that one is removed. Returns at once.
   */
  public synchronized void add(FeedSource source) {
    remove(source.slot());
    if (closed) {
      return;
    }
    Endpoint endpoint = new Endpoint(source);
    set(source.slot(), new Slot(Optional.of(endpoint)));
    running.ifPresentOrElse(it -> it.receiver().add(endpoint), () -> early.add(endpoint));
  }

  /** The endpoint of a slot left the pool: what it held is forgotten. Returns at once. */
  public synchronized void remove(int slot) {
    Slot[] now = slots;
    if (slot >= now.length) {
      return;
    }
    now[slot].endpoint().ifPresent(this::end);
    set(slot, Slot.FREE);
  }

  private void end(Endpoint endpoint) {
    endpoint.close();
    running.ifPresentOrElse(it -> it.receiver().remove(endpoint), () -> early.remove(endpoint));
  }

  private void set(int slot, Slot to) {
    Slot[] now = Arrays.copyOf(slots, Math.max(slots.length, slot + 1));
    for (int i = slots.length; i < now.length; i++) {
      now[i] = Slot.FREE;
    }
    now[slot] = to;
    slots = now;
  }

  /**
   * How far an endpoint can be believed: the worst of its ranks; {@link FeedState#SILENT} for a
   * slot that has none; {@link FeedState#LOST} for all while nothing is received. Three reads of
   * memory.
   */
  public FeedState state(int slot) {
    if (stalled) {
      return FeedState.LOST;
    }
    Slot[] now = slots;
    return slot < now.length
        ? now[slot].endpoint().map(Endpoint::state).orElse(FeedState.SILENT)
        : FeedState.SILENT;
  }

  /** Every publisher, by slot and rank. */
  public List<FeedStatus> status() {
    List<FeedStatus> all = new ArrayList<>();
    for (Slot slot : slots) {
      slot.endpoint().ifPresent(it -> all.addAll(it.status()));
    }
    if (stalled) {
      all.replaceAll(it -> it.lost("nothing is received"));
    }
    return all;
  }

  /** What was seen so far. */
  public FeedStats stats() {
    long lag = status().stream().mapToLong(FeedStatus::lagNanos).max().orElse(0);
    return counters.stats(lag);
  }

  /**
   * Whether an address such as {@code tcp://*:5557} is one of this machine, whoever has the port.
   */
  public static boolean canBind(String endpoint) {
    try {
      InetAddress at = Connections.bindAt(endpoint, 0).getAddress();
      return at != null
          && (at.isAnyLocalAddress()
              || at.isLoopbackAddress()
              || NetworkInterface.getByInetAddress(at) != null);
    } catch (IOException e) {
      LOG.debug("{} can't be bound", endpoint, e);
      return false;
    }
  }

  /** The port that was bound for rank 0; zero if none. */
  public synchronized int boundPort() {
    return running.map(it -> it.receiver().boundPort()).orElse(0);
  }

  /** Ends all connections and threads; the blocks of all publishers are forgotten. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (Slot slot : slots) {
      slot.endpoint().ifPresent(Endpoint::close);
    }
    running.ifPresent(this::end);
    slots = new Slot[0];
  }

  private void end(Running it) {
    it.receiver().close();
    it.replays().close();
    it.lanes().forEach(Lane::close);
  }
}
