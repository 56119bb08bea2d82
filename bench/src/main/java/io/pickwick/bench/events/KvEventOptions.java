package io.pickwick.bench.events;

/**
 * How a pod hashes its blocks and publishes its KV events; start from {@link #OFF}.
 *
 * @param direction whether events are published, and who listens
 * @param endpoint the ZeroMQ endpoint of the events, such as {@code tcp://*:5557} to bind or {@code
 *     tcp://10.0.0.9:5557} to connect; the data-parallel rank is added to the port
 * @param replay the ZeroMQ endpoint that replays are asked at, such as {@code tcp://*:5558}; empty
 *     for none
 * @param topic the topic, in which {@code {address}}, {@code {port}} and {@code {model}} stand for
 *     the pod's own
 * @param bufferSteps how many messages can be replayed
 * @param highWaterMark how many messages wait for a slow subscriber before they are dropped
 * @param version the vLLM whose events these are
 * @param hashAlgorithm vLLM's name of the hash algorithm
 * @param hashSeed {@code PYTHONHASHSEED}; empty: not set
 * @param byteHashes whether events have hashes as byte strings instead of integers
 * @param ranks data-parallel ranks of a pod
 */
public record KvEventOptions(
    Direction direction,
    String endpoint,
    String replay,
    String topic,
    int bufferSteps,
    int highWaterMark,
    EngineVersion version,
    String hashAlgorithm,
    String hashSeed,
    boolean byteHashes,
    int ranks) {

  /** Who listens for whom. */
  public enum Direction {
    /** No events. */
    OFF,
    /** The pods listen and an endpoint picker connects to each. */
    BIND,
    /** An endpoint picker listens and the pods connect to it. */
    CONNECT
  }

  /** No events, and blocks hashed in the cheapest way. */
  public static final KvEventOptions OFF =
      new KvEventOptions(
          Direction.OFF,
          "tcp://*:5557",
          "",
          "kv@{address}:{port}@{model}",
          10_000,
          100_000,
          EngineVersion.NEWEST,
          "sha256",
          "",
          false,
          1);

  /** Checks what contradicts itself. */
  public KvEventOptions {
    boolean listens = endpoint.contains("*") || endpoint.contains("::");
    if (direction == Direction.BIND && !listens) {
      throw new IllegalArgumentException(
          "vLLM binds only an endpoint with * in it, such as tcp://*:5557, not " + endpoint + ".");
    }
    if (direction == Direction.CONNECT && listens) {
      throw new IllegalArgumentException(
          "vLLM connects only to an endpoint without *, such as tcp://127.0.0.1:5557, not "
              + endpoint
              + ".");
    }
    if (bufferSteps < 0 || highWaterMark < 0 || ranks < 1) {
      throw new IllegalArgumentException("Counts of messages and ranks are not negative.");
    }
    port(endpoint);
    if (!replay.isEmpty()) {
      port(replay);
    }
  }

  /** Whether events are published. */
  public boolean on() {
    return direction != Direction.OFF;
  }

  /** The same, bound by the pods at an endpoint with {@code *}. */
  public KvEventOptions binding(String at) {
    return with(Direction.BIND, at, replay);
  }

  /** The same, with the pods connecting to an endpoint. */
  public KvEventOptions connecting(String to) {
    return with(Direction.CONNECT, to, replay);
  }

  /** The same with replays to be asked for at an endpoint with {@code *}; empty for none. */
  public KvEventOptions withReplay(String at) {
    return with(direction, endpoint, at);
  }

  /** The same with another topic. */
  public KvEventOptions withTopic(String pattern) {
    return new KvEventOptions(
        direction,
        endpoint,
        replay,
        pattern,
        bufferSteps,
        highWaterMark,
        version,
        hashAlgorithm,
        hashSeed,
        byteHashes,
        ranks);
  }

  /** The same with other bounds of the buffers. */
  public KvEventOptions withBuffers(int steps, int mark) {
    return new KvEventOptions(
        direction,
        endpoint,
        replay,
        topic,
        steps,
        mark,
        version,
        hashAlgorithm,
        hashSeed,
        byteHashes,
        ranks);
  }

  /** The same as another version of vLLM does it. */
  public KvEventOptions withVersion(EngineVersion other) {
    return new KvEventOptions(
        direction,
        endpoint,
        replay,
        topic,
        bufferSteps,
        highWaterMark,
        other,
        hashAlgorithm,
        hashSeed,
        byteHashes,
        ranks);
  }

  /** The same with other hashes. */
  public KvEventOptions withHashing(String algorithm, String seed, boolean bytes) {
    return new KvEventOptions(
        direction,
        endpoint,
        replay,
        topic,
        bufferSteps,
        highWaterMark,
        version,
        algorithm,
        seed,
        bytes,
        ranks);
  }

  /** The same with more data-parallel ranks. */
  public KvEventOptions withRanks(int count) {
    return new KvEventOptions(
        direction,
        endpoint,
        replay,
        topic,
        bufferSteps,
        highWaterMark,
        version,
        hashAlgorithm,
        hashSeed,
        byteHashes,
        count);
  }

  private KvEventOptions with(Direction how, String where, String replays) {
    return new KvEventOptions(
        how,
        where,
        replays,
        topic,
        bufferSteps,
        highWaterMark,
        version,
        hashAlgorithm,
        hashSeed,
        byteHashes,
        ranks);
  }

  /** The port at an endpoint's end. */
  static int port(String endpoint) {
    int colon = endpoint.lastIndexOf(':');
    if (!endpoint.startsWith("tcp://") || colon < "tcp://".length()) {
      throw new IllegalArgumentException(
          "An endpoint is such as tcp://*:5557, not " + endpoint + ".");
    }
    try {
      int port = Integer.parseInt(endpoint.substring(colon + 1));
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(endpoint + " does not end with a port.");
  }

  /** An endpoint with another host and more added to its port, unless that is 0. */
  static String shifted(String endpoint, String host, int by) {
    int port = port(endpoint);
    String at = endpoint.substring("tcp://".length(), endpoint.lastIndexOf(':'));
    boolean any = at.equals("*") || at.equals("[::]");
    return "tcp://" + (any ? host : at) + ":" + (port == 0 ? 0 : port + by);
  }
}
