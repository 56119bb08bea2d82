package io.pickwick.schedule.plugin;

import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.PrefixSettings;
import io.pickwick.schedule.spec.Spec;
import java.util.List;

/**
 * Makes the scorer of precise prefix matching: a {@link PrefixCacheScorer} by the share of the
 * prompt alone.
 *
 * <p>Its parameters say how blocks come to be known, not how endpoints are scored; here only their
 * names are held to, and what stands in them is read by whoever sets up precise matching.
 */
public final class PrecisePrefixScorerProvider implements PluginProvider {
  /** The type. */
  public static final String TYPE = "precise-prefix-cache-scorer";

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public String description() {
    return "Prefers endpoints that hold the prompt's beginning, and switches precise matching on.";
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("tokenProcessorConfig", "-", "Block size and hash seed; see precise.md."),
        new Parameter("indexerConfig", "-", "Weights of the media; see precise.md."),
        new Parameter("kvEventsConfig", "-", "Where KV events come from; see precise.md."),
        new Parameter(
            "speculativeIndexing", "-", "Whether a prompt just routed counts; see precise.md."),
        new Parameter("speculativeTTL", "-", "How long it does; see precise.md."));
  }

  @Override
  public PrefixCacheScorer create(String name, Spec parameters) {
    return new PrefixCacheScorer(name, 0, PrefixCacheScorer.SCALE_TOKENS, PrefixSettings.UNSAID);
  }
}
