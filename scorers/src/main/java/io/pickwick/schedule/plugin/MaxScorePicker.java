package io.pickwick.schedule.plugin;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Picker;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.spec.Spec;
import java.util.List;
import java.util.random.RandomGenerator;

/** Picks the endpoints with the highest scores. */
public record MaxScorePicker(String name, int maxEndpoints, TieBreak tieBreak) implements Picker {
  @Override
  public int pick(
      ScheduleRequest request, Candidates candidates, RandomGenerator random, int[] rows) {
    TopRows top = new TopRows(rows, Math.min(maxEndpoints, candidates.size()));
    long seed = 0;
    if (tieBreak == TieBreak.FEWEST_ACTIVE) {
      PromptKeys prompt = request.prompt();
      seed = prompt.count() > 0 ? prompt.key(0) : random.nextLong();
    }
    for (int row = 0; row < candidates.size(); row++) {
      double score = candidates.score(row);
      if (top.wants(score)) {
        long tie =
            switch (tieBreak) {
              case RANDOM -> random.nextLong();
              case FEWEST_ACTIVE -> fewestActive(candidates, row, seed);
            };
        top.offer(row, score, tie);
      }
    }
    return top.size();
  }

  /** Fewest active in the upper half, the rendezvous hash of endpoint and prompt in the lower. */
  private static long fewestActive(Candidates candidates, int row, long seed) {
    long fewest = (long) (Integer.MAX_VALUE - candidates.inFlight(row)) << Integer.SIZE;
    return fewest | rendezvous(seed, candidates.endpoint(row).hostPort()) >>> Integer.SIZE;
  }

  private static long rendezvous(long seed, String endpoint) {
    // The finisher of SplitMix64: every input bit moves every output bit.
    long z = seed + endpoint.hashCode() * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** What decides among equal scores. */
  public enum TieBreak {
    /** Chance, as in the field. */
    RANDOM("random"),
    /** Fewest requests in flight, then a hash of the prompt's beginning and the endpoint. */
    FEWEST_ACTIVE("fewest-active");

    private final String written;

    TieBreak(String written) {
      this.written = written;
    }

    static TieBreak read(Spec spec) {
      for (TieBreak tieBreak : values()) {
        if (tieBreak.written.equals(spec.text())) {
          return tieBreak;
        }
      }
      throw spec.mistake("unknown tie-break; known: random, fewest-active");
    }
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "max-score-picker";
    }

    @Override
    public String description() {
      return "Picks the endpoints with the highest scores.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(
          TopRows.MAX_ENDPOINTS,
          new Parameter("tieBreak", "random", "Among equal scores: random or fewest-active."));
    }

    @Override
    public MaxScorePicker create(String name, Spec parameters) {
      return new MaxScorePicker(
          name,
          TopRows.maxEndpoints(parameters),
          parameters.get("tieBreak").map(TieBreak::read).orElse(TieBreak.RANDOM));
    }
  }
}
