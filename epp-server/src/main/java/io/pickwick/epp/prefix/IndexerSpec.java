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
    spec.get("zmqEndpoint")
        .ifPresent(bind -> draft.bind.say(bind.place(), Words.bind(bind.text(), bind::mistake)));
    spec.get("topicFilter").ifPresent(topic -> draft.topicPrefix.say(topic.place(), topic.text()));
    spec.get("concurrency")
        .ifPresent(lanes -> draft.lanes.say(lanes.place(), (int) lanes.integer(1, 64)));
    spec.get("engineType").ifPresent(this::engine);
    spec.get("discoverPods")
        .ifPresent(discover -> draft.connect.say(discover.place(), discover.bool()));
    port(spec, "replaySocketPort", draft.replayPort);
    spec.get("podDiscoveryConfig").ifPresent(this::discovery);
    spec.get("tracing")
        .filter(Spec::bool)
        .ifPresent(tracing -> unused(tracing, "events are counted, not traced"));
  }

  private void engine(Spec spec) {
    switch (spec.text()) {
      case "", "vllm" -> {}
      case "sglang" -> draft.hashAlgorithm.say(spec.place(), HashAlgorithm.SGLANG);
      default -> throw spec.mistake("\"" + spec.text() + "\" is not known; known: vllm, sglang");
    }
  }

  private void discovery(Spec spec) {
    spec.only("podLabelSelector", "podNamespace", "socketPort", "replaySocketPort");
    for (String key : List.of("podLabelSelector", "podNamespace")) {
      spec.get(key).ifPresent(said -> unused(said, "feeds follow the pool's endpoints"));
    }
    port(spec, "socketPort", draft.connectPort);
    port(spec, "replaySocketPort", draft.replayPort);
  }

  private static void port(Spec spec, String key, Setting<Integer> setting) {
    Optional<Spec> said = spec.get(key);
    said.ifPresent(port -> {
      int number = (int) port.integer(0, MAX_PORT);
      if (number > 0) {
        setting.say(port.place(), number);
      }
    });
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
      return new GoDuration().convert(spec.text());
    } catch (TypeConversionException e) {
      throw spec.mistake(String.valueOf(e.getMessage()));
    }
  }

  void unused(Spec spec, String why) {
    notices.add(spec + " has no effect: " + why);
  }
}
