package io.pickwick.epp.prefix;

import io.pickwick.schedule.config.EndpointPickerConfig.Declared;
import io.pickwick.schedule.spec.Spec;
import java.util.List;

/**
 * What the field's plugins of precise matching say: {@code precise-prefix-cache-producer}, the
 * older {@code precise-prefix-cache-scorer} and {@code token-producer}.
 */
final class PrecisePlugins {
  private final PreciseDraft draft;
  private final IndexerSpec sections;

  PrecisePlugins(PreciseDraft draft, List<String> notices) {
    this.draft = draft;
    this.sections = new IndexerSpec(draft, notices);
  }

  void read(List<Declared> plugins) {
    for (Declared plugin : plugins) {
      switch (plugin.type()) {
        case "precise-prefix-cache-producer", "precise-prefix-cache-scorer" ->
            indexer(plugin.parameters());
        case "token-producer" -> tokens(plugin.parameters());
        default -> {}
      }
    }
  }

  private void indexer(Spec spec) {
    draft.mode.say(spec.place(), PreciseSettings.Mode.TRACKING);
    spec.only(
        "tokenProcessorConfig",
        "indexerConfig",
        "kvEventsConfig",
        "speculativeIndexing",
        "speculativeTTL");
    spec.get("tokenProcessorConfig").ifPresent(sections::tokenProcessor);
    spec.get("indexerConfig").ifPresent(sections::indexer);
    spec.get("kvEventsConfig").ifPresent(sections::events);
    sections.speculation(spec);
  }

  private void tokens(Spec spec) {
    spec.only("modelName", "vllm", "estimate", "udsTokenizerConfig");
    sections.model(spec, "modelName");
    spec.get("vllm")
        .ifPresent(vllm -> {
          vllm.only(
              "url",
              "endpointDiscovery",
              "messagesRenderMode",
              "prefillOnly",
              "timeout",
              "mmTimeout",
              "caCertPath",
              "clientCertPath",
              "clientKeyPath",
              "insecureSkipVerify");
          sections.unused(
              vllm, "prompts are tokenized by --tokenizer-path or by the pool's own endpoints");
        });
    spec.get("estimate")
        .ifPresent(said -> sections.unused(said, "prompts are measured by the built-in estimate"));
    spec.get("udsTokenizerConfig")
        .ifPresent(said ->
            sections.unused(
                said, "prompts are tokenized by --tokenizer-path or by the pool's own endpoints"));
  }
}
