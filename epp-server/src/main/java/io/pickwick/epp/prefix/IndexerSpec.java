package io.pickwick.epp.prefix;

import io.pickwick.epp.config.GoDuration;
import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.schedule.spec.Spec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.TypeConversionException;

/**
 * The sections that the field's traffic policy and its precise plugins share: {@code
 * tokenProcessorConfig}, {@code indexerConfig}, {@code kvEventsConfig} and speculation.
 *
 * <p>Their keys are those of llm-d's {@code kvcache}, {@code kvblock} and {@code kvevents}
 * packages. Keys of theirs that there is no need for here are accepted with a notice.
 */
final class IndexerSpec {
  private static final int MAX_BLOCK_SIZE = 1 << 20;
  private static final int MAX_PORT = 65_535;

  private final PreciseDraft draft;
  private final List<String> notices;

  IndexerSpec(PreciseDraft draft, List<String> notices) {
    this.draft = draft;
    this.notices = notices;
  }

  void tokenProcessor(Spec spec) {
    spec.only("blockSize", "blockSizeTokens", "hashSeed", "hashAlgorithm", "model");
    for (String key : List.of("blockSizeTokens", "blockSize")) {
      spec.get(key)
          .ifPresent(size -> {
            int tokens = (int) size.integer(0, MAX_BLOCK_SIZE);
            if (tokens > 0) {
              draft.blockSize.say(size.place(), tokens);
            }
          });
    }
    spec.get("hashSeed")
        .ifPresent(
            seed -> draft.hashSeed.say(seed.place(), Words.seed(seed.text(), seed::mistake)));
    spec.get("hashAlgorithm").ifPresent(this::hashAlgorithm);
    model(spec, "model");
  }

  private void hashAlgorithm(Spec spec) {
    String said = spec.text();
    if (said.isEmpty() || said.equals("cbor-fnv") || said.equals("xxh64")) {
      unused(spec, "blocks are known by the engines' own hashes");
      return;
    }
    draft.hashAlgorithm.say(
        spec.place(),
        HashAlgorithm.named(said).orElseThrow(() -> spec.mistake(Words.unknownAlgorithm(said))));
  }

  void model(Spec spec, String key) {
    spec.get(key).ifPresent(model -> draft.model.say(model.place(), model.text()));
  }

  void indexer(Spec spec) {
    spec.only(
        "tokenProcessorConfig",
        "prefixStoreConfig",
        "kvBlockIndexConfig",
        "kvBlockScorerConfig",
        "kvCacheBackendConfigs",
        "tokenizersPoolConfig",
        "model");
    spec.get("tokenProcessorConfig").ifPresent(this::tokenProcessor);
    model(spec, "model");
    spec.get("prefixStoreConfig")
        .ifPresent(store -> {
          store.only("cacheSize", "blockSize", "lruStoreConfig");
          unused(store, "tokenized prefixes are kept by the tokenizer itself");
        });
    spec.get("kvBlockIndexConfig")
        .ifPresent(index -> {
          index.only(
              "inMemoryConfig",
              "costAwareMemoryConfig",
              "redisConfig",
              "valkeyConfig",
              "enableMetrics",
              "metricsLoggingInterval");
          unused(index, "there is one block index, in memory, and it drops no holder of a block");
        });
    spec.get("kvBlockScorerConfig")
        .ifPresent(scorer -> {
          scorer.only("scoringStrategy", "backendConfigs");
          scorer.get("backendConfigs").ifPresent(this::weights);
        });
    spec.get("kvCacheBackendConfigs").ifPresent(this::weights);
    spec.get("tokenizersPoolConfig").ifPresent(this::tokenizers);
  }

  private void weights(Spec list) {
    for (Spec item : list.items()) {
      item.only("name", "weight");
      Spec name = item.need("name");
      Spec weight = item.need("weight");
      Medium medium = Medium.named(name.text());
      if (medium == Medium.OTHER && !name.text().equalsIgnoreCase("other")) {
        notices.add(
            name.place()
                + ": medium \""
                + name.text()
                + "\" is not known; its weight holds for every medium that is not");
      }
      draft.weight(medium, weight.place(), weight.decimal(0, 1));
    }
  }

  private void tokenizers(Spec spec) {
    spec.only(
        "modelName",
        "workersCount",
        "minPrefixOverlapRatio",
        "local",
        "uds",
        "hf",
        "huggingFaceToken",
        "tokenizersCacheDir");
    model(spec, "modelName");
    unused(spec, "prompts are tokenized by --tokenizer-path or by the endpoints themselves");
  }

  void events(Spec spec) {
    spec.only(
        "zmqEndpoint",
        "topicFilter",
        "concurrency",
        "engineType",
        "discoverPods",
        "podDiscoveryConfig",
        "replaySocketPort",
        "tracing");
    Optional<Spec> bind = spec.get("zmqEndpoint").filter(said -> !said.text().isEmpty());
    bind.ifPresent(said -> draft.listen(said.place(), Words.bind(said.text(), said::mistake)));
    spec.get("topicFilter").ifPresent(topic -> draft.topicPrefix.say(topic.place(), topic.text()));
    spec.get("concurrency")
        .ifPresent(lanes -> draft.lanes.say(lanes.place(), (int) lanes.integer(1, 64)));
    spec.get("engineType").ifPresent(this::engine);
    Optional<Spec> discover = spec.get("discoverPods");
    discover.ifPresent(said -> discover(said, bind));
    port(spec, "replaySocketPort", draft.replayPort);
    boolean connects = bind.isEmpty() && discover.map(Spec::bool).orElse(true);
    spec.get("podDiscoveryConfig").ifPresent(said -> discovery(said, connects));
    spec.get("tracing")
        .filter(Spec::bool)
        .ifPresent(tracing -> unused(tracing, "events are counted, not traced"));
  }

  /** Events come one way. */
  private void discover(Spec spec, Optional<Spec> bind) {
    if (!spec.bool()) {
      draft.leaveAlone(spec.place());
      return;
    }
    bind.ifPresent(said -> {
      throw spec.mistake(
          "events come one way, and at "
              + said.place()
              + " endpoints connect to us; leave zmqEndpoint out, or set discoverPods to false");
    });
    draft.connect(spec.place());
  }

  private void engine(Spec spec) {
    switch (spec.text()) {
      case "", "vllm" -> {}
      case "sglang" -> draft.hashAlgorithm.say(spec.place(), HashAlgorithm.SGLANG);
      default -> throw spec.mistake("\"" + spec.text() + "\" is not known; known: vllm, sglang");
    }
  }

  private void discovery(Spec spec, boolean connects) {
    spec.only("podLabelSelector", "podNamespace", "socketPort", "replaySocketPort");
    for (String key : List.of("podLabelSelector", "podNamespace")) {
      spec.get(key).ifPresent(said -> unused(said, "feeds follow the pool's endpoints"));
    }
    if (connects) {
      port(spec, "socketPort", draft.connectPort).ifPresent(said -> draft.connect(said.place()));
    } else {
      spec.get("socketPort")
          .ifPresent(said -> unused(said, "endpoints connect to us, and we to none"));
    }
    port(spec, "replaySocketPort", draft.replayPort);
  }

  /** Notes a port, if one is said; nothing and zero say none. */
  private static Optional<Spec> port(Spec spec, String key, Setting<Integer> setting) {
    Optional<Spec> said = spec.get(key).filter(port -> port.integer(0, MAX_PORT) > 0);
    said.ifPresent(port -> setting.say(port.place(), (int) port.integer(1, MAX_PORT)));
    return said;
  }

  void speculation(Spec spec) {
    spec.get("speculativeIndexing")
        .ifPresent(said -> draft.speculative.say(said.place(), said.bool()));
    spec.get("speculativeTTL")
        .filter(said -> !said.text().isEmpty())
        .ifPresent(said -> draft.speculativeTtl.say(said.place(), duration(said)));
  }

  private static Duration duration(Spec spec) {
    try {
      return Words.speculation(new GoDuration().convert(spec.text()), spec::mistake);
    } catch (TypeConversionException e) {
      throw spec.mistake(String.valueOf(e.getMessage()));
    }
  }

  void unused(Spec spec, String why) {
    notices.add(spec + " has no effect: " + why);
  }
}
