package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Spreads prompts that nobody holds: 1 - rank / (n - 1) by how long ago an endpoint got such a
 * prompt, never being longest; 0.5 for all when any endpoint holds a part of the prompt.
 *
 * <p>An endpoint's turn is noted when it gets a prompt of which it holds nothing.
 */
public final class NoHitLruScorer implements Scorer {
  /** The default number of endpoints whose turn is remembered. */
  public static final int SIZE = 1024;

  private final String name;
  private final Map<Endpoint, Long> turns;
  private long turn;

  /** Remembers the turns of up to {@code size} endpoints. */
  public NoHitLruScorer(String name, int size) {
    this.name = name;
    this.turns =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Endpoint, Long> eldest) {
            return size() > size;
          }
        };
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    int size = candidates.size();
    for (int row = 0; row < size; row++) {
      if (candidates.matchedTokens(row) > 0) {
        Arrays.fill(scores, 0, size, 0.5);
        return;
      }
    }
    if (size == 1) {
      scores[0] = 1;
      return;
    }
    long[] lastTurns = new long[size];
    synchronized (turns) {
      for (int row = 0; row < size; row++) {
        Long last = turns.get(candidates.endpoint(row));
        lastTurns[row] = last == null ? 0 : last;
      }
    }
    long[] sorted = lastTurns.clone();
    Arrays.sort(sorted);
    for (int row = 0; row < size; row++) {
      int rank = lastTurns[row] == 0 ? 0 : Arrays.binarySearch(sorted, lastTurns[row]);
      scores[row] = 1 - (double) rank / (size - 1);
    }
  }

  @Override
  public void picked(ScheduleRequest request, Endpoint endpoint, int matchedTokens) {
    if (matchedTokens == 0) {
      synchronized (turns) {
        turns.remove(endpoint);
        turns.put(endpoint, ++turn);
      }
    }
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "no-hit-lru-scorer";
    }

    @Override
    public String description() {
      return "Spreads prompts that no endpoint holds by whose turn is longest ago.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(
          new Parameter("lruSize", "1024", "Endpoints whose turn is remembered."),
          new Parameter("prefixPluginType", "-", "Accepted; there is one source of matches."),
          new Parameter("prefixPluginName", "-", "Accepted; there is one source of matches."),
          new Parameter(
              "prefixMatchInfoProducerName", "-", "Accepted; there is one source of matches."));
    }

    @Override
    public NoHitLruScorer create(String name, Spec parameters) {
      return new NoHitLruScorer(
          name, parameters.get("lruSize").map(s -> (int) s.integer(1, 1_000_000)).orElse(SIZE));
    }
  }
}
