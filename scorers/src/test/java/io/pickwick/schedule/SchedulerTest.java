package io.pickwick.schedule;

import static io.pickwick.schedule.Pods.MS;
import static io.pickwick.schedule.Pods.SECOND;
import static io.pickwick.schedule.Pods.gauges;
import static io.pickwick.schedule.Pods.holding;
import static io.pickwick.schedule.Pods.pod;
import static io.pickwick.schedule.Pods.pods;
import static io.pickwick.schedule.Pods.prompt;
import static io.pickwick.schedule.Pods.reserve;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.schedule.Decision.Picked;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.pickwick.schedule.config.PluginCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SchedulerTest {
  private static final long T0 = 7 * SECOND;
  private static final PrefixIndex EMPTY = PrefixIndex.none();

  private final Random random = new Random(11);

  @Test
  void noEndpointsAndNoneLeftAreDifferentAnswers() {
    Scheduler scheduler =
        following(
            "plugins: [{type: label-selector-filter, parameters:" + " {matchLabels: {gpu: a}}}]");
    assertThat(scheduler.schedule(request(100), List.of(), EMPTY, T0))
        .isEqualTo(new Decision.NoEndpoints());
    assertThat(scheduler.schedule(request(100), pods(3), EMPTY, T0))
        .isEqualTo(new Decision.FilteredOut("label-selector-filter"));
  }

  @Test
  void theOnlyEndpointIsTakenWhateverItsState() {
    Endpoint one = pod(0);
    one.load().unreachable(T0);
    reserve(one, 1_000_000, T0);
    Picked picked = pick(standard(), request(100), List.of(one), EMPTY);
    assertThat(picked.endpoint()).isSameAs(one);
    assertThat(one.load().snapshot(T0).inFlight()).isEqualTo(2);
    picked.reservation().release(T0);
    assertThat(one.load().snapshot(T0).inFlight()).isEqualTo(1);
  }

  @Test
  void aBurstSpreadsEvenlyFromOneThread() {
    List<Endpoint> pods = pods(10);
    Scheduler scheduler = standard();
    for (int i = 0; i < 500; i++) {
      pick(scheduler, request(1000), pods, EMPTY, T0 + i * MS / 500);
    }
    for (Endpoint pod : pods) {
      assertThat(pod.load().snapshot(T0 + MS).inFlight()).isBetween(49, 51);
    }
  }

  @Test
  void aBurstSpreadsUnderTheFieldsWeightsToo() {
    List<Endpoint> pods = pods(10);
    pods.forEach(pod -> pod.load().observe(gauges(T0, 0, 0, 0.1)));
    Scheduler scheduler = following(FIELD);
    for (int i = 0; i < 500; i++) {
      pick(scheduler, request(1000), pods, EMPTY);
    }
    for (Endpoint pod : pods) {
      assertThat(pod.load().snapshot(T0).inFlight()).isBetween(49, 51);
    }
  }

  @Test
  void aBurstFromEightThreadsSpreadsAsIfFromOne() throws Exception {
    List<Endpoint> pods = pods(10);
    Scheduler scheduler =
        new Scheduler(
            EndpointPickerConfig.standard().profile(),
            Scheduler.STALENESS_NANOS,
            ThreadLocalRandom::current);
    CountDownLatch start = new CountDownLatch(1);
    List<Reservation> made = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<List<Reservation>>> results = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        results.add(
            threads.submit(() -> {
              List<Reservation> mine = new ArrayList<>();
              start.await();
              for (int i = 0; i < 500; i++) {
                Decision decision = scheduler.schedule(request(1000), pods, EMPTY, T0);
                mine.add(((Picked) decision).reservation());
              }
              return mine;
            }));
      }
      start.countDown();
      for (Future<List<Reservation>> result : results) {
        made.addAll(result.get(30, TimeUnit.SECONDS));
      }
    }
    // A reservation forced after lost races may be one too many, for each thread at most.
    for (Endpoint pod : pods) {
      assertThat(pod.load().snapshot(T0).inFlight()).isBetween(400 - 8, 400 + 8);
    }
    made.forEach(each -> each.release(T0));
    for (Endpoint pod : pods) {
      LoadSnapshot end = pod.load().snapshot(T0);
      assertThat(end.inFlight()).isZero();
      assertThat(end.queuedTokens()).isZero();
      assertThat(end.prefillingTokens()).isZero();
    }
  }

  @Test
  void aHeldPrefixIsWorthWaitingForUpToItsOwnWork() {
    List<Endpoint> pods = pods(2);
    // The holder saves 2 * 9,600 tokens of cost, so it is worth a queue of less than that.
    reserve(pods.get(0), 19_000, T0);
    assertThat(pick(standard(), request(10_000), pods, holding(0, 9600)).endpoint())
        .isSameAs(pods.get(0));
    pods = pods(2);
    reserve(pods.get(0), 19_400, T0);
    assertThat(pick(standard(), request(10_000), pods, holding(0, 9600)).endpoint())
        .isSameAs(pods.get(1));
  }

  @Test
  void theDecisionSaysWhatWasHeldAndWhatIsReserved() {
    List<Endpoint> pods = pods(3);
    Picked picked = pick(standard(), request(1000), pods, holding(2, 640));
    assertThat(picked.endpoint()).isSameAs(pods.get(2));
    assertThat(picked.matchedTokens()).isEqualTo(640);
    assertThat(picked.promptTokens()).isEqualTo(1000);
    assertThat(picked.reservation().uncachedTokens()).isEqualTo(360);
    assertThat(picked.cost()).isEqualTo(720);
    assertThat(picked.reason())
        .isEqualTo("best of 3, holds 640 of 1000 tokens, 0 queued, 0 in flight, cost 720");
  }

  @Test
  void equalEndpointsAreToldApartByTheirRequestsThenByThePromptsBeginning() {
    List<Endpoint> pods = pods(5);
    Endpoint first = pick(standard(), request(1000), pods, EMPTY).endpoint();
    List<Endpoint> fresh = pods(5);
    Picked again = pick(standard(), request(1000), fresh, EMPTY);
    assertThat(again.endpoint().slot()).isEqualTo(first.slot());
    again.reservation().release(T0);
    int[] hits = new int[5];
    for (int root = 0; root < 1000; root++) {
      ScheduleRequest other = ScheduleRequest.of("m", prompt(random.nextLong(), 640));
      Picked picked = pick(standard(), other, fresh, EMPTY);
      hits[picked.endpoint().slot()]++;
      picked.reservation().release(T0);
    }
    assertThat(IntStream.of(hits).boxed()).allSatisfy(n -> assertThat(n).isBetween(140, 260));
  }

  @Test
  void unreachableEndpointsAreLeftOutWhileOthersRemain() {
    List<Endpoint> pods = pods(3);
    pods.get(0).load().unreachable(T0);
    pods.get(1).load().suspect(T0);
    for (int i = 0; i < 20; i++) {
      assertThat(pick(standard(), request(100), pods, EMPTY).endpoint()).isSameAs(pods.get(2));
    }
    pods.get(2).load().unreachable(T0);
    assertThat(pick(standard(), request(100), pods, EMPTY).endpoints()).hasSize(1);
  }

  @Test
  void staleGaugesFadeTowardsTheOthersMeanAndCloseNoGate() {
    List<Endpoint> pods = pods(3);
    pods.get(0).load().observe(gauges(T0, 90, 10, 0.9));
    pods.get(1).load().observe(gauges(T0 + 6 * SECOND, 10, 2, 0.2));
    pods.get(2).load().observe(gauges(T0 + 6 * SECOND, 20, 4, 0.4));
    long now = T0 + 6 * SECOND;
    Candidates seen = Pods.candidates(pods, request(10), EMPTY, now);
    // Six seconds are three thresholds of two: w is a half, twice.
    assertThat(seen.freshness(0)).isEqualTo(0.25);
    assertThat(seen.waiting(0)).isCloseTo(0.25 * 90 + 0.75 * 15, within(1e-9));
    assertThat(seen.running(0)).isCloseTo(0.25 * 10 + 0.75 * 3, within(1e-9));
    assertThat(seen.kvUsage(0)).isCloseTo(0.25 * 0.9 + 0.75 * 0.3, within(1e-9));
    assertThat(seen.waiting(1)).isEqualTo(10);
    Candidates later = Pods.candidates(pods, request(10), EMPTY, T0 + 1000 * SECOND);
    for (int row = 0; row < 3; row++) {
      assertThat(later.waiting(row)).isFinite();
    }
    assertThat(pick(standard(), request(10), pods, EMPTY, T0 + 1000 * SECOND)).isNotNull();
  }

  @Test
  void anEndpointThatNeverToldLooksAverageAndWhatWeSentItCounts() {
    List<Endpoint> pods = pods(2);
    pods.get(0).load().observe(gauges(T0, 6, 3, 0.5));
    Candidates seen = Pods.candidates(pods, request(10), EMPTY, T0);
    assertThat(seen.waiting(1)).isEqualTo(6);
    assertThat(seen.kvUsage(1)).isEqualTo(0.5);
    reserve(pods.get(1), 10, T0);
    reserve(pods.get(1), 10, T0);
    assertThat(Pods.candidates(pods, request(10), EMPTY, T0).waiting(1)).isEqualTo(8);
  }

  @Test
  void withNoGaugesAtAllEverythingIsZeroAndFinite() {
    Candidates seen = Pods.candidates(pods(2), request(10), EMPTY, T0);
    assertThat(seen.waiting(0)).isZero();
    assertThat(seen.kvUsage(1)).isZero();
    assertThat(seen.meanRequestTokens()).isZero();
  }

  @Test
  void aLyingKvUsageIsHeldToItsRange() {
    List<Endpoint> pods = pods(3);
    pods.get(0).load().observe(gauges(T0, 0, 0, Double.NaN));
    pods.get(1).load().observe(gauges(T0, 0, 0, 7));
    pods.get(2).load().observe(gauges(T0, 0, 0, -1));
    Candidates seen = Pods.candidates(pods, request(10), EMPTY, T0);
    assertThat(seen.kvUsage(0)).isZero();
    assertThat(seen.kvUsage(1)).isEqualTo(1);
    assertThat(seen.kvUsage(2)).isZero();
  }

  @Test
  void aMatchLongerThanThePromptIsHeldToThePrompt() {
    Candidates seen = Pods.candidates(pods(1), request(100), holding(0, 5000), T0);
    assertThat(seen.matchedTokens(0)).isEqualTo(100);
    assertThat(seen.uncachedTokens(0)).isZero();
  }

  @Test
  void aPromptThatNothingIsKnownOfIsStillScheduled() {
    ScheduleRequest bare = ScheduleRequest.of("m", PromptKeys.NONE);
    List<Endpoint> pods = pods(4);
    for (int i = 0; i < 8; i++) {
      assertThat(pick(standard(), bare, pods, EMPTY).cost()).isZero();
    }
    assertThat(pods).allSatisfy(p -> assertThat(p.load().snapshot(T0).inFlight()).isEqualTo(2));
  }

  @Test
  void fallBacksFollowInTheOrderOfTheirScores() {
    List<Endpoint> pods = pods(4);
    reserve(pods.get(0), 3000, T0);
    reserve(pods.get(1), 1000, T0);
    reserve(pods.get(3), 2000, T0);
    Scheduler scheduler =
        following(
            "plugins: [{type: expected-ttft-scorer}, {type: max-score-picker, parameters:"
                + " {maxNumOfEndpoints: 3}}]");
    Picked picked = pick(scheduler, request(100), pods, EMPTY);
    assertThat(picked.endpoints()).containsExactly(pods.get(2), pods.get(1), pods.get(3));
    assertThat(pods.get(1).load().snapshot(T0).inFlight()).isEqualTo(1);
    List<Endpoint> two = pods(2);
    assertThat(pick(scheduler, request(100), two, EMPTY).endpoints()).hasSize(2);
  }

  @Test
  void scoresAreClampedWeightedAndSummedAndNotANumberIsZero() {
    Scorer wild = new FixedScorer("wild", List.of(7.0, -3.0, Double.NaN));
    Scorer tame = new FixedScorer("tame", List.of(0.25, 0.5, 0.75));
    Picker picker = EndpointPickerConfig.standard().profile().picker();
    Profile profile =
        new Profile(
            "p",
            List.of(),
            List.of(new Profile.WeightedScorer(wild, 2), new Profile.WeightedScorer(tame, 4)),
            picker);
    Scheduler scheduler = new Scheduler(profile, Scheduler.STALENESS_NANOS, () -> random);
    ScheduleRequest request = new ScheduleRequest("m", "m", prompt(1, 100), name -> "", 0, true);
    Picked picked = pick(scheduler, request, pods(3), EMPTY);
    assertThat(picked.score()).isEqualTo(3);
    assertThat(picked.endpoint().slot()).isEqualTo(0);
    assertThat(picked.explanation().orElseThrow().considered())
        .extracting(Explanation.Considered::total)
        .containsExactly(3.0, 2.0, 3.0);
  }

  @Test
  void anExplanationNamesEveryEndpointAndWhatBecameOfIt() {
    List<Endpoint> pods = new ArrayList<>(pods(2));
    pods.add(pod(2, Map.of("gpu", "a")));
    pods.add(pod(3, Map.of("gpu", "a")));
    pods.get(0).load().unreachable(T0);
    pods.get(2).load().observe(gauges(T0 - MS, 3, 4, 0.5));
    Scheduler scheduler =
        following(
            "plugins: [{type: label-selector-filter, name: gpus, parameters:"
                + " {matchLabels: {gpu: a}}}, {type: queue-scorer}]");
    ScheduleRequest request = new ScheduleRequest("m", "m", prompt(1, 128), name -> "", 0, true);
    Picked picked = pick(scheduler, request, pods, holding(2, 64));
    List<Explanation.Considered> rows = picked.explanation().orElseThrow().considered();
    assertThat(rows).extracting(row -> row.endpoint().slot()).containsExactly(0, 1, 2, 3);
    assertThat(rows)
        .extracting(Explanation.Considered::droppedBy)
        .containsExactly("unreachable", "gpus", "", "");
    assertThat(rows.get(2).scores()).containsOnlyKeys("queue-scorer");
    assertThat(rows.get(2).ageNanos()).isEqualTo(MS);
    assertThat(rows.get(2).matchedTokens()).isEqualTo(64);
    assertThat(rows.get(3).ageNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(pick(scheduler, request(128), pods, EMPTY).explanation()).isEmpty();
  }

  @Test
  void sessionsAreGivenWithTheReplyAndFollowedWithTheNextRequest() {
    Scheduler scheduler = following("plugins: [{type: session-affinity-scorer}]");
    List<Endpoint> pods = pods(6);
    Picked picked = pick(scheduler, request(10), pods, EMPTY);
    String token = picked.replyHeaders().get("x-session-token");
    assertThat(token).isNotNull();
    ScheduleRequest next =
        new ScheduleRequest(
            "m", "m", prompt(5, 10), name -> name.equals("x-session-token") ? token : "", 0, false);
    for (int i = 0; i < 10; i++) {
      assertThat(pick(scheduler, next, pods, EMPTY).endpoint()).isSameAs(picked.endpoint());
    }
  }

  private static final String FIELD =
      """
      plugins:
      - type: queue-scorer
      - type: kv-cache-utilization-scorer
      - type: prefix-cache-scorer
      schedulingProfiles:
      - name: default
        plugins:
        - {pluginRef: queue-scorer, weight: 2}
        - {pluginRef: kv-cache-utilization-scorer, weight: 2}
        - {pluginRef: prefix-cache-scorer, weight: 3}
      """;

  private Scheduler standard() {
    return new Scheduler(
        EndpointPickerConfig.standard().profile(), Scheduler.STALENESS_NANOS, () -> random);
  }

  private Scheduler following(String config) {
    String text = "apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\n" + config;
    return new Scheduler(
        EndpointPickerConfig.read("f.yaml", text, PluginCatalog.load()).profile(),
        Scheduler.STALENESS_NANOS,
        () -> random);
  }

  private static ScheduleRequest request(int tokens) {
    return ScheduleRequest.of("m", prompt(99, tokens));
  }

  private static Picked pick(
      Scheduler scheduler, ScheduleRequest request, List<Endpoint> pods, PrefixIndex index) {
    return pick(scheduler, request, pods, index, T0);
  }

  private static Picked pick(
      Scheduler scheduler,
      ScheduleRequest request,
      List<Endpoint> pods,
      PrefixIndex index,
      long nanos) {
    return (Picked) scheduler.schedule(request, pods, index, nanos);
  }

  /** Says the same of each row every time. */
  private record FixedScorer(String name, List<Double> says) implements Scorer {
    @Override
    public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
      for (int row = 0; row < candidates.size(); row++) {
        scores[row] = says.get(row);
      }
    }
  }
}
