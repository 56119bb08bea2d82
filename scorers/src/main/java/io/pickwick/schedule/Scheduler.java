package io.pickwick.schedule;

import io.pickwick.kv.index.PrefixIndex;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Chooses an endpoint for a request and reserves its load; safe for concurrent use. */
public final class Scheduler {
  /*
   * Everything a decision needs is read once into columns, rated there, and the pick is reserved
   * only if the picked endpoint is still as it was read. When it is not, somebody else decided at
   * the same moment, and the decision is made again on what is known now. Loads that changed
   * elsewhere do not matter to a burst: they only rose. After MAX_ATTEMPTS the reservation is made
   * regardless, so a decision always ends.
   */

  /** How old gauges may be before they are doubted. */
  public static final long STALENESS_NANOS = 2_000_000_000L;

  static final int MAX_ATTEMPTS = 8;

  private final Profile profile;
  private final long stalenessNanos;
  private final Supplier<RandomGenerator> random;
  private final ThreadLocal<Scratch> scratch;

  /**
   * Makes a scheduler.
   *
   * @param stalenessNanos how old gauges may be before they are doubted
   * @param random asked once per decision, on the deciding thread
   */
  public Scheduler(Profile profile, long stalenessNanos, Supplier<RandomGenerator> random) {
    this.profile = profile;
    this.stalenessNanos = stalenessNanos;
    this.random = random;
    int picks = profile.picker().maxEndpoints();
    this.scratch = ThreadLocal.withInitial(() -> new Scratch(picks));
  }

  /** The policy it follows. */
  public Profile profile() {
    return profile;
  }

  /**
   * Decides, and when an endpoint is picked, reserves its load in the same step.
   *
   * @param endpoints those that may serve it at all
   * @param index what the endpoints hold
   */
  public Decision schedule(
      ScheduleRequest request, List<Endpoint> endpoints, PrefixIndex index, long nowNanos) {
    if (endpoints.isEmpty()) {
      return new Decision.NoEndpoints();
    }
    Scratch mine = scratch.get();
    Candidates candidates = mine.candidates;
    try {
      candidates.open(endpoints, request.prompt(), index);
      return decide(request, mine, nowNanos);
    } finally {
      candidates.close();
    }
  }

  private Decision decide(ScheduleRequest request, Scratch mine, long nowNanos) {
    Candidates candidates = mine.candidates;
    while (true) {
      candidates.read(nowNanos, stalenessNanos);
      Explainer explainer = request.explain() ? new Explainer(candidates) : Explainer.SILENT;
      dropUnreachable(candidates, explainer);
      for (Filter filter : profile.filters()) {
        filter.filter(request, candidates);
        explainer.filtered(filter.name(), candidates);
        if (candidates.size() == 0) {
          return new Decision.FilteredOut(filter.name());
        }
      }
      double[] scores = mine.scores(candidates.size());
      for (Profile.WeightedScorer weighted : profile.scorers()) {
        weighted.scorer().score(request, candidates, scores);
        for (int row = 0; row < candidates.size(); row++) {
          scores[row] = clamp(scores[row]);
          candidates.addScore(row, weighted.weight() * scores[row]);
        }
        explainer.scored(weighted.scorer().name(), candidates, scores);
      }
      int picks = profile.picker().pick(request, candidates, random.get(), mine.rows);
      int best = mine.rows[0];
      Endpoint endpoint = candidates.endpoint(best);
      Reservation reservation =
          new Reservation(endpoint, candidates.uncachedTokens(best), nowNanos);
      if (candidates.attempts() >= MAX_ATTEMPTS) {
        endpoint.load().reserve(reservation);
      } else if (!endpoint.load().tryReserve(candidates.version(best), reservation)) {
        continue;
      }
      return picked(request, mine, picks, reservation, explainer);
    }
  }

  private Decision picked(
      ScheduleRequest request,
      Scratch mine,
      int picks,
      Reservation reservation,
      Explainer explainer) {
    Candidates candidates = mine.candidates;
    int best = mine.rows[0];
    Endpoint endpoint = candidates.endpoint(best);
    List<Endpoint> order;
    if (picks == 1) {
      order = List.of(endpoint);
    } else {
      List<Endpoint> several = new ArrayList<>(picks);
      for (int i = 0; i < picks; i++) {
        several.add(candidates.endpoint(mine.rows[i]));
      }
      order = List.copyOf(several);
    }
    int matched = candidates.matchedTokens(best);
    for (Filter filter : profile.filters()) {
      filter.picked(request, endpoint, matched);
    }
    for (Profile.WeightedScorer weighted : profile.scorers()) {
      weighted.scorer().picked(request, endpoint, matched);
    }
    profile.picker().picked(request, endpoint, matched);
    return new Decision.Picked(
        request, profile, order, reservation, candidates, best, explainer.explain(profile.name()));
  }

  private static void dropUnreachable(Candidates candidates, Explainer explainer) {
    boolean some = false;
    boolean all = true;
    for (int row = 0; row < candidates.size(); row++) {
      boolean reachable = candidates.reachable(row);
      some |= reachable;
      all &= reachable;
    }
    if (some && !all) {
      candidates.retain(candidates::reachable);
      explainer.filtered("unreachable", candidates);
    }
  }

  private static double clamp(double score) {
    return Double.isNaN(score) ? 0 : Math.clamp(score, 0.0, 1.0);
  }

  /** What one thread uses again for each decision. */
  private static final class Scratch {
    final Candidates candidates = new Candidates();
    final int[] rows;
    private double[] scores = new double[0];

    Scratch(int picks) {
      this.rows = new int[picks];
    }

    double[] scores(int needed) {
      if (scores.length < needed) {
        scores = new double[Math.max(needed, 2 * scores.length)];
      }
      return scores;
    }
  }

  /** Writes down one attempt for its explanation; the silent one does nothing. */
  private static final class Explainer {
    static final Explainer SILENT = new Explainer();

    private final boolean silent;
    private final List<Row> rows = new ArrayList<>();

    private Explainer() {
      this.silent = true;
    }

    Explainer(Candidates candidates) {
      this.silent = false;
      for (int row = 0; row < candidates.size(); row++) {
        rows.add(new Row(candidates, row));
      }
    }

    void filtered(String by, Candidates candidates) {
      if (silent) {
        return;
      }
      boolean[] left = new boolean[rows.size()];
      for (int row = 0; row < candidates.size(); row++) {
        left[candidates.place(row)] = true;
      }
      for (int place = 0; place < left.length; place++) {
        if (!left[place] && rows.get(place).droppedBy.isEmpty()) {
          rows.get(place).droppedBy = by;
        }
      }
    }

    void scored(String by, Candidates candidates, double[] scores) {
      if (silent) {
        return;
      }
      for (int row = 0; row < candidates.size(); row++) {
        Row written = rows.get(candidates.place(row));
        written.scores.put(by, scores[row]);
        written.total = candidates.score(row);
      }
    }

    Optional<Explanation> explain(String profile) {
      return silent
          ? Optional.empty()
          : Optional.of(new Explanation(profile, rows.stream().map(Row::considered).toList()));
    }
  }

  /** One endpoint of an explanation in the making. */
  private static final class Row {
    private final Explanation.Considered known;
    private String droppedBy = "";
    private final Map<String, Double> scores = new LinkedHashMap<>();
    private double total;

    Row(Candidates candidates, int row) {
      Endpoint endpoint = candidates.endpoint(row);
      this.known =
          new Explanation.Considered(
              endpoint,
              "",
              Map.of(),
              0,
              candidates.matchedTokens(row),
              candidates.inFlight(row),
              candidates.queuedTokens(row),
              candidates.prefillRate(row),
              candidates.waiting(row),
              candidates.running(row),
              candidates.kvUsage(row),
              endpoint.load().age(candidates.nowNanos()),
              candidates.freshness(row),
              candidates.reachable(row));
    }

    Explanation.Considered considered() {
      return new Explanation.Considered(
          known.endpoint(),
          droppedBy,
          scores,
          total,
          known.matchedTokens(),
          known.inFlight(),
          known.queuedTokens(),
          known.prefillRate(),
          known.waiting(),
          known.running(),
          known.kvUsage(),
          known.ageNanos(),
          known.freshness(),
          known.reachable());
    }
  }
}
