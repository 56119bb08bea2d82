package io.pickwick.epp.prefix;

import io.pickwick.kv.feed.FeedConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Where KV events come from.
 *
 * @param bind the ZeroMQ address at which we listen for endpoints that connect to us, such as
 *     {@code tcp://*:5557}
 * @param connectPort the port at which endpoints publish and we connect to them, plus the
 *     data-parallel rank
 * @param replayPort the endpoints' replay port, plus the data-parallel rank; in both directions.
 *     Unless said it is {@link #REPLAY_PORT}, and none for several ranks, as it would then be an
 *     event port
 * @param ranks data-parallel ranks of each endpoint
 * @param topicPrefix what the topic of an event begins with
 * @param verifiesPeer whether an endpoint that connects to us must come from the address that its
 *     topic names
 * @param lanes threads that apply events; absent means as many as the feed thinks right
 * @param curve the directory of our CURVE keys; absent means plaintext
 */
public record KvEventSettings(
    Optional<String> bind,
    OptionalInt connectPort,
    OptionalInt replayPort,
    int ranks,
    String topicPrefix,
    boolean verifiesPeer,
    OptionalInt lanes,
    Optional<Path> curve) {
  /** The port at which the field's engines publish. */
  public static final int PORT = FeedConfig.PORT;

  /** The port at which vLLM's examples replay. */
  public static final int REPLAY_PORT = FeedConfig.REPLAY_PORT;

  /** The address at which the field's endpoint pickers listen. */
  public static final String BIND = "tcp://*:" + PORT;

  /** What the field's topics begin with. */
  public static final String TOPIC_PREFIX = FeedConfig.TOPIC_PREFIX;

  /**
   * These settings as the feeds take them; what they do not say is as the feeds think right.
   *
   * @throws IOException when a CURVE key can't be read; the message names its file
   */
  public FeedConfig feedConfig() throws IOException {
    FeedConfig standard = FeedConfig.DEFAULTS;
    FeedConfig.Limits limits = standard.limits();
    if (lanes.isPresent()) {
      limits =
          new FeedConfig.Limits(
              lanes.getAsInt(),
              limits.laneMessages(),
              limits.laneBytes(),
              limits.maxFrameBytes(),
              limits.replays());
    }
    Optional<FeedConfig.Curve> keys = Optional.empty();
    if (curve.isPresent()) {
      keys = Optional.of(CurveKeys.read(curve.get(), connectPort.isPresent()));
    }
    return new FeedConfig(
        bind,
        connectPort.isPresent(),
        connectPort.orElse(PORT),
        replayPort,
        ranks,
        topicPrefix,
        verifiesPeer,
        limits,
        standard.timing(),
        keys);
  }
}
