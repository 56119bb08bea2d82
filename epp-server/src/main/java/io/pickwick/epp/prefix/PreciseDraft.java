package io.pickwick.epp.prefix;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.index.MediumWeights;
import io.pickwick.schedule.spec.SpecException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The settings of precise matching while their sources are read, the weightiest first. */
final class PreciseDraft {
  private static final int MOST_PORT = 65_535;

  final Setting<PreciseSettings.Mode> mode = new Setting<>("the prefix mode");
  final Setting<Integer> blockSize = new Setting<>("the block size");
  final Setting<String> hashSeed = new Setting<>("the hash seed");
  final Setting<HashAlgorithm> hashAlgorithm = new Setting<>("the hash algorithm");
  final Setting<String> model = new Setting<>("the model");
  final Setting<TokenizerSource> tokenizer = new Setting<>("the tokenizer's source");
  final Setting<Path> tokenizerPath = new Setting<>("the tokenizer's directory");
  final Setting<Boolean> speculative = new Setting<>("speculation");
  final Setting<Duration> speculativeTtl = new Setting<>("the time of speculation");
  final Map<Medium, Setting<Double>> weights = new EnumMap<>(Medium.class);
  final Setting<Integer> connectPort = new Setting<>("the endpoints' event port");
  final Setting<Integer> replayPort = new Setting<>("the endpoints' replay port");
  final Setting<Integer> ranks = new Setting<>("the number of ranks");
  final Setting<String> topicPrefix = new Setting<>("the topics' beginning");
  final Setting<Integer> lanes = new Setting<>("the number of event threads");
  final Setting<Boolean> verifiesPeer = new Setting<>("the check of who connects");
  final Setting<Path> curve = new Setting<>("the directory of CURVE keys");

  private final Setting<Way> way = new Setting<>("the way of KV events");
  private final Setting<String> bind = new Setting<>("where events are listened for");
  private Way unsaid = Way.WE_CONNECT;
  private Optional<String> leftAlone = Optional.empty();

  /** Who connects to whom. */
  private enum Way {
    THEY_CONNECT("endpoints connect to us"),
    WE_CONNECT("we connect to endpoints");

    private final String words;

    Way(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  PreciseDraft() {
    for (Medium medium : Medium.values()) {
      weights.put(medium, new Setting<>("the weight of " + medium));
    }
  }

  /** Unless somebody says where events come from, endpoints connect to us. */
  void listensByDefault() {
    unsaid = Way.THEY_CONNECT;
  }

  /** Endpoints connect to us. */
  void listen(String place, String address) {
    way.say(place, Way.THEY_CONNECT);
    bind.say(place, address);
  }

  /** We connect to endpoints. */
  void connect(String place) {
    way.say(place, Way.WE_CONNECT);
  }

  /** We shall not connect to endpoints. */
  void leaveAlone(String place) {
    leftAlone = leftAlone.or(() -> Optional.of(place));
  }

  void weight(Medium medium, String place, double weight) {
    Setting<Double> setting = weights.get(medium);
    if (setting != null) {
      setting.say(place, weight);
    }
  }

  PreciseSettings settle(List<String> notices) {
    PreciseSettings.Mode settled = mode.settle(notices).orElse(PreciseSettings.Mode.ESTIMATION);
    Optional<Path> directory = tokenizerPath.settle(notices);
    TokenizerSource source = tokenizer.settle(notices).orElse(TokenizerSource.AUTO);
    if (source == TokenizerSource.LOCAL && directory.isEmpty()) {
      throw new SpecException(
          tokenizer.place(),
          "a local tokenizer needs its directory; give --tokenizer-path, or take endpoint or auto");
    }
    if (source == TokenizerSource.ENDPOINT && directory.isPresent()) {
      notices.add(
          "%s has no effect: %s takes token ids from the endpoints"
              .formatted(tokenizerPath.place(), tokenizer.place()));
    }
    if (settled == PreciseSettings.Mode.ESTIMATION) {
      withoutEffect(notices);
    }
    MediumWeights settledWeights = MediumWeights.standard();
    for (Map.Entry<Medium, Setting<Double>> weight : weights.entrySet()) {
      Optional<Double> said = weight.getValue().settle(notices);
      if (said.isPresent()) {
        settledWeights = settledWeights.with(weight.getKey(), said.get());
      }
    }
    Duration ttl = speculativeTtl.settle(notices).orElse(PreciseSettings.SPECULATIVE_TTL);
    return new PreciseSettings(
        settled,
        box(blockSize.settle(notices)),
        hashSeed.settle(notices).filter(seed -> !seed.isEmpty()),
        hashAlgorithm.settle(notices),
        model.settle(notices),
        source,
        directory,
        speculative.settle(notices).orElse(true) && !ttl.isZero(),
        ttl,
        settledWeights,
        events(settled, notices),
        new PreciseSettings.Places(blockSize.place(), hashAlgorithm.place(), model.place()),
        notices);
  }

  /** Of files all may be kept while the mode is another; a flag is only given to be heeded. */
  private void withoutEffect(List<String> notices) {
    String because =
        mode.isSaid() ? mode.place() + " says so" : "neither a flag nor a file asks for tracking";
    List.of(
            blockSize,
            hashSeed,
            hashAlgorithm,
            model,
            tokenizer,
            tokenizerPath,
            speculativeTtl,
            bind,
            connectPort,
            replayPort,
            ranks,
            curve)
        .stream()
        .map(Setting::place)
        .filter(place -> place.startsWith("--"))
        .forEach(flag ->
            notices.add(
                "%s has no effect in prefix mode estimation, and %s; --prefix-mode tracking follows KV events"
                    .formatted(flag, because)));
  }

  private KvEventSettings events(PreciseSettings.Mode settled, List<String> notices) {
    if (settled == PreciseSettings.Mode.TRACKING && !way.isSaid() && leftAlone.isPresent()) {
      throw new SpecException(
          leftAlone.get(),
          "no KV events can come: endpoints are not connected to, and nothing says where they"
              + " connect to us; give zmqEndpoint or --kv-events-endpoint");
    }
    boolean connects = way.settle(notices).orElse(unsaid) == Way.WE_CONNECT;
    int count = ranks.settle(notices).orElse(1);
    int replay = replayPort.settle(notices).orElse(count == 1 ? KvEventSettings.REPLAY_PORT : 0);
    last("--kv-replay-port", replay + count - 1);
    OptionalInt port = OptionalInt.empty();
    Optional<String> address = Optional.empty();
    if (connects) {
      int first = connectPort.settle(notices).orElse(KvEventSettings.PORT);
      last("--kv-events-port", first + count - 1);
      if (replay > 0 && Math.abs(replay - first) < count) {
        throw new SpecException(
            replayPort.place().isEmpty() ? connectPort.place() : replayPort.place(),
            "replays from port %d and events from port %d meet, as each of %d ranks has one of both; keep them %d apart"
                .formatted(replay, first, count, count));
      }
      port = OptionalInt.of(first);
    } else {
      address = Optional.of(bind.settle(notices).orElse(KvEventSettings.BIND));
    }
    return new KvEventSettings(
        address,
        port,
        replay > 0 ? OptionalInt.of(replay) : OptionalInt.empty(),
        count,
        topicPrefix.settle(notices).orElse(KvEventSettings.TOPIC_PREFIX),
        verifiesPeer.settle(notices).orElse(true),
        box(lanes.settle(notices)),
        curve.settle(notices));
  }

  private static void last(String flag, int port) {
    if (port > MOST_PORT) {
      throw new SpecException(flag, "the last rank's port would be " + port + "; take lower ones");
    }
  }

  private static OptionalInt box(Optional<Integer> value) {
    return value.map(OptionalInt::of).orElseGet(OptionalInt::empty);
  }
}
