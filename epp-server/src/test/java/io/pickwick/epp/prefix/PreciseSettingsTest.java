package io.pickwick.epp.prefix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.epp.config.Flags;
import io.pickwick.kv.event.Medium;
import io.pickwick.kv.feed.FeedConfig;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.pickwick.schedule.config.PluginCatalog;
import io.pickwick.schedule.spec.SpecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PreciseSettingsTest {
  private static final String POLICY =
      """
      apiVersion: inferenceextension.alibabacloud.com/v1alpha1
      kind: InferenceTrafficPolicy
      metadata:
        name: inference-policy
      spec:
        poolRef:
          name: qwen-inference-pool
        profile:
          single:
            trafficPolicy:
              prefixCache:
                mode: tracking
      """;
  private static final String ARTICLE =
      POLICY
          + """
                trackingConfig:
                  indexerConfig:
                    tokenProcessorConfig:
                      blockSize: 64
                      hashSeed: 42
                      model: Qwen/Qwen3-32B
          """
              .indent(4);

  @TempDir Path directory;

  @Test
  void everyDefaultIsAsDocumented() throws IOException {
    PreciseSettings settings = flags();
    assertThat(settings.mode()).isEqualTo(PreciseSettings.Mode.ESTIMATION);
    assertThat(settings.tracking()).isFalse();
    assertThat(settings.blockSize()).isEmpty();
    assertThat(settings.hashSeed()).isEmpty();
    assertThat(settings.hashAlgorithm()).isEmpty();
    assertThat(settings.model()).isEmpty();
    assertThat(settings.tokenizer()).isEqualTo(TokenizerSource.AUTO);
    assertThat(settings.tokenizerPath()).isEmpty();
    assertThat(settings.speculative()).isTrue();
    assertThat(settings.speculativeTtl()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.weights().weight(Medium.GPU)).isEqualTo(1.0);
    assertThat(settings.weights().weight(Medium.CPU)).isEqualTo(0.8);
    assertThat(settings.weights().weight(Medium.DISK)).isEqualTo(0.5);
    assertThat(settings.weights().weight(Medium.SHARED)).isEqualTo(0.5);
    assertThat(settings.weights().weight(Medium.OTHER)).isEqualTo(0.5);
    assertThat(settings.notices()).isEmpty();
    KvEventSettings events = settings.events();
    assertThat(events.bind()).isEmpty();
    assertThat(events.connectPort()).hasValue(5557);
    assertThat(events.replayPort()).hasValue(5558);
    assertThat(events.ranks()).isEqualTo(1);
    assertThat(events.topicPrefix()).isEqualTo("kv@");
    assertThat(events.verifiesPeer()).isTrue();
    assertThat(events.lanes()).isEmpty();
    assertThat(events.curve()).isEmpty();
  }

  @Test
  void whereSomethingWasSaidIsKnown() throws IOException {
    PreciseSettings settings = policy(ARTICLE, "--hash-algorithm=sha256");
    assertThat(settings.places().hashAlgorithm()).isEqualTo("--hash-algorithm");
    assertThat(settings.places().blockSize()).matches(".*policy\\.yaml:16:\\d+");
    assertThat(settings.places().model()).matches(".*policy\\.yaml:18:\\d+");
    assertThat(settings.silent().places()).isEqualTo(flags().places());
  }

  @Test
  void everyFlagIsRead() throws IOException {
    PreciseSettings settings =
        flags(
            "--prefix-mode=tracking",
            "--kv-events-port=6000",
            "--kv-replay-port=6100",
            "--kv-events-ranks=2",
            "--kv-events-verify-peer=false",
            "--kv-events-curve=/keys",
            "--block-size=32",
            "--hash-algorithm=sha256_cbor",
            "--hash-seed=042",
            "--base-model=tiny",
            "--tokenizer=local",
            "--tokenizer-path=/model",
            "--speculative-ttl=500ms");
    assertThat(settings.tracking()).isTrue();
    assertThat(settings.blockSize()).hasValue(32);
    assertThat(settings.hashAlgorithm()).contains(HashAlgorithm.SHA256_CBOR);
    assertThat(settings.hashSeed()).contains("042");
    assertThat(settings.model()).contains("tiny");
    assertThat(settings.tokenizer()).isEqualTo(TokenizerSource.LOCAL);
    assertThat(settings.tokenizerPath()).contains(Path.of("/model"));
    assertThat(settings.speculativeTtl()).isEqualTo(Duration.ofMillis(500));
    assertThat(settings.events().bind()).isEmpty();
    assertThat(settings.events().connectPort()).hasValue(6000);
    assertThat(settings.events().replayPort()).hasValue(6100);
    assertThat(settings.events().ranks()).isEqualTo(2);
    assertThat(settings.events().verifiesPeer()).isFalse();
    assertThat(settings.events().curve()).contains(Path.of("/keys"));
    assertThat(settings.notices()).isEmpty();
  }

  @Test
  void whoSaysWhereEventsComeFromWantsThem() throws IOException {
    PreciseSettings listening = flags("--kv-events-endpoint=tcp://*:7000");
    assertThat(listening.tracking()).isTrue();
    assertThat(listening.events().bind()).contains("tcp://*:7000");
    assertThat(listening.events().connectPort()).isEmpty();
    assertThat(flags("--kv-events-port=7000").tracking()).isTrue();
    assertThat(flags("--kv-events-port=7000", "--prefix-mode=estimation").tracking()).isFalse();
  }

  @Test
  void flagsOfTrackingAreNoticedWithoutIt() throws IOException {
    assertThat(flags("--hash-seed=42", "--kv-replay-port=5558", "--tokenizer-path=/m").notices())
        .hasSize(3)
        .allSatisfy(notice ->
            assertThat(notice)
                .contains("has no effect in prefix mode estimation")
                .contains("neither a flag nor a file asks for tracking")
                .contains("--prefix-mode tracking"))
        .anySatisfy(notice -> assertThat(notice).startsWith("--hash-seed "));
    assertThat(flags("--prefix-mode=estimation", "--kv-events-port=5557").notices())
        .singleElement()
        .asString()
        .startsWith("--kv-events-port has no effect")
        .contains("--prefix-mode says so");
    assertThat(flags("--prefix-mode=tracking", "--hash-seed=42").notices()).isEmpty();
    assertThat(flags().notices()).isEmpty();
  }

  @Test
  void aDirectoryThatTheEndpointsStandInForIsNoticed() throws IOException {
    assertThat(
            flags("--prefix-mode=tracking", "--tokenizer=endpoint", "--tokenizer-path=/m")
                .notices())
        .containsExactly(
            "--tokenizer-path has no effect: --tokenizer takes token ids from the endpoints");
  }

  @Test
  void noSpeculationIsAskedForByNoTime() throws IOException {
    assertThat(flags("--speculative-ttl=0").speculative()).isFalse();
  }

  @Test
  void theArticlesPolicyIsReadAsItIs() throws IOException {
    PreciseSettings settings = policy(ARTICLE, "--pool-name=qwen-inference-pool");
    assertThat(settings.tracking()).isTrue();
    assertThat(settings.blockSize()).hasValue(64);
    assertThat(settings.hashSeed()).contains("42");
    assertThat(settings.hashAlgorithm()).isEmpty();
    assertThat(settings.model()).contains("Qwen/Qwen3-32B");
    assertThat(settings.events().bind()).contains("tcp://*:5557");
    assertThat(settings.events().connectPort()).isEmpty();
    assertThat(settings.notices()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{model: m}",
        "{indexerConfig: {model: m}}",
        "{tokenProcessorConfig: {model: m}}",
        "{indexerConfig: {tokenProcessorConfig: {model: m}}}"
      })
  void theModelMayStandInEveryPlaceThatTheArticleLeavesOpen(String tracking) throws IOException {
    assertThat(policy(tracking(tracking)).model()).contains("m");
  }

  @ParameterizedTest
  @CsvSource({"vllm-none-hash,vllm-none-hash", "42,42", "'\"42\"',42", "'\"042\"',042", "0,0"})
  void theSeedMayBeANumberOrText(String written, String read) throws IOException {
    assertThat(policy(tracking("{tokenProcessorConfig: {hashSeed: " + written + "}}")).hashSeed())
        .contains(read);
  }

  @Test
  void anEmptySeedIsNone() throws IOException {
    assertThat(policy(tracking("{tokenProcessorConfig: {hashSeed: ''}}")).hashSeed()).isEmpty();
  }

  @Test
  void aPolicyMayAskForEstimation() throws IOException {
    assertThat(policy(POLICY.replace("tracking", "estimation")).tracking()).isFalse();
  }

  @Test
  void aPolicyThatSaysWhereEventsComeFromIsFollowed() throws IOException {
    KvEventSettings events =
        policy(
                tracking(
                    "{kvEventsConfig: {discoverPods: true, podDiscoveryConfig: {socketPort: 5600,"
                        + " replaySocketPort: 5700}}}"))
            .events();
    assertThat(events.bind()).isEmpty();
    assertThat(events.connectPort()).hasValue(5600);
    assertThat(events.replayPort()).hasValue(5700);
  }

  @Test
  void thePeersProducerIsRead() throws IOException {
    PreciseSettings settings =
        plugins(
            """
            - type: token-producer
              parameters: {modelName: Qwen/Qwen3-32B}
            - type: precise-prefix-cache-producer
              parameters:
                tokenProcessorConfig: {blockSizeTokens: 64, hashSeed: "7"}
                indexerConfig:
                  kvCacheBackendConfigs:
                  - {name: gpu, weight: 1.0}
                  - {name: cpu, weight: 0.6}
                  - {name: tape, weight: 0.1}
                kvEventsConfig:
                  topicFilter: "kv@"
                  concurrency: 4
                  discoverPods: true
                  podDiscoveryConfig: {socketPort: 5557, podLabelSelector: app=vllm}
                speculativeIndexing: false
                speculativeTTL: 3s
            """);
    assertThat(settings.tracking()).isTrue();
    assertThat(settings.blockSize()).hasValue(64);
    assertThat(settings.hashSeed()).contains("7");
    assertThat(settings.model()).contains("Qwen/Qwen3-32B");
    assertThat(settings.weights().weight(Medium.CPU)).isEqualTo(0.6);
    assertThat(settings.weights().weight(Medium.OTHER)).isEqualTo(0.1);
    assertThat(settings.speculative()).isFalse();
    assertThat(settings.speculativeTtl()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.events().connectPort()).hasValue(5557);
    assertThat(settings.events().bind()).isEmpty();
    assertThat(settings.events().lanes()).hasValue(4);
    assertThat(settings.notices())
        .containsExactly(
            "epp.yaml:13:16: medium \"tape\" is not known; its weight holds for every medium that"
                + " is not",
            "plugins[1].parameters.kvEventsConfig.podDiscoveryConfig.podLabelSelector at"
                + " epp.yaml:18:64 has no effect: feeds follow the pool's endpoints");
  }

  @Test
  void theOlderPreciseScorerIsReadLikeTheProducer() throws IOException {
    PreciseSettings settings =
        plugins(
            """
            - type: precise-prefix-cache-scorer
              parameters:
                tokenProcessorConfig: {blockSize: 16}
                indexerConfig:
                  tokenizersPoolConfig:
                    modelName: Qwen/Qwen3-32B
                    uds: {socketFile: /tmp/tokenizer/tokenizer-uds.socket}
                  kvBlockIndexConfig: {inMemoryConfig: {size: 100, podCacheSize: 10}}
                  prefixStoreConfig: {cacheSize: 500000, blockSize: 256}
                kvEventsConfig: {zmqEndpoint: "tcp://*:5557", topicFilter: kv@, discoverPods: false}
            """);
    assertThat(settings.blockSize()).hasValue(16);
    assertThat(settings.model()).contains("Qwen/Qwen3-32B");
    assertThat(settings.events().bind()).contains("tcp://*:5557");
    assertThat(settings.events().connectPort()).isEmpty();
    assertThat(settings.notices())
        .hasSize(3)
        .allSatisfy(notice -> assertThat(notice).contains(" at epp.yaml:", " has no effect: "));
  }

  @Test
  void sglangsEventsAreAskedForByTheEngine() throws IOException {
    PreciseSettings settings =
        plugins(
            "- {type: precise-prefix-cache-producer, parameters: {kvEventsConfig: {engineType:"
                + " sglang}}}\n");
    assertThat(settings.hashAlgorithm()).contains(HashAlgorithm.SGLANG);
  }

  @Test
  void thePeersInternalHashingHasNoEffectAndOursIsTaken() throws IOException {
    String parameters =
        "- {type: precise-prefix-cache-producer, parameters: {tokenProcessorConfig:"
            + " {hashAlgorithm: %s}}}\n";
    assertThat(plugins(parameters.formatted("xxh64")).notices())
        .singleElement()
        .asString()
        .endsWith("has no effect: blocks are known by the engines' own hashes");
    assertThat(plugins(parameters.formatted("xxhash_cbor")).hashAlgorithm())
        .contains(HashAlgorithm.XXHASH_CBOR);
  }

  @Test
  void aFlagOutweighsThePolicyAndThePolicyThePlugins() throws IOException {
    PreciseSettings settings =
        read(
            ARTICLE,
            "- {type: precise-prefix-cache-producer, parameters: {tokenProcessorConfig:"
                + " {blockSize: 16, hashSeed: '42'}}}\n",
            "--hash-seed=0");
    assertThat(settings.hashSeed()).contains("0");
    assertThat(settings.blockSize()).hasValue(64);
    Path policy = directory.resolve("policy.yaml");
    assertThat(settings.notices())
        .containsExactly(
            "the block size is said twice: 64 from "
                + policy
                + ":16:28 holds, 16 from epp.yaml:4:88 does not",
            "the hash seed is said twice: 0 from --hash-seed holds, 42 from "
                + policy
                + ":17:27 does not",
            "the hash seed is said twice: 0 from --hash-seed holds, 42 from epp.yaml:4:102 does"
                + " not");
  }

  @Test
  void whereThePolicyDoesNotSayThePluginsDo() throws IOException {
    PreciseSettings settings =
        read(
            POLICY,
            "- {type: precise-prefix-cache-producer, parameters: {kvEventsConfig:"
                + " {podDiscoveryConfig: {socketPort: 5600}}}}\n");
    assertThat(settings.events().bind()).isEmpty();
    assertThat(settings.events().connectPort()).hasValue(5600);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{blockSize: 3}|:13:39: \"spec.profile.single.trafficPolicy.prefixCache.trackingConfig."
            + "blockSize\": unknown key; known here: indexerConfig,",
        "{tokenProcessorConfig: {blockSize: -1}}|blockSize\": -1 is out of range",
        "{tokenProcessorConfig: {blockSize: big}}|a whole number is wanted here, not \"big\"",
        "{tokenProcessorConfig: {hashSeed: random}}|a random seed can't be followed",
        "{tokenProcessorConfig: {hashSeed: abc}}|Python takes a whole number from 0 to 4294967295",
        "{tokenProcessorConfig: {hashSeed: 4294967296}}|Python takes a whole number",
        "{tokenProcessorConfig: {hashSeed: [1]}}|text is wanted here, not a list",
        "{tokenProcessorConfig: {hashAlgorithm: md5}}|\"md5\" is not known; known: sha256, sha256_cbor",
        "{indexerConfig: {tokenProcesorConfig: {}}}|tokenProcesorConfig\": unknown key",
        "{indexerConfig: {kvBlockIndexConfig: {inMemory: {}}}}|inMemory\": unknown key",
        "{indexerConfig: {prefixStoreConfig: {size: 1}}}|size\": unknown key",
        "{indexerConfig: {tokenizersPoolConfig: {workers: 1}}}|workers\": unknown key",
        "{indexerConfig: {kvCacheBackendConfigs: [{name: gpu}]}}|\"weight\" is missing",
        "{indexerConfig: {kvCacheBackendConfigs: [{name: gpu, weight: 2}]}}|2.0 is out of range",
        "{kvEventsConfig: {zmqEndpoint: 'udp://*:1'}}|write it as tcp://*:5557",
        "{kvEventsConfig: {zmqEndpoint: 'tcp://*:70000'}}|can't be listened at",
        "{kvEventsConfig: {engineType: tgi}}|\"tgi\" is not known; known: vllm, sglang",
        "{kvEventsConfig: {discoverPods: perhaps}}|true or false is wanted here",
        "{kvEventsConfig: {discoverPods: false}}|no KV events can come",
        "{kvEventsConfig: {zmqEndpoint: 'tcp://*:5557', discoverPods: true}}|.discoverPods\": events"
            + " come one way, and at ",
        "{kvEventsConfig: {replaySocketPort: 5557, discoverPods: true}}|replays from port 5557 and"
            + " events from port 5557 meet",
        "{kvEventsConfig: {replaySocketPort: 65536}}|65536 is out of range",
        "{speculativeTTL: 61s}|speculativeTTL\": 1m1s is too long: by then events have told; at most"
            + " 1m",
        "{kvEventsConfig: {concurrency: 0}}|0 is out of range; it must be from 1 to 64",
        "{kvEventsConfig: {podDiscoveryConfig: {port: 1}}}|port\": unknown key",
        "{kvEventsConfig: {podDiscoveryConfig: {socketPort: 65536}}}|65536 is out of range",
        "{speculativeTTL: 2}|2' is not a duration; write it as 50ms, 2s or 1m30s",
        "{speculativeIndexing: 1}|true or false is wanted here",
      })
  void mistakesInThePolicyNameThePlace(String tracking, String message) {
    assertThatThrownBy(() -> policy(tracking(tracking)))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(directory.resolve("policy.yaml") + ":")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "v1alpha1|v2|1:13: \"apiVersion\": \"inferenceextension.alibabacloud.com/v2\" is not known;",
        "InferenceTrafficPolicy|InferencePool|\"InferencePool\" is not known; known: Inference",
        "mode: tracking|mode: exact|\"exact\" is not known; known: tracking, estimation",
        "mode: tracking|modus: tracking|unknown key; known here: mode, trackingConfig",
        "single:|pd:|separate prefill and decode endpoints are not in this version",
        "single:|double:|unknown key; known here: single, pd",
        "prefixCache:|prefix:|unknown key; known here: prefixCache",
      })
  void anotherPolicyIsRefused(String from, String to, String message) {
    assertThatThrownBy(() -> policy(POLICY.replace(from, to)))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aPolicyForAnotherPoolIsRefused() {
    assertThatThrownBy(() -> policy(POLICY, "--pool-name=other"))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(
            "this policy is for the pool \"qwen-inference-pool\", but --pool-name is \"other\"");
  }

  @Test
  void aPolicyThatIsNotThereIsNamedWithItsFlag() {
    assertThatThrownBy(() -> flags("--traffic-policy-file=" + directory.resolve("none.yaml")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("there is no such file (--traffic-policy-file)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--hash-seed=random|--hash-seed: a random seed can't be followed",
        "--hash-algorithm=md5|--hash-algorithm: \"md5\" is not known",
        "--kv-events-endpoint=5557|--kv-events-endpoint: \"5557\" can't be listened at",
        "--tokenizer=local|--tokenizer: a local tokenizer needs its directory",
        "--speculative-ttl=61s|--speculative-ttl: 1m1s is too long: by then events have told; at most"
            + " 1m",
        "--kv-replay-port=5557|--kv-replay-port: replays from port 5557 and events from port 5557"
            + " meet, as each of 1 ranks has one of both; keep them 1 apart",
        "--kv-events-port=5558|--kv-events-port: replays from port 5558 and events from port 5558"
            + " meet",
      })
  void mistakesInFlagsNameTheFlag(String flag, String message) {
    assertThatThrownBy(() -> flags(flag))
        .isInstanceOf(SpecException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void theLastRanksPortMustBeOne() {
    assertThatThrownBy(() -> flags("--kv-events-port=65535", "--kv-events-ranks=2"))
        .isInstanceOf(SpecException.class)
        .hasMessage("--kv-events-port: the last rank's port would be 65536; take lower ones");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "precise-prefix-cache-producer|{blockSize: 1}|blockSize\": unknown key",
        "token-producer|{model: m}|model\": unknown key; known here: modelName,",
        "token-producer|{vllm: {host: h}}|host\": unknown key; known here: url,",
      })
  void mistakesInPluginsNameThePlace(String type, String parameters, String message) {
    assertThatThrownBy(() -> plugins("- {type: " + type + ", parameters: " + parameters + "}\n"))
        .isInstanceOf(SpecException.class)
        .hasMessageStartingWith("epp.yaml:4:")
        .hasMessageContaining(message);
  }

  @Test
  void elsewhereTokenizedPromptsAreNoticed() throws IOException {
    assertThat(
            plugins(
                    "- {type: token-producer, parameters: {modelName: m, vllm: {url:"
                        + " 'http://localhost:8000'}}}\n")
                .notices())
        .containsExactly(
            "plugins[0].parameters.vllm at epp.yaml:4:59 has no effect: prompts are tokenized by"
                + " --tokenizer-path or by the pool's own endpoints");
  }

  @Test
  void aPortOfNothingIsNotSaid() throws IOException {
    KvEventSettings events =
        policy(tracking("{kvEventsConfig: {podDiscoveryConfig: {replaySocketPort: 0}}}")).events();
    assertThat(events.replayPort()).hasValue(5558);
    assertThat(flags("--kv-replay-port=0").events().replayPort()).isEmpty();
  }

  @Test
  void ranksWouldPublishWhereOneAloneReplays() throws IOException {
    assertThat(flags("--kv-events-ranks=2").events().replayPort()).isEmpty();
    assertThat(flags("--kv-events-ranks=2", "--kv-replay-port=5657").events().replayPort())
        .hasValue(5657);
  }

  @ParameterizedTest
  @CsvSource({"5558,false", "5556,false", "5559,true", "5555,true"})
  void replaysStayClearOfTheRanksEvents(int replay, boolean clear) throws IOException {
    String[] flags = {"--kv-events-port=5557", "--kv-events-ranks=2", "--kv-replay-port=" + replay};
    if (clear) {
      assertThat(flags(flags).events().replayPort()).hasValue(replay);
    } else {
      assertThatThrownBy(() -> flags(flags))
          .isInstanceOf(SpecException.class)
          .hasMessageContaining("keep them 2 apart");
    }
  }

  @Test
  void whereEndpointsConnectToUsTheirReplaysMeetNothing() throws IOException {
    assertThat(
            flags("--kv-events-endpoint=tcp://*:5557", "--kv-replay-port=5557")
                .events()
                .replayPort())
        .hasValue(5557);
  }

  @Test
  void aFlagSaysOtherwiseThanThePolicyWhoConnects() throws IOException {
    String listens = tracking("{kvEventsConfig: {zmqEndpoint: 'tcp://*:5600'}}");
    PreciseSettings connecting = policy(listens, "--kv-events-port=5700");
    assertThat(connecting.events().bind()).isEmpty();
    assertThat(connecting.events().connectPort()).hasValue(5700);
    assertThat(connecting.notices())
        .singleElement()
        .asString()
        .startsWith(
            "the way of KV events is said twice: we connect to endpoints from --kv-events-port"
                + " holds, endpoints connect to us from ")
        .endsWith(" does not");
    PreciseSettings listening =
        policy(
            tracking("{kvEventsConfig: {discoverPods: true}}"),
            "--kv-events-endpoint=tcp://*:5700");
    assertThat(listening.events().bind()).contains("tcp://*:5700");
    assertThat(listening.events().connectPort()).isEmpty();
    assertThat(listening.notices()).hasSize(1);
  }

  @Test
  void anAddressToListenAtLeavesThePodsPortWithoutEffect() throws IOException {
    PreciseSettings settings =
        policy(
            tracking(
                "{kvEventsConfig: {zmqEndpoint: 'tcp://*:5600', podDiscoveryConfig: {socketPort:"
                    + " 5601}}}"));
    assertThat(settings.events().bind()).contains("tcp://*:5600");
    assertThat(settings.events().connectPort()).isEmpty();
    assertThat(settings.notices())
        .singleElement()
        .asString()
        .contains("socketPort at ")
        .endsWith("has no effect: endpoints connect to us, and we to none");
  }

  @Test
  void noAddressIsNone() throws IOException {
    KvEventSettings events =
        policy(tracking("{kvEventsConfig: {zmqEndpoint: '', discoverPods: true}}")).events();
    assertThat(events.bind()).isEmpty();
    assertThat(events.connectPort()).hasValue(5557);
    assertThat(flags("--kv-events-endpoint=", "--prefix-mode=tracking").events().connectPort())
        .hasValue(5557);
  }

  @Test
  void everyKeyOfThePolicyIsRead() throws IOException {
    PreciseSettings settings =
        policy(
            tracking(
                """
                {
                      speculativeIndexing: true, speculativeTTL: 1m, model: m,
                      indexerConfig: {
                        model: m,
                        tokenProcessorConfig: {
                          blockSize: 8, blockSizeTokens: 8, hashSeed: 7,
                          hashAlgorithm: sha256_cbor, model: m},
                        prefixStoreConfig: {cacheSize: 1, blockSize: 1, lruStoreConfig: {}},
                        kvBlockIndexConfig: {
                          inMemoryConfig: {}, costAwareMemoryConfig: {}, redisConfig: {},
                          valkeyConfig: {}, enableMetrics: true, metricsLoggingInterval: 1s},
                        kvBlockScorerConfig: {
                          scoringStrategy: LongestPrefix,
                          backendConfigs: [{name: disk, weight: 0.3}]},
                        kvCacheBackendConfigs: [{name: cpu, weight: 0.7}],
                        tokenizersPoolConfig: {
                          modelName: m, workersCount: 1, minPrefixOverlapRatio: 0.8, local: {},
                          uds: {}, hf: {}, huggingFaceToken: t, tokenizersCacheDir: d}},
                      tokenProcessorConfig: {blockSize: 8},
                      kvEventsConfig: {
                        topicFilter: pods@, concurrency: 3, engineType: vllm, discoverPods: true,
                        replaySocketPort: 5700, tracing: true,
                        podDiscoveryConfig: {
                          podLabelSelector: a=b, podNamespace: n, socketPort: 5600,
                          replaySocketPort: 5700}}}\
                """));
    assertThat(settings.speculative()).isTrue();
    assertThat(settings.speculativeTtl()).isEqualTo(Duration.ofMinutes(1));
    assertThat(settings.model()).contains("m");
    assertThat(settings.blockSize()).hasValue(8);
    assertThat(settings.hashSeed()).contains("7");
    assertThat(settings.hashAlgorithm()).contains(HashAlgorithm.SHA256_CBOR);
    assertThat(settings.weights().weight(Medium.DISK)).isEqualTo(0.3);
    assertThat(settings.weights().weight(Medium.CPU)).isEqualTo(0.7);
    assertThat(settings.events())
        .isEqualTo(
            new KvEventSettings(
                Optional.empty(),
                OptionalInt.of(5600),
                OptionalInt.of(5700),
                1,
                "pods@",
                true,
                OptionalInt.of(3),
                Optional.empty()));
    assertThat(settings.notices())
        .extracting(notice -> notice.substring(0, notice.indexOf(" at ")))
        .extracting(key -> key.substring(key.lastIndexOf('.') + 1))
        .containsExactlyInAnyOrder(
            "prefixStoreConfig",
            "kvBlockIndexConfig",
            "tokenizersPoolConfig",
            "podLabelSelector",
            "podNamespace",
            "tracing");
  }

  @Test
  void everyKeyOfTheTokenProducerIsRead() throws IOException {
    assertThat(
            plugins(
                    """
                    - type: token-producer
                      parameters:
                        modelName: m
                        estimate: {}
                        udsTokenizerConfig: {}
                        vllm: {
                          url: u, endpointDiscovery: {}, messagesRenderMode: m, prefillOnly: true,
                          timeout: 1s, mmTimeout: 1s, caCertPath: p, clientCertPath: p,
                          clientKeyPath: p, insecureSkipVerify: true}
                    """)
                .notices())
        .hasSize(3)
        .allSatisfy(notice -> assertThat(notice).contains(" has no effect: "));
  }

  @Test
  void theFeedsTakeTheEventSettings() throws IOException {
    FeedConfig standard = FeedConfig.DEFAULTS;
    assertThat(flags("--prefix-mode=tracking").events().feedConfig()).isEqualTo(standard);
    assertThat(
            flags("--kv-events-port=5557", "--kv-events-verify-peer=false").events().feedConfig())
        .isEqualTo(standard.withVerifiesPeer(false));
    assertThat(policy(POLICY).events().feedConfig())
        .isEqualTo(standard.withBindOnly("tcp://*:5557"));
    FeedConfig config =
        policy(
                tracking(
                    "{kvEventsConfig: {topicFilter: kv, concurrency: 3, podDiscoveryConfig:"
                        + " {socketPort: 5600, replaySocketPort: 5700}}}"),
                "--kv-events-ranks=2")
            .events()
            .feedConfig();
    assertThat(config.connect()).isTrue();
    assertThat(config.port()).isEqualTo(5600);
    assertThat(config.replayPort()).hasValue(5700);
    assertThat(config.ranks()).isEqualTo(2);
    assertThat(config.topicPrefix()).isEqualTo("kv");
    assertThat(config.limits().lanes()).isEqualTo(3);
    assertThat(config.limits().laneBytes()).isEqualTo(standard.limits().laneBytes());
  }

  @Test
  void curveKeysAreReadFromTheirDirectory() throws IOException {
    String key = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
    for (String name : List.of("public.key", "secret.key", "server.key")) {
      Files.writeString(directory.resolve(name), key + "\n");
    }
    Files.writeString(directory.resolve("clients.keys"), key + "\n\n");
    FeedConfig.Curve curve =
        flags("--kv-events-port=1", "--kv-events-curve=" + directory)
            .events()
            .feedConfig()
            .curve()
            .orElseThrow();
    assertThat(curve).isEqualTo(new FeedConfig.Curve(key, key, Optional.of(key), Set.of(key)));
  }

  @Test
  void aMissingOrBrokenCurveKeyIsNamedAndNotRepeated() throws IOException {
    KvEventSettings events = flags("--kv-events-port=1", "--kv-events-curve=" + directory).events();
    assertThatThrownBy(events::feedConfig)
        .isInstanceOf(IOException.class)
        .hasMessage(
            directory.resolve("public.key") + ": there is no such file (--kv-events-curve)");
    Files.writeString(directory.resolve("public.key"), "too short");
    assertThatThrownBy(events::feedConfig)
        .isInstanceOf(IOException.class)
        .hasMessage(
            directory.resolve("public.key") + ": not a CURVE key; one has 40 characters of Z85");
  }

  private static String tracking(String config) {
    return POLICY + "          trackingConfig: " + config + "\n";
  }

  private PreciseSettings policy(String policy, String... flags) throws IOException {
    return read(policy, "", flags);
  }

  private PreciseSettings plugins(String plugins) throws IOException {
    return read("", plugins);
  }

  private static PreciseSettings flags(String... flags) throws IOException {
    return PreciseSettings.read(Flags.parse(flags), EndpointPickerConfig.standard());
  }

  private PreciseSettings read(String policy, String plugins, String... flags) throws IOException {
    List<String> all = new ArrayList<>(List.of(flags));
    if (!policy.isEmpty()) {
      Path file = directory.resolve("policy.yaml");
      Files.writeString(file, policy);
      all.add("--traffic-policy-file=" + file);
    }
    EndpointPickerConfig config =
        plugins.isEmpty()
            ? EndpointPickerConfig.standard()
            : EndpointPickerConfig.read(
                "epp.yaml",
                "apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\nplugins:\n" + plugins,
                PluginCatalog.load());
    return PreciseSettings.read(Flags.parse(all.toArray(String[]::new)), config);
  }
}
