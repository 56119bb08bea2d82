package io.pickwick.schedule.plugin;

import static io.pickwick.schedule.Pods.MS;
import static io.pickwick.schedule.Pods.SECOND;
import static io.pickwick.schedule.Pods.candidates;
import static io.pickwick.schedule.Pods.gauges;
import static io.pickwick.schedule.Pods.holding;
import static io.pickwick.schedule.Pods.pods;
import static io.pickwick.schedule.Pods.prompt;
import static io.pickwick.schedule.Pods.reserve;
import static io.pickwick.schedule.Pods.scores;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import io.pickwick.schedule.PrefixSettings;
import io.pickwick.schedule.Reservation;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScorersTest {
  private static final long T0 = 7 * SECOND;
  private static final ScheduleRequest REQUEST = ScheduleRequest.of("m", prompt(1, 640));

  private final List<Endpoint> pods = pods(3);
  private long later = T0;

  @Test
  void queue() {
    told(gauges(T0, 10, 0, 0), gauges(T0, 4, 0, 0), gauges(T0, 0, 0, 0));
    assertThat(rate(new QueueScorer("q"))).containsExactly(0, 0.6, 1);
  }

  @Test
  void runningRequests() {
    told(gauges(T0, 0, 5, 0), gauges(T0, 0, 9, 0), gauges(T0, 0, 7, 0));
    assertThat(rate(new RunningRequestsSizeScorer("r"))).containsExactly(1, 0, 0.5);
  }

  @Test
  void relativeScoresAreOneWhenAllAreEqualOrAlone() {
    told(gauges(T0, 4, 4, 0), gauges(T0, 4, 4, 0), gauges(T0, 4, 4, 0));
    assertThat(rate(new QueueScorer("q"))).containsExactly(1, 1, 1);
    assertThat(rate(new RunningRequestsSizeScorer("r"))).containsExactly(1, 1, 1);
    assertThat(
            scores(
                new QueueScorer("q"),
                REQUEST,
                candidates(pods.subList(0, 1), REQUEST, PrefixIndex.none(), T0)))
        .containsExactly(1);
  }

  @Test
  void kvCacheUtilization() {
    told(gauges(T0, 0, 0, 0.25), gauges(T0, 0, 0, 1), gauges(T0, 0, 0, 0));
    assertThat(rate(new KvCacheUtilizationScorer("k"))).containsExactly(0.75, 0, 1);
  }

  @Test
  void loraAffinity() {
    assertThat(lora(4, Set.of("a"), Set.of())).isEqualTo(1);
    assertThat(lora(4, Set.of("b"), Set.of("c"))).isEqualTo(0.8);
    assertThat(lora(4, Set.of("b"), Set.of("a"))).isEqualTo(0.8);
    assertThat(lora(2, Set.of("b"), Set.of("a"))).isEqualTo(0.6);
    assertThat(lora(2, Set.of("b"), Set.of("c"))).isZero();
    assertThat(lora(2, Set.of("a"), Set.of("b"))).isEqualTo(1);
    assertThat(LoraAffinityScorer.score("a", LoraState.NONE)).isZero();
    pods.get(1)
        .load()
        .observe(new Gauges(T0, 0, 0, 0, 16, 0, new LoraState(2, Set.of("m"), Set.of())));
    assertThat(rate(new LoraAffinityScorer("l"))).containsExactly(0, 1, 0);
  }

  @Test
  void prefixCacheIsTheShareOfTheFullBlocks() {
    Scorer scorer = new PrefixCacheScorer("p", 0, 8192, PrefixSettings.UNSAID);
    ScheduleRequest request = ScheduleRequest.of("m", prompt(1, 650));
    assertThat(scores(scorer, request, candidates(pods, request, holding(0, 320, 2, 640), T0)))
        .containsExactly(0.5, 0, 1);
  }

  @Test
  void prefixCacheCanCountTheLengthOfTheMatch() {
    Scorer scorer = new PrefixCacheScorer("p", 0.25, 1280, PrefixSettings.UNSAID);
    assertThat(scores(scorer, REQUEST, candidates(pods, REQUEST, holding(0, 320, 2, 640), T0)))
        .containsExactly(0.25 * 0.0625 + 0.75 * 0.5, 0, 0.25 * 0.25 + 0.75);
  }

  @Test
  void aPromptWithoutAFullBlockMatchesNowhere() {
    ScheduleRequest request = ScheduleRequest.of("m", prompt(1, 63));
    Scorer scorer = new PrefixCacheScorer("p", 0, 8192, PrefixSettings.UNSAID);
    assertThat(scores(scorer, request, candidates(pods, request, holding(0, 64), T0)))
        .containsExactly(0, 0, 0);
  }

  @Test
  void tokenLoadCountsPromptsInFlightAndThisOnesUncachedTokens() {
    reserve(pods.get(0), 360, T0);
    reserve(pods.get(1), 5000, T0);
    Reservation decoding = reserve(pods.get(2), 5000, T0);
    decoding.firstToken(T0);
    Scorer scorer = new TokenLoadScorer("t", 2000);
    assertThat(scores(scorer, REQUEST, candidates(pods, REQUEST, holding(2, 640), T0)))
        .containsExactly(0.5, 0, 1);
  }

  @Test
  void activeRequests() {
    for (int i = 0; i < 4; i++) {
      reserve(pods.get(0), 1, T0);
    }
    reserve(pods.get(1), 1, T0);
    assertThat(rate(new ActiveRequestScorer("a", 0, 1))).containsExactly(0, 0.75, 1);
    assertThat(rate(new ActiveRequestScorer("a", 1, 0.5))).containsExactly(0, 1, 1);
    assertThat(rate(new ActiveRequestScorer("a", 4, 1))).containsExactly(1, 1, 1);
  }

  @Test
  void loadAware() {
    told(gauges(T0, 0, 0, 0), gauges(T0, 32, 0, 0), gauges(T0, 500, 0, 0));
    assertThat(rate(new LoadAwareScorer("l", 128))).containsExactly(0.5, 0.375, 0);
  }

  @Test
  void noHitLruRanksByTurnWhenNobodyHoldsThePrompt() {
    NoHitLruScorer scorer = new NoHitLruScorer("n", 10);
    assertThat(rate(scorer)).containsExactly(1, 1, 1);
    scorer.picked(REQUEST, pods.get(2), 0);
    scorer.picked(REQUEST, pods.get(1), 0);
    assertThat(rate(scorer)).containsExactly(1, 0, 0.5);
    scorer.picked(REQUEST, pods.get(0), 64);
    assertThat(rate(scorer)).containsExactly(1, 0, 0.5);
    assertThat(scores(scorer, REQUEST, candidates(pods, REQUEST, holding(1, 64), T0)))
        .containsExactly(0.5, 0.5, 0.5);
    assertThat(
            scores(
                scorer, REQUEST, candidates(pods.subList(1, 2), REQUEST, PrefixIndex.none(), T0)))
        .containsExactly(1);
  }

  @Test
  void noHitLruForgetsTheOldestTurnBeyondItsSize() {
    NoHitLruScorer scorer = new NoHitLruScorer("n", 1);
    scorer.picked(REQUEST, pods.get(2), 0);
    scorer.picked(REQUEST, pods.get(1), 0);
    assertThat(rate(scorer)).containsExactly(1, 0, 1);
  }

  @Test
  void expectedTtftIsQueuedWorkAndTwiceTheUncachedTokens() {
    reserve(pods.get(0), 1000, T0);
    double[] costs = costs(new ExpectedTtftScorer("e"), REQUEST, holding(1, 320, 2, 640), T0);
    assertThat(costs).containsExactly(1000 + 2 * 640, 2 * 320, 0);
  }

  @Test
  void expectedTtftScoreFallsStrictlyWithTheCost() {
    Scorer scorer = new ExpectedTtftScorer("e");
    double last = 2;
    for (int queued = 0; queued < 5_000_000; queued += 99_991) {
      List<Endpoint> one = pods(1);
      reserve(one.getFirst(), queued, T0);
      double[] now = scores(scorer, REQUEST, candidates(one, REQUEST, PrefixIndex.none(), T0));
      assertThat(now[0]).isLessThan(last).isBetween(0.0, 1.0);
      last = now[0];
    }
  }

  @Test
  void expectedTtftLetsTheQueueDrain() {
    reserve(pods.get(0), 16_000, T0);
    double[] costs =
        costs(new ExpectedTtftScorer("e"), REQUEST, PrefixIndex.none(), T0 + SECOND / 2);
    assertThat(costs[0]).isCloseTo(10_000 + 1280, within(1e-6));
  }

  @Test
  void expectedTtftCountsForeignRequestsAtTheUsualSize() {
    reserve(pods.get(0), 100, T0).release(T0);
    reserve(pods.get(1), 300, T0);
    pods.get(0).load().observe(gauges(T0, 3, 0, 0));
    pods.get(1).load().observe(gauges(T0, 1, 0, 0));
    pods.get(2).load().observe(gauges(T0, 0, 0, 0));
    double[] costs =
        costs(new ExpectedTtftScorer("e", 0, 0, 0, 0.98), REQUEST, PrefixIndex.none(), T0);
    // Three foreign requests of 200 tokens; one that is ours; none.
    assertThat(costs).containsExactly(600, 300, 0);
  }

  @Test
  void expectedTtftCountsForeignRequestsThatRunByWhatOursHaveLeft() {
    reserve(pods.get(0), 4000, T0);
    reserve(pods.get(0), 0, T0);
    told(gauges(T0, 1, 2, 0), gauges(T0, 0, 3, 0), gauges(T0, 0, 0, 0));
    ExpectedTtftScorer scorer = new ExpectedTtftScorer("e", 0, 0, 0, 0.98);
    // Ours have 2,000 left on the mean. Of the three on the first two are ours.
    assertThat(costs(scorer, REQUEST, PrefixIndex.none(), T0))
        .containsExactly(4000 + 500, 3 * 500, 0);
  }

  @Test
  void expectedTtftDoesNotTakeForeignRequestsThatWaitForRoomForWork() {
    reserve(pods.get(0), 100, T0).release(T0);
    ScheduleRequest request = ScheduleRequest.of("m", prompt(1, 6400));
    told(gauges(T0, 9, 0, 1), gauges(T0, 9, 0, 0.75), gauges(T0, 9, 0, 0.25));
    ExpectedTtftScorer scorer = new ExpectedTtftScorer("e", 0, 0, 0, 0.98);
    double[] costs = costs(scorer, request, holding(0, 6400, 1, 6400, 2, 6400), T0);
    assertThat(costs[0]).isEqualTo(200);
    assertThat(costs[1]).isEqualTo(450 + 150);
    assertThat(costs[2]).isEqualTo(900 + 50);
  }

  @Test
  void expectedTtftTakesTheOneWhereOthersUseLessOfTheCacheAmongEquals() {
    told(gauges(T0, 0, 4, 0.4), gauges(T0, 0, 4, 0.2), gauges(T0, 0, 4, 0.3));
    ExpectedTtftScorer scorer = new ExpectedTtftScorer("e");
    double[] costs = costs(scorer, REQUEST, PrefixIndex.none(), T0);
    assertThat(costs).containsExactly(1280 + 8, 1280 + 4, 1280 + 6);
    // A cache that is used by our own requests is known by what we count ourselves.
    for (Endpoint pod : pods) {
      for (int i = 0; i < 4; i++) {
        reserve(pod, 0, T0);
      }
    }
    told(gauges(T0, 0, 4, 0.4), gauges(T0, 0, 4, 0.2), gauges(T0, 0, 4, 0.3));
    assertThat(costs(scorer, REQUEST, PrefixIndex.none(), T0)).containsExactly(1280, 1280, 1280);
  }

  @Test
  void expectedTtftDoesNotTakeAnOldQueueForForeignRequestsOfOneEndpoint() {
    reserve(pods.get(1), 300, T0);
    told(gauges(T0, 6, 0, 0), gauges(T0, 0, 0, 0), gauges(T0, 0, 0, 0));
    double[] costs =
        costs(
            new ExpectedTtftScorer("e", 0, 0, 0, 0.98),
            REQUEST,
            PrefixIndex.none(),
            T0 + 20 * SECOND);
    assertThat(costs[0]).isCloseTo(costs[1], withinPercentage(1));
    assertThat(costs[2]).isCloseTo(costs[1], withinPercentage(1));
  }

  @Test
  void expectedTtftChargesAFullCacheAsIfItHeldNothingWhereThatIsAskedFor() {
    told(gauges(T0, 1, 0, 0.98), gauges(T0, 0, 0, 0.98), gauges(T0, 0, 0, 0.97));
    ScheduleRequest request = ScheduleRequest.of("m", prompt(1, 640));
    double[] costs =
        costs(
            new ExpectedTtftScorer("e", 2, 0, 0, 0.98),
            request,
            holding(0, 640, 1, 640, 2, 640),
            T0);
    // The first pays its own 640 twice, and little of one foreign request that waits for room.
    double foreign = 640 * (0.04 + 0.98 / 32);
    assertThat(costs[0]).isCloseTo(1280 + foreign, within(1e-6));
    assertThat(costs[1]).isZero();
    assertThat(costs[2]).isZero();
    // Unless a threshold is given, what is full keeps what it holds.
    ExpectedTtftScorer unless = new ExpectedTtftScorer("e", 2, 0, 0, ExpectedTtftScorer.NEVER_FULL);
    assertThat(costs(unless, request, holding(0, 640, 1, 640, 2, 640), T0)[0])
        .isCloseTo(foreign, within(1e-6));
  }

  @Test
  void expectedTtftPrefersRoomInTheCacheAmongThoseThatHoldAsMuch() {
    ExpectedTtftScorer scorer = new ExpectedTtftScorer("e");
    told(gauges(T0, 0, 0, 0.75), gauges(T0, 0, 0, 0.5), gauges(T0, 0, 0, 1));
    assertThat(costs(scorer, REQUEST, holding(0, 640, 1, 640, 2, 640), T0))
        .containsExactly(640 * 0.125, 0, 640 * 0.25);
    // However crowded, who holds the prompt costs no more than half of who does not.
    for (int i = 0; i < 10_000; i++) {
      reserve(pods.get(0), 0, T0);
    }
    told(gauges(T0, 10_000, 0, 1), gauges(T0, 0, 0, 0), gauges(T0, 0, 0, 0));
    double[] costs = costs(scorer, REQUEST, holding(0, 640), T0);
    assertThat(costs[0]).isCloseTo(640, within(1.0)).isLessThan(640);
    assertThat(costs[1]).isEqualTo(2 * 640);
    // A queue at an empty cache is no matter of room: it is counted by its tokens.
    told(gauges(T0, 10_000, 0, 0), gauges(T0, 0, 0, 0), gauges(T0, 0, 0, 0));
    assertThat(costs(scorer, REQUEST, holding(0, 640), T0)[0]).isZero();
  }

  @Test
  void expectedTtftCountsDecodingRequestsByKappa() {
    reserve(pods.get(1), 10, T0).firstToken(T0);
    double[] costs =
        costs(new ExpectedTtftScorer("e", 0, 32, 0, 0.98), REQUEST, PrefixIndex.none(), T0);
    assertThat(costs).containsExactly(0, 32, 0);
  }

  @Test
  void expectedTtftTakesWhoWasNeverMeasuredForAsFastAsTheOthers() {
    measure(pods.get(0), 1, 80_000);
    double[] costs = costs(new ExpectedTtftScorer("e"), REQUEST, PrefixIndex.none(), later);
    assertThat(costs).containsExactly(1280, 1280, 1280);
  }

  @Test
  void expectedTtftDividesByTheSpeedOfTheEndpoint() {
    for (int i = 0; i < 100; i++) {
      measure(pods.get(0), 1, 80_000);
      measure(pods.get(1), 1, 16_000);
    }
    double[] costs = costs(new ExpectedTtftScorer("e"), REQUEST, PrefixIndex.none(), later);
    assertThat(costs[0]).isLessThan(costs[2]);
    assertThat(costs[1]).isGreaterThan(1.5 * costs[2]);
  }

  private void measure(Endpoint pod, int samples, int tokensPerSecond) {
    for (int i = 0; i < samples; i++) {
      Reservation one = reserve(pod, tokensPerSecond / 10, later);
      Reservation two = reserve(pod, tokensPerSecond / 10, later);
      one.firstToken(later + 100 * MS);
      two.firstToken(later + 200 * MS);
      one.release(later + 200 * MS);
      two.release(later + 200 * MS);
      later += 1000 * MS;
    }
  }

  @Test
  void everyScorerIsFiniteForAnUnknownPromptOnEndpointsThatNeverTold() {
    ScheduleRequest bare = ScheduleRequest.of("", PromptKeys.NONE);
    for (Scorer scorer :
        List.of(
            new QueueScorer("a"),
            new RunningRequestsSizeScorer("b"),
            new KvCacheUtilizationScorer("c"),
            new LoraAffinityScorer("d"),
            new PrefixCacheScorer("e", 0.5, 8192, PrefixSettings.UNSAID),
            new TokenLoadScorer("f", 1),
            new ActiveRequestScorer("g", 0, 1),
            new LoadAwareScorer("h", 128),
            new NoHitLruScorer("i", 10),
            new ExpectedTtftScorer("j"))) {
      double[] scores = scores(scorer, bare, candidates(pods, bare, PrefixIndex.none(), T0));
      for (double score : scores) {
        assertThat(score).as(scorer.name()).isBetween(0.0, 1.0);
      }
    }
  }

  private void told(Gauges... gauges) {
    for (int i = 0; i < gauges.length; i++) {
      pods.get(i).load().observe(gauges[i]);
    }
  }

  private double[] rate(Scorer scorer) {
    return scores(scorer, REQUEST, candidates(pods, REQUEST, PrefixIndex.none(), T0));
  }

  private double[] costs(
      ExpectedTtftScorer scorer, ScheduleRequest request, PrefixIndex index, long nanos) {
    var seen = candidates(pods, request, index, nanos);
    scores(scorer, request, seen);
    double[] costs = new double[seen.size()];
    for (int row = 0; row < costs.length; row++) {
      costs[row] = seen.cost(row);
    }
    return costs;
  }

  private static double lora(int max, Set<String> running, Set<String> waiting) {
    return LoraAffinityScorer.score("a", new LoraState(max, running, waiting));
  }
}
