package io.pickwick.kv.feed;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How KV events are received; immutable, start from {@link #DEFAULTS}.
 *
 * @param bind where publishers connect to us, such as {@code tcp://*:5557}; with several ranks, the
 *     next ports too, as vLLM adds its rank to the port
 * @param connect whether we connect to each endpoint, at its address and {@code port} plus rank
 * @param port where endpoints publish, when we connect
 * @param replayPort where endpoints answer replays, plus rank; without it a lost message stays lost
 * @param ranks data-parallel ranks per endpoint
 * @param topicPrefix how topics begin when publishers connect to us: {@code kv@}, then the
 *     endpoint's address, perhaps with its port, {@code @} and the model
 * @param verifiesPeer whether a publisher that connects to us must have the IP address that its
 *     topic names; turn it off only where addresses are translated on the way
 * @param limits what may be held at most
 * @param timing when to give up and when to try again
 * @param curve keys, when the connections are encrypted
 */
public record FeedConfig(
    Optional<String> bind,
    boolean connect,
    int port,
    OptionalInt replayPort,
    int ranks,
    String topicPrefix,
    boolean verifiesPeer,
    Limits limits,
    Timing timing,
    Optional<Curve> curve) {

  /** The most ranks an endpoint may have. */
  public static final int MOST_RANKS = 64;

  /** The port at which the field's engines publish. */
  public static final int PORT = 5557;

  /** The port at which vLLM's examples replay. */
  public static final int REPLAY_PORT = 5558;

  /** What the field's topics begin with. */
  public static final String TOPIC_PREFIX = "kv@";

  /** We connect to port 5557 of each endpoint, of one rank, and ask port 5558 for replays. */
  public static final FeedConfig DEFAULTS =
      new FeedConfig(
          Optional.empty(),
          true,
          PORT,
          OptionalInt.of(REPLAY_PORT),
          1,
          TOPIC_PREFIX,
          true,
          Limits.DEFAULTS,
          Timing.DEFAULTS,
          Optional.empty());

  /** Checks the ranges. */
  public FeedConfig {
    if (bind.isEmpty() && !connect) {
      throw new IllegalArgumentException("a feed must bind or connect, or both");
    }
    if (ranks < 1 || ranks > MOST_RANKS) {
      throw new IllegalArgumentException(
          "ranks must be from 1 to %d: %d".formatted(MOST_RANKS, ranks));
    }
    requirePort(port, ranks);
    replayPort.ifPresent(first -> requirePort(first, ranks));
    if (connect && curve.isPresent() && curve.get().serverKey().isEmpty()) {
      throw new IllegalArgumentException("to connect with CURVE, the endpoints' key is needed");
    }
  }

  private static void requirePort(int first, int ranks) {
    if (first < 1 || first + ranks - 1 > 65535) {
      throw new IllegalArgumentException("ports must be from 1 to 65535: " + first);
    }
  }

  /**
   * What may be held at most.
   *
   * @param lanes threads that decode and apply
   * @param laneMessages messages that may wait for one lane
   * @param laneBytes bytes that may wait for one lane
   * @param maxFrameBytes the largest frame; a larger one ends its connection
   * @param replays how many endpoints are asked for a replay at a time
   * @param strangers connections to us from addresses that no endpoint has
   */
  public record Limits(
      int lanes, int laneMessages, long laneBytes, long maxFrameBytes, int replays, int strangers) {
    /** Endpoints may connect before they are in the pool, all of a large one at once. */
    private static final int STRANGERS = 4096;

    /**
     * Two lanes of 100,000 messages or 256 MiB, frames of 8 MiB, eight replays, 4,096 strangers.
     */
    public static final Limits DEFAULTS = new Limits(2, 100_000, 256L << 20, 8L << 20, 8);

    /** Checks the ranges. */
    public Limits {
      if (lanes < 1
          || laneMessages < 1
          || laneBytes < 1
          || maxFrameBytes < 1
          || replays < 1
          || strangers < 1) {
        throw new IllegalArgumentException("limits must be positive");
      }
    }

    /** With the standard number of strangers. */
    public Limits(int lanes, int laneMessages, long laneBytes, long maxFrameBytes, int replays) {
      this(lanes, laneMessages, laneBytes, maxFrameBytes, replays, STRANGERS);
    }
  }

  /**
   * When to give up and when to try again.
   *
   * @param replayTimeout how long a replay may make no progress
   * @param replayCooldown the least time between two replays of one publisher, which grows while
   *     they fail
   * @param probe how long a publisher may be quiet until it is asked whether anything was missed
   * @param heartbeat between two signs of life of a connection
   * @param heartbeatTimeout without one the connection is lost
   * @param reconnect before a lost connection is tried again
   * @param reconnectMost the most that grows to
   */
  public record Timing(
      Duration replayTimeout,
      Duration replayCooldown,
      Duration probe,
      Duration heartbeat,
      Duration heartbeatTimeout,
      Duration reconnect,
      Duration reconnectMost) {
    /** As named: 5 s, 1 s, 30 s, 2 s, 6 s, 100 ms and 5 s. */
    public static final Timing DEFAULTS =
        new Timing(
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(2),
            Duration.ofSeconds(6),
            Duration.ofMillis(100),
            Duration.ofSeconds(5));

    /** With other waits for replays. */
    public Timing withReplay(Duration timeout, Duration cooldown, Duration quiet) {
      return new Timing(
          timeout, cooldown, quiet, heartbeat, heartbeatTimeout, reconnect, reconnectMost);
    }
  }

  /**
   * CURVE keys, each in ZeroMQ's 40 characters of Z85. Who binds is the server.
   *
   * @param publicKey ours
   * @param secretKey ours
   * @param serverKey the endpoints' public key, when we connect
   * @param clientKeys public keys that may connect to us; when empty, whoever knows our public key
   */
  public record Curve(
      String publicKey, String secretKey, Optional<String> serverKey, Set<String> clientKeys) {
    /** Checks the lengths. */
    public Curve {
      clientKeys = Set.copyOf(clientKeys);
      requireKey(publicKey);
      requireKey(secretKey);
      serverKey.ifPresent(Curve::requireKey);
      clientKeys.forEach(Curve::requireKey);
    }

    private static void requireKey(String key) {
      if (key.length() != 40) {
        throw new IllegalArgumentException("a CURVE key has 40 characters of Z85");
      }
    }

    @Override
    public String toString() {
      return "Curve[publicKey=%s, serverKey=%s, clientKeys=%d]"
          .formatted(publicKey, serverKey.orElse("none"), clientKeys.size());
    }
  }

  /** Publishers connect to us, and we to none. */
  public FeedConfig withBindOnly(String endpoint) {
    return new FeedConfig(
        Optional.of(endpoint),
        false,
        port,
        replayPort,
        ranks,
        topicPrefix,
        verifiesPeer,
        limits,
        timing,
        curve);
  }

  /** With the ports of the endpoints and how many ranks follow from them. */
  public FeedConfig withPorts(int publish, OptionalInt replay, int ranks) {
    return new FeedConfig(
        bind, connect, publish, replay, ranks, topicPrefix, verifiesPeer, limits, timing, curve);
  }

  /** With or without the check of who connects. */
  public FeedConfig withVerifiesPeer(boolean verifies) {
    return new FeedConfig(
        bind, connect, port, replayPort, ranks, topicPrefix, verifies, limits, timing, curve);
  }

  /** With other limits. */
  public FeedConfig withLimits(Limits limits) {
    return new FeedConfig(
        bind, connect, port, replayPort, ranks, topicPrefix, verifiesPeer, limits, timing, curve);
  }

  /** With other timing. */
  public FeedConfig withTiming(Timing timing) {
    return new FeedConfig(
        bind, connect, port, replayPort, ranks, topicPrefix, verifiesPeer, limits, timing, curve);
  }

  /** With encrypted connections. */
  public FeedConfig withCurve(Curve curve) {
    return new FeedConfig(
        bind,
        connect,
        port,
        replayPort,
        ranks,
        topicPrefix,
        verifiesPeer,
        limits,
        timing,
        Optional.of(curve));
  }
}
