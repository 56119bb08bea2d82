package io.pickwick.schedule.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.schedule.Plugin;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.PrefixSettings;
import io.pickwick.schedule.Profile;
import io.pickwick.schedule.plugin.ActiveRequestScorer;
import io.pickwick.schedule.plugin.ExpectedTtftScorer;
import io.pickwick.schedule.plugin.LabelSelectorFilter;
import io.pickwick.schedule.plugin.LoadAwareScorer;
import io.pickwick.schedule.plugin.MaxScorePicker;
import io.pickwick.schedule.plugin.PrefixCacheAffinityFilter;
import io.pickwick.schedule.plugin.PrefixCacheScorer;
import io.pickwick.schedule.plugin.QueueScorer;
import io.pickwick.schedule.plugin.RandomPicker;
import io.pickwick.schedule.plugin.TokenLoadScorer;
import io.pickwick.schedule.plugin.UtilizationFilter;
import io.pickwick.schedule.plugin.WeightedRandomPicker;
import io.pickwick.schedule.spec.Spec;
import io.pickwick.schedule.spec.SpecException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointPickerConfigTest {
  private static final PluginCatalog CATALOG = PluginCatalog.load();

  @Test
  void theStandardIsLeastExpectedTtftWithTheFewestActiveAmongEquals() {
    Profile profile = EndpointPickerConfig.standard().profile();
    assertThat(profile.name()).isEqualTo("default");
    assertThat(profile.filters()).isEmpty();
    assertThat(profile.scorers())
        .containsExactly(
            new Profile.WeightedScorer(
                new ExpectedTtftScorer(
                    "expected-ttft-scorer", 2, 0, 1, ExpectedTtftScorer.NEVER_FULL),
                1));
    assertThat(profile.picker())
        .isEqualTo(
            new MaxScorePicker("max-score-picker", 1, MaxScorePicker.TieBreak.FEWEST_ACTIVE));
    assertThat(read("{}").profile()).isEqualTo(profile);
  }

  @Test
  void theFieldsUsualConfigurationIsReadAsItIs() {
    EndpointPickerConfig config =
        EndpointPickerConfig.read(
            "epp.yaml",
            """
            apiVersion: inference.networking.x-k8s.io/v1alpha1
            kind: EndpointPickerConfig
            plugins:
            - type: queue-scorer
            - type: prefix-cache-scorer
              name: prefix
              parameters: {hashBlockSize: 64, maxPrefixBlocksToMatch: 256, lruCapacityPerServer: 31250}
            - type: single-profile-handler
            schedulingProfiles:
            - name: mine
              plugins:
              - pluginRef: queue-scorer
              - pluginRef: prefix
                weight: 2.5
            """,
            CATALOG);
    assertThat(config.profile().name()).isEqualTo("mine");
    assertThat(config.profile().scorers())
        .extracting(Profile.WeightedScorer::weight)
        .containsExactly(1.0, 2.5);
    assertThat(config.profile().scorers().getFirst().scorer())
        .isEqualTo(new QueueScorer("queue-scorer"));
    assertThat(config.profile().picker())
        .isEqualTo(new MaxScorePicker("max-score-picker", 1, MaxScorePicker.TieBreak.RANDOM));
    assertThat(config.prefix())
        .isEqualTo(
            new PrefixSettings(
                OptionalInt.of(64),
                OptionalInt.of(256),
                OptionalInt.empty(),
                OptionalInt.of(31_250),
                Optional.empty()));
    assertThat(config.notices()).isEmpty();
    assertThat(config.declared())
        .extracting(EndpointPickerConfig.Declared::name)
        .containsExactly("queue-scorer", "prefix", "single-profile-handler");
  }

  @Test
  void withoutProfilesEveryDeclaredPluginTakesPart() {
    Profile profile = read("plugins: [{type: queue-scorer}, {type: random-picker}]").profile();
    assertThat(profile.name()).isEqualTo("default");
    assertThat(profile.scorers()).hasSize(1);
    assertThat(profile.picker()).isEqualTo(new RandomPicker("random-picker", 1));
  }

  @Test
  void thePeersFileDiscoveryConfigurationIsReadWithNotices() {
    EndpointPickerConfig config =
        read(
            """
            plugins:
            - {name: file-disc, type: file-discovery, parameters: {path: endpoints.yaml}}
            - {type: queue-scorer}
            - {type: max-score-picker}
            schedulingProfiles:
            - name: default
              plugins:
              - {pluginRef: queue-scorer, weight: 2}
              - {pluginRef: max-score-picker}
            dataLayer: {discovery: {pluginRef: file-disc}}
            featureGates: [dataLayer, flowControl=false]
            """);
    assertThat(config.notices())
        .containsExactly(
            "f.yaml:4:3: plugin \"file-discovery\" has no effect:"
                + " endpoints come from --endpoints-file",
            "f.yaml:13:16: feature gate \"dataLayer\" has no effect",
            "f.yaml:13:27: feature gate \"flowControl=false\" has no effect",
            "f.yaml:12:12: \"dataLayer\" has no effect: scraping and discovery are set by flags");
    assertThat(config.declared().getFirst().parameters().need("path").text())
        .isEqualTo("endpoints.yaml");
  }

  @Test
  void thePreciseScorerIsThePrefixScorerOfTheShareAlone() {
    assertThat(make("precise-prefix-cache-scorer"))
        .isEqualTo(new PrefixCacheScorer("x", 0, 8192, PrefixSettings.UNSAID));
    EndpointPickerConfig config =
        read(
            """
            plugins:
            - {type: token-producer, parameters: {modelName: m}}
            - {type: endpoint-notification-source}
            - {type: precise-prefix-cache-producer, parameters: {speculativeIndexing: true}}
            - {type: precise-prefix-cache-scorer}
            schedulingProfiles:
            - name: default
              plugins: [{pluginRef: precise-prefix-cache-scorer, weight: 3}]
            dataLayer:
              sources:
              - pluginRef: endpoint-notification-source
                extractors: [{pluginRef: precise-prefix-cache-producer}]
            """);
    assertThat(config.profile().scorers())
        .containsExactly(
            new Profile.WeightedScorer(
                new PrefixCacheScorer(
                    "precise-prefix-cache-scorer", 0, 8192, PrefixSettings.UNSAID),
                3));
    assertThat(config.declared())
        .extracting(EndpointPickerConfig.Declared::type)
        .contains("token-producer", "precise-prefix-cache-producer");
    assertThat(config.notices())
        .containsExactly(
            "f.yaml:5:3: plugin \"endpoint-notification-source\" has no effect: feeds follow the"
                + " pool by themselves",
            "f.yaml:12:3: \"dataLayer\" has no effect: scraping and discovery are set by flags");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "saturationDetector: {queueDepthThreshold: 5, kvCacheUtilThreshold: 0.8,"
            + " metricsStalenessThreshold: 200ms}",
        "saturationDetector: {pluginRef: utilization-detector}",
        "data: {sources: [{pluginRef: metrics-data-source, extractors: [{pluginRef:"
            + " core-metrics-extractor}]}]}",
        "flowControl: {maxBytes: 1Gi, priorityBands: [{priority: 1}]}",
        "parser: {pluginRef: openai-parser}",
        "requestHandler: {parsers: [{pluginRef: openai-parser}]}",
        "plugins: [{type: queue-scorer}, {type: inflight-load-producer}]",
      })
  void whatIsNotActedOnIsSaid(String section) {
    assertThat(read(section).notices()).hasSize(1).first().asString().startsWith("f.yaml:3:");
  }

  @Test
  void theOldNameOfTheEstimationsBlockSizeYieldsToTheNewer() {
    assertThat(
            prefix("{blockSizeTokens: 16, blockSize: 100, hashBlockSize: 200}").blockCharacters())
        .hasValue(64);
    assertThat(prefix("{blockSize: 100, hashBlockSize: 200}").blockCharacters()).hasValue(100);
    assertThat(prefix("{autoTune: false}").autoTune()).contains(false);
    assertThat(prefix("{maxPrefixTokensToMatch: 131072}").maxTokens()).hasValue(131_072);
    assertThat(prefix("{}")).isEqualTo(PrefixSettings.UNSAID);
    assertThat(
            read("plugins: [{type: approx-prefix-cache-producer, parameters: {autoTune: true}}]")
                .prefix()
                .autoTune())
        .contains(true);
  }

  @Test
  void everyDefaultIsTheFields() {
    assertThat(make("prefix-cache-scorer"))
        .isEqualTo(new PrefixCacheScorer("x", 0, 8192, PrefixSettings.UNSAID));
    assertThat(make("token-load-scorer")).isEqualTo(new TokenLoadScorer("x", 4_194_304));
    assertThat(make("active-request-scorer")).isEqualTo(new ActiveRequestScorer("x", 0, 1));
    assertThat(make("load-aware-scorer")).isEqualTo(new LoadAwareScorer("x", 128));
    assertThat(make("expected-ttft-scorer"))
        .isEqualTo(new ExpectedTtftScorer("x", 2, 0, 1, ExpectedTtftScorer.NEVER_FULL));
    assertThat(make("max-score-picker"))
        .isEqualTo(new MaxScorePicker("x", 1, MaxScorePicker.TieBreak.RANDOM));
    assertThat(make("random-picker")).isEqualTo(new RandomPicker("x", 1));
    assertThat(make("weighted-random-picker")).isEqualTo(new WeightedRandomPicker("x", 1));
    assertThat(make("label-selector-filter"))
        .isEqualTo(new LabelSelectorFilter("x", Map.of(), List.of()));
    PrefixCacheAffinityFilter affinity =
        (PrefixCacheAffinityFilter) make("prefix-cache-affinity-filter");
    assertThat(affinity.affinityThreshold()).isEqualTo(0.8);
    assertThat(affinity.explorationProbability()).isZero();
    assertThat(affinity.maxTtftPenaltyMs()).isEqualTo(18_000);
    assertThat(affinity.peakPrefillThroughput()).isEqualTo(15_928);
  }

  @Test
  void everyKeyIsRead() {
    assertThat(
            make(
                "prefix-cache-scorer",
                "{matchLengthWeight: 0.5, matchLengthScaleTokens: 100, autoTune: true}"))
        .isEqualTo(
            new PrefixCacheScorer(
                "x",
                0.5,
                100,
                new PrefixSettings(
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    OptionalInt.empty(),
                    Optional.of(true))));
    assertThat(make("token-load-scorer", "{queueThresholdTokens: 9}"))
        .isEqualTo(new TokenLoadScorer("x", 9));
    assertThat(make("active-request-scorer", "{idleThreshold: 3, maxBusyScore: 0.5}"))
        .isEqualTo(new ActiveRequestScorer("x", 3, 0.5));
    assertThat(make("load-aware-scorer", "{threshold: 7}")).isEqualTo(new LoadAwareScorer("x", 7));
    assertThat(
            make(
                "expected-ttft-scorer",
                "{lambda: 1.5, kappa: 8, crowding: 0.5, kvFullThreshold: 0.9}"))
        .isEqualTo(new ExpectedTtftScorer("x", 1.5, 8, 0.5, 0.9));
    assertThat(make("max-score-picker", "{maxNumOfEndpoints: 3, tieBreak: fewest-active}"))
        .isEqualTo(new MaxScorePicker("x", 3, MaxScorePicker.TieBreak.FEWEST_ACTIVE));
    assertThat(make("random-picker", "{maxNumOfEndpoints: 4}")).isEqualTo(new RandomPicker("x", 4));
    assertThat(make("weighted-random-picker", "{maxNumOfEndpoints: 5}"))
        .isEqualTo(new WeightedRandomPicker("x", 5));
    assertThat(
            make(
                "utilization-filter",
                "{conditions: [{metric: waiting-queue, maxValue: 3}], fallbackOnEmpty: true}"))
        .isEqualTo(
            new UtilizationFilter(
                "x",
                List.of(new UtilizationFilter.Cap(UtilizationFilter.Metric.WAITING_QUEUE, 3)),
                true));
    PrefixCacheAffinityFilter affinity =
        (PrefixCacheAffinityFilter)
            make(
                "prefix-cache-affinity-filter",
                "{affinityThreshold: 0.9, explorationProbability: 0.1, maxTTFTPenaltyMs: 5,"
                    + " peakPrefillThroughput: 20480, ttftSource: prefillThroughput}");
    assertThat(affinity.affinityThreshold()).isEqualTo(0.9);
    assertThat(affinity.explorationProbability()).isEqualTo(0.1);
    assertThat(affinity.maxTtftPenaltyMs()).isEqualTo(5);
    assertThat(affinity.peakPrefillThroughput()).isEqualTo(20_480);
  }

  @Test
  void everyProviderDescribesItselfAndAcceptsTheKeysThatItNames() {
    assertThat(CATALOG.providers()).hasSize(19);
    for (PluginProvider provider : CATALOG.providers()) {
      assertThat(provider.description()).as(provider.type()).endsWith(".");
      for (PluginProvider.Parameter parameter : provider.parameters()) {
        assertThat(parameter.description()).as(provider.type()).endsWith(".");
        assertThat(parameter.standard()).as(provider.type()).isNotEmpty();
        if (!parameter.standard().equals("-")) {
          String text = "{" + parameter.name() + ": " + parameter.standard() + "}";
          if (provider.type().equals("utilization-filter")) {
            continue;
          }
          // What is named as the default is the default.
          Plugin said = make(provider.type(), text);
          Plugin unsaid = make(provider.type());
          if (said instanceof Record && !(said instanceof PrefixCacheAffinityFilter)) {
            assertThat(said).as("%s %s", provider.type(), text).isEqualTo(unsaid);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "plugins: [{type: queue-scorrer}]"
            + "|f.yaml:3:18: \"plugins[0].type\": unknown plugin type \"queue-scorrer\"; did you"
            + " mean \"queue-scorer\"? known: active-request-scorer,",
        "plugins: [{type: latency-scorer}]"
            + "|f.yaml:3:18: \"plugins[0].type\": \"latency-scorer\" is not in this version; known:",
        "plugins: [{typ: queue-scorer}]"
            + "|f.yaml:3:17: \"plugins[0].typ\": unknown key; known here: name, type, parameters",
        "plugins: [{name: a}]|f.yaml:3:11: \"plugins[0]\": \"type\" is missing",
        "plugins: [{type: queue-scorer, parameters: {a: 1}}]"
            + "|f.yaml:3:48: \"plugins[0].parameters.a\": unknown key; known here: none",
        "plugins: [{type: queue-scorer}, {type: queue-scorer}]"
            + "|f.yaml:3:33: \"plugins[1]\": a plugin named \"queue-scorer\" stands here twice",
        "plugins: [{type: precise-prefix-cache-scorer, parameters: {tokenProcessor: {}}}]"
            + "|f.yaml:3:76: \"plugins[0].parameters.tokenProcessor\": unknown key; known here:"
            + " tokenProcessorConfig, indexerConfig, kvEventsConfig,",
        "plugins: [{type: load-aware-scorer, parameters: {threshold: 0}}]"
            + "|f.yaml:3:61: \"plugins[0].parameters.threshold\": 0 is out of range; it must be"
            + " from 1 to 2147483647",
        "plugins: [{type: max-score-picker, parameters: {tieBreak: coin}}]"
            + "|f.yaml:3:59: \"plugins[0].parameters.tieBreak\": unknown tie-break; known: random,"
            + " fewest-active",
        "plugins: [{type: max-score-picker}, {type: random-picker}]"
            + "|f.yaml:3:37: \"plugins[1]\": a profile has one picker; \"max-score-picker\" is it already",
        "schedulingProfiles: [{name: a, plugins: [{pluginRef: queue-scorer}]}]"
            + "|f.yaml:3:54: \"schedulingProfiles[0].plugins[0].pluginRef\": no plugin is named"
            + " \"queue-scorer\"; declared: none",
        "schedulingProfiles: [{name: a, plugins: []}, {name: b, plugins: []}]"
            + "|f.yaml:3:46: \"schedulingProfiles[1]\": this version follows one profile only",
        "profiles: []|f.yaml:3:11: \"profiles\": unknown key; known here: apiVersion, kind,",
        "dataLayer: {discovery: {pluginRef: nobody}}"
            + "|f.yaml:3:36: \"dataLayer.discovery.pluginRef\": no plugin is named \"nobody\"",
        "saturationDetector: {queueDepth: 5}|f.yaml:3:34: \"saturationDetector.queueDepth\":"
            + " unknown key",
        "featureGates: [flowcontrol]|f.yaml:3:16: \"featureGates[0]\": unknown feature gate; did"
            + " you mean \"flowControl\"? known:",
        "plugins: [{type: session-affinity-scorer, parameters: {strategy: session_id}}]"
            + "|f.yaml:3:66: \"plugins[0].parameters.strategy\": this version knows"
            + " encoded_endpoint_header only",
        "plugins: [{type: label-selector-filter, parameters: {matchExpressions: [{key: a, operator:"
            + " Is}]}}]|unknown operator; known: In, NotIn, Exists, DoesNotExist",
        "plugins: [{type: label-selector-filter, parameters: {matchExpressions: [{key: a, operator:"
            + " In}]}}]|\"values\" must not be empty for this operator",
        "plugins: [{type: utilization-filter}]|f.yaml:3:11: \"plugins[0].parameters\": \"conditions\" is missing",
        "plugins: [{type: utilization-filter, parameters: {conditions: [{metric: heat, maxValue:"
            + " 1}]}}]|unknown metric; known: active-requests, running-requests, waiting-queue,"
            + " kv-cache-utilization",
      })
  void mistakesNameThePlaceAndTheMend(String text, String message) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message);
  }

  @Test
  void otherDocumentsAreRefused() {
    assertThatThrownBy(() -> EndpointPickerConfig.read("f.yaml", "kind: X", CATALOG))
        .hasMessage("f.yaml:1:1: \"apiVersion\" is missing");
    assertThatThrownBy(
            () -> EndpointPickerConfig.read("f.yaml", "apiVersion: v1\nkind: X", CATALOG))
        .hasMessage(
            "f.yaml:1:13: \"apiVersion\": \"v1\" is not known; known:"
                + " inference.networking.x-k8s.io/v1alpha1, llm-d.ai/v1alpha1");
    assertThatThrownBy(() ->
            EndpointPickerConfig.read("f.yaml", "apiVersion: llm-d.ai/v1alpha1\nkind: X", CATALOG))
        .hasMessage("f.yaml:2:7: \"kind\": \"X\" is not known; known: EndpointPickerConfig");
  }

  @Test
  void oldTypeNamesAreAccepted() {
    assertThat(make("by-label-selector")).isInstanceOf(LabelSelectorFilter.class);
  }

  @Test
  void aTypeClaimedTwiceIsRefused() {
    PluginProvider queue = new QueueScorer.Provider();
    assertThatThrownBy(() -> new PluginCatalog(List.of(queue, new QueueScorer.Provider())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("queue-scorer");
  }

  private static EndpointPickerConfig read(String text) {
    String head = "apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\n";
    return EndpointPickerConfig.read(
        "f.yaml", text.equals("{}") ? head : head + text + "\n", CATALOG);
  }

  private static PrefixSettings prefix(String parameters) {
    return read("plugins: [{type: prefix-cache-scorer, parameters: " + parameters + "}]").prefix();
  }

  private static Plugin make(String type) {
    return make(type, "{}");
  }

  private static Plugin make(String type, String parameters) {
    return CATALOG.create(type, "x", Spec.parse("p.yaml", parameters)).orElseThrow();
  }
}
