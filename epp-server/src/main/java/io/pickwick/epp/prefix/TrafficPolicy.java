package io.pickwick.epp.prefix;

import io.pickwick.schedule.spec.Spec;
import java.util.List;

/**
 * The field's InferenceTrafficPolicy, {@code inferenceextension.alibabacloud.com/v1alpha1}, read
 * strictly: how one pool's requests find cached prefixes.
 */
final class TrafficPolicy {
  private static final String API_VERSION = "inferenceextension.alibabacloud.com/v1alpha1";
  private static final String KIND = "InferenceTrafficPolicy";

  private final String pool;
  private final PreciseDraft draft;
  private final IndexerSpec sections;

  /**
   * @param pool the pool that it must be for; empty when the pool has no name
   */
  TrafficPolicy(String pool, PreciseDraft draft, List<String> notices) {
    this.pool = pool;
    this.draft = draft;
    this.sections = new IndexerSpec(draft, notices);
  }

  void read(Spec root) {
    root.only("apiVersion", "kind", "metadata", "spec", "status");
    is(root.need("apiVersion"), API_VERSION);
    is(root.need("kind"), KIND);
    Spec spec = root.need("spec").only("poolRef", "profile");
    spec.get("poolRef").ifPresent(this::pool);
    Spec profile = spec.need("profile").only("single", "pd");
    profile
        .get("pd")
        .ifPresent(pd -> {
          throw pd.mistake("separate prefill and decode endpoints are not in this version");
        });
    Spec policy = profile.need("single").only("trafficPolicy").need("trafficPolicy");
    policy.only("prefixCache").get("prefixCache").ifPresent(this::prefixCache);
  }

  private static void is(Spec spec, String wanted) {
    if (!spec.text().equals(wanted)) {
      throw spec.mistake("\"" + spec.text() + "\" is not known; known: " + wanted);
    }
  }

  private void pool(Spec ref) {
    Spec name = ref.only("name", "group", "kind", "namespace").need("name");
    if (!pool.isEmpty() && !name.text().equals(pool)) {
      throw name.mistake(
          "this policy is for the pool \""
              + name.text()
              + "\", but --pool-name is \""
              + pool
              + "\"");
    }
  }

  private void prefixCache(Spec spec) {
    spec.only("mode", "trackingConfig");
    Spec mode = spec.need("mode");
    switch (mode.text()) {
      case "tracking" -> {
        draft.mode.say(mode.place(), PreciseSettings.Mode.TRACKING);
        draft.listensByDefault();
      }
      case "estimation", "estimate" ->
          draft.mode.say(mode.place(), PreciseSettings.Mode.ESTIMATION);
      default ->
          throw mode.mistake("\"" + mode.text() + "\" is not known; known: tracking, estimation");
    }
    spec.get("trackingConfig").ifPresent(this::tracking);
  }

  private void tracking(Spec spec) {
    spec.only(
        "indexerConfig",
        "tokenProcessorConfig",
        "kvEventsConfig",
        "speculativeIndexing",
        "speculativeTTL",
        "model");
    spec.get("indexerConfig").ifPresent(sections::indexer);
    spec.get("tokenProcessorConfig").ifPresent(sections::tokenProcessor);
    sections.model(spec, "model");
    spec.get("kvEventsConfig").ifPresent(sections::events);
    sections.speculation(spec);
  }
}
