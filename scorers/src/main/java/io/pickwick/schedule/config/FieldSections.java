package io.pickwick.schedule.config;

import io.pickwick.schedule.spec.Spec;
import java.util.List;
import java.util.function.Consumer;

/**
 * The sections of an EndpointPickerConfig that this version reads, checks and does not act on.
 *
 * <p>Their keys and references are held to the field's schema, so that a mistake shows here and not
 * when a later version begins to act on them.
 */
final class FieldSections {
  private static final List<String> GATES =
      List.of(
          "dataLayer",
          "enableLegacyMetrics",
          "experimentalDatalayer",
          "flowControl",
          "haPopulateNonLeaderDatastore",
          "prepareDataPlugins");

  private final Consumer<Spec> reference;
  private final List<String> notices;

  /**
   * Reads sections.
   *
   * @param reference checks a {@code pluginRef}
   * @param notices where to say what has no effect
   */
  FieldSections(Consumer<Spec> reference, List<String> notices) {
    this.reference = reference;
    this.notices = notices;
  }

  void read(Spec root) {
    root.get("featureGates").ifPresent(this::featureGates);
    root.get("saturationDetector").ifPresent(this::saturationDetector);
    root.get("dataLayer").ifPresent(this::dataLayer);
    root.get("data").ifPresent(this::dataLayer);
    root.get("flowControl").ifPresent(this::flowControl);
    root.get("parser").ifPresent(this::parser);
    root.get("requestHandler").ifPresent(this::requestHandler);
  }

  private void featureGates(Spec gates) {
    for (Spec gate : gates.items()) {
      String name = gate.text().replaceFirst("=(true|false)$", "");
      if (!GATES.contains(name)) {
        throw gate.mistake(
            "unknown feature gate; "
                + Nearest.hint(name, GATES)
                + "known: "
                + String.join(", ", GATES));
      }
      notices.add(gate.place() + ": feature gate \"" + gate.text() + "\" has no effect");
    }
  }

  private void saturationDetector(Spec spec) {
    spec.only(
        "pluginRef", "queueDepthThreshold", "kvCacheUtilThreshold", "metricsStalenessThreshold");
    spec.get("pluginRef").ifPresent(reference);
    unused(spec, "saturationDetector", "nothing is shed by this version");
  }

  private void dataLayer(Spec spec) {
    spec.only(
        "injectDefaults",
        "sources",
        "discovery",
        "peerDiscovery",
        "crossReplicaSyncerPluginRef",
        "crossReplicaSyncInterval");
    spec.get("sources")
        .ifPresent(sources -> {
          for (Spec source : sources.items()) {
            source.only("pluginRef", "extractors");
            reference.accept(source.need("pluginRef"));
            source
                .get("extractors")
                .ifPresent(list ->
                    list.items()
                        .forEach(
                            item -> reference.accept(item.only("pluginRef").need("pluginRef"))));
          }
        });
    for (String key : List.of("discovery", "peerDiscovery")) {
      spec.get(key).ifPresent(named -> reference.accept(named.only("pluginRef").need("pluginRef")));
    }
    unused(spec, "dataLayer", "scraping and discovery are set by flags");
  }

  private void flowControl(Spec spec) {
    spec.only(
        "maxBytes",
        "maxRequests",
        "defaultRequestTTL",
        "noEndpointRequestTTL",
        "defaultPriorityBand",
        "priorityBands",
        "defaultNegativePriorityBand",
        "usageLimitPolicyPluginRef",
        "saturationDetector",
        "enableEviction");
    unused(spec, "flowControl", "requests are not queued by this version");
  }

  private void parser(Spec spec) {
    reference.accept(spec.only("pluginRef").need("pluginRef"));
    unused(spec, "parser", "the API is told by the request's path");
  }

  private void requestHandler(Spec spec) {
    spec.only("parsers");
    spec.get("parsers")
        .ifPresent(list ->
            list.items()
                .forEach(item -> reference.accept(item.only("pluginRef").need("pluginRef"))));
    unused(spec, "requestHandler", "the API is told by the request's path");
  }

  private void unused(Spec spec, String section, String why) {
    notices.add(spec.place() + ": \"" + section + "\" has no effect: " + why);
  }
}
