package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;
import java.util.List;

/**
 * Prefers the endpoint where the first token is to be expected soonest, thought of in prompt
 * tokens.
 *
 * <p>{@code cost = (queued + foreign + lambda * uncached + kappa * decoding + crowding * crowded *
 * prompt) / speed} and {@code score = scale / (scale + cost)}, where
 *
 * <ul>
 *   <li>queued: uncached prompt tokens that we sent there and that should still be ahead of this
 *       request;
 *   <li>foreign: what requests that are not ours put before it, as of another picker: one that
 *       waits counts the mean uncached tokens of ours, any other a quarter of what ours have left
 *       on the mean, both less where more than half of the KV cache is in use, since there they
 *       wait for room, which is crowding. And so little of the prompt as decides only between
 *       endpoints that are equal but for it, by the KV cache that others use: {@code prompt *
 *       kvUsage * others / (others + ours) / 32};
 *   <li>lambda is above 1 because working through what is not cached also evicts somebody else's;
 *   <li>decoding: our requests there that have had their first token;
 *   <li>crowded: how short of KV cache it is, from 0 to 1: {@code short * (1 + 3 * waiting /
 *       (waiting + 4)) / 4}, where short goes from 0 when half of the cache is in use to 1 when all
 *       is. By default a prompt counts at most once for that and twice for not being held, so it
 *       decides between endpoints that hold about as much of it, where a full one would have to
 *       finish others first;
 *   <li>speed: its prefill rate over the mean of all;
 *   <li>where a threshold is given, an endpoint whose KV cache is that full while requests wait
 *       pays as if it held nothing, because what it holds may be evicted. By default none is: what
 *       is counted as full are blocks in use, and a prefix in use is not evicted; and when all are
 *       full, requests would be sent away from what they share.
 * </ul>
 */
public record ExpectedTtftScorer(
    String name, double lambda, double kappa, double crowding, double kvFull) implements Scorer {
  /** The default of lambda. */
  public static final double LAMBDA = 2;

  /** The default of kappa. */
  public static final double KAPPA = 0;

  /** The default of crowding. */
  public static final double CROWDING = 1;

  /** The default of the KV usage that counts as full: none does. */
  public static final double NEVER_FULL = Double.POSITIVE_INFINITY;

  private static final double SCALE = 16_384;
  private static final double QUEUE = 4;
  private static final double GUESS = 0.25;
  private static final double TIE = 1.0 / 32;

  /** The policy with its defaults. */
  public ExpectedTtftScorer(String name) {
    this(name, LAMBDA, KAPPA, CROWDING, NEVER_FULL);
  }

  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    int size = candidates.size();
    int prompt = request.prompt().tokens();
    double usual = candidates.meanRequestTokens() > 0 ? candidates.meanRequestTokens() : prompt;
    double meanRate = meanRate(candidates);
    double left = meanLeft(candidates);
    for (int row = 0; row < size; row++) {
      double kvUsage = candidates.kvUsage(row);
      double waiting = candidates.waiting(row);
      boolean full = waiting > 0 && kvUsage >= kvFull;
      double uncached = full ? prompt : candidates.uncachedTokens(row);
      double work =
          candidates.queuedTokens(row)
              + (1 - shortage(kvUsage)) * candidates.foreignWaiting(row) * usual
              + (1 - shortage(kvUsage)) * candidates.foreignRunning(row) * left * GUESS
              + lambda * uncached
              + kappa * candidates.decoding(row)
              + crowding * prompt * crowded(kvUsage, waiting)
              + TIE * prompt * kvUsage * othersShare(candidates, row);
      double cost = work * meanRate / candidates.prefillRate(row);
      candidates.cost(row, cost);
      scores[row] = SCALE / (SCALE + cost);
    }
  }

  private static double meanRate(Candidates candidates) {
    double rates = 0;
    for (int row = 0; row < candidates.size(); row++) {
      rates += candidates.prefillRate(row);
    }
    return rates / candidates.size();
  }

  /** What a request of ours still has to be worked through, on the mean. */
  private static double meanLeft(Candidates candidates) {
    double requests = 0;
    double tokens = 0;
    for (int row = 0; row < candidates.size(); row++) {
      requests += candidates.inFlight(row);
      tokens += candidates.queuedTokens(row);
    }
    return requests > 0 ? tokens / requests : 0;
  }

  private static double othersShare(Candidates candidates, int row) {
    double others = candidates.foreignWaiting(row) + candidates.foreignRunning(row);
    return others > 0 ? others / (others + candidates.inFlight(row)) : 0;
  }

  private static double shortage(double kvUsage) {
    return Math.max(0, 2 * kvUsage - 1);
  }

  private static double crowded(double kvUsage, double waiting) {
    return shortage(kvUsage) * (1 + 3 * waiting / (waiting + QUEUE)) / 4;
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "expected-ttft-scorer";
    }

    @Override
    public String description() {
      return "Prefers the endpoint with the least expected time to first token; the default.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(
          new Parameter("lambda", "2", "What an uncached token of this request counts."),
          new Parameter("kappa", "0", "Prompt tokens that a decoding request counts."),
          new Parameter(
              "crowding",
              "1",
              "What the prompt counts where the KV cache is full and others wait."),
          new Parameter(
              "kvFullThreshold", "-", "KV usage from which what is held counts as lost."));
    }

    @Override
    public ExpectedTtftScorer create(String name, Spec parameters) {
      return new ExpectedTtftScorer(
          name,
          parameters.get("lambda").map(s -> s.decimal(0, 1000)).orElse(LAMBDA),
          parameters.get("kappa").map(s -> s.decimal(0, 1_000_000)).orElse(KAPPA),
          parameters.get("crowding").map(s -> s.decimal(0, 1000)).orElse(CROWDING),
          parameters.get("kvFullThreshold").map(s -> s.decimal(0, 1)).orElse(NEVER_FULL));
    }
  }
}
