package io.pickwick.bench.replay;

import static io.pickwick.bench.replay.Scenes.TINY;
import static io.pickwick.bench.replay.Scenes.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.workload.Stage;
import io.pickwick.kv.index.BlockChanges;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayTest {
  private static final FleetSpec TWO = FleetSpec.prompt(TINY, 2);

  private static RunResult run(KeyedWorkload workload, FleetSpec fleet, Policy policy) {
    return new Replay(workload, fleet, policy, Course.at(1), 1).run();
  }

  private static FleetSpec with(long eventDelay, double eventLoss, long dispatch) {
    return new FleetSpec(TINY, 2, 1, 50_000_000, 0, eventDelay, eventLoss, dispatch);
  }

  @Test
  void threeRequestsOnTwoPodsTakeTheTimeOfTheirSteps() {
    KeyedWorkload workload =
        new Scenes()
            .at(0, tokens(0, 20), 3)
            .at(0, tokens(500, 10), 1)
            .at(500, tokens(0, 20), 2)
            .keyed();
    RunResult result = run(workload, TWO, Scenes.fixed(0, 1, 0));

    // Pod 0: 20 tokens to prefill; then 4 more beside a decode at 21; then decodes at 22 and 21.
    long first = 1_000_000 + 200_000;
    long second = first + 1_000_000 + 40_000 + 5_000 + 10_500;
    long third = second + 1_000_000 + 10_000 + 21_500;
    assertThat(result.firstTokenNanos(0)).isEqualTo(first);
    assertThat(result.endNanos(0)).isEqualTo(third);
    assertThat(result.sentNanos(2)).isEqualTo(500_000);
    assertThat(result.scheduledNanos(2)).isEqualTo(first);
    assertThat(result.firstTokenNanos(2)).isEqualTo(second);
    assertThat(result.endNanos(2)).isEqualTo(third);
    assertThat(result.cachedTokens(2)).isEqualTo(16);
    // Pod 1 has only the one request.
    assertThat(result.endNanos(1)).isEqualTo(1_100_000);
    assertThat(result.pod(1)).isEqualTo(1);
    assertThat(result.durationNanos()).isEqualTo(third);
    assertThat(result.shares().get(0).busyNanos()).isEqualTo(third);
    assertThat(result.shares().get(1).busyNanos()).isEqualTo(1_100_000);
    assertThat(result.tokenGaps().getTotalCount()).isEqualTo(3);
  }

  @Test
  void whatComesAtTheSameMomentIsInTheSameStep() {
    KeyedWorkload workload = new Scenes().at(10, tokens(0, 8), 1).at(10, tokens(100, 8), 1).keyed();
    RunResult result = run(workload, TWO, Scenes.fixed(0, 0));
    assertThat(result.endNanos(0)).isEqualTo(10_000 + 1_160_000);
    assertThat(result.endNanos(1)).isEqualTo(10_000 + 1_160_000);
  }

  @Test
  void theWayToThePodTakesItsTime() {
    KeyedWorkload workload = new Scenes().at(0, tokens(0, 8), 1).keyed();
    RunResult result = run(workload, with(0, 0, 300_000), Scenes.fixed(1));
    assertThat(result.scheduledNanos(0)).isEqualTo(300_000);
    assertThat(result.endNanos(0)).isEqualTo(300_000 + 1_080_000);
  }

  @Test
  void aFollowerIsSentAfterTheEndAndItsThinkTime() {
    KeyedWorkload workload =
        new Scenes().at(0, tokens(0, 8), 1).after(0, 700, tokens(0, 16), 1).keyed();
    RunResult result = run(workload, TWO, Scenes.fixed(0, 0));
    assertThat(result.sentNanos(1)).isEqualTo(1_080_000 + 700_000);
    assertThat(result.cachedTokens(1)).isEqualTo(8);
  }

  @Test
  void noMoreThanTheLimitAreUnderWay() {
    Scenes scenes = new Scenes();
    for (int i = 0; i < 4; i++) {
      scenes.at(i, tokens(100 * i, 8), 1);
    }
    KeyedWorkload workload = KeyedWorkload.of(scenes.workload(2), TINY.blockSize());
    RunResult result = run(workload, TWO, Scenes.fixed(0, 1, 0, 1));
    assertThat(result.sentNanos(2)).isEqualTo(result.endNanos(0)).isEqualTo(1_080_000);
    assertThat(result.sentNanos(3)).isEqualTo(result.endNanos(1)).isEqualTo(1_081_000);
  }

  @Test
  void theRateIsScaled() {
    KeyedWorkload workload = new Scenes().at(3000, tokens(0, 8), 1).keyed();
    RunResult result = new Replay(workload, TWO, Scenes.fixed(0), Course.at(3), 1).run();
    assertThat(result.sentNanos(0)).isEqualTo(1_000_000);
  }

  @Test
  void aDrainedStageWaitsForAllBeforeItAndKeepsItsPace() {
    KeyedWorkload workload =
        new Scenes()
            .at(0, tokens(0, 8), 1)
            .at(1000, tokens(100, 8), 3)
            .at(1500, tokens(200, 8), 1)
            .at(2500, tokens(300, 8), 1)
            .keyed();
    List<Stage> stages = List.of(new Stage(2000, 0.001, true), new Stage(2000, 0.001, false));
    Policy policy = Scenes.fixed(0, 0, 1, 1);
    RunResult drained = new Replay(workload, TWO, policy, new Course(1, stages, true), 1).run();
    long ended = drained.endNanos(1);
    assertThat(ended).isGreaterThan(2_500_000);
    // The stage was to begin at 1 ms, its requests half a millisecond and 1.5 ms later.
    assertThat(drained.sentNanos(2)).isEqualTo(ended + 500_000);
    assertThat(drained.sentNanos(3)).isEqualTo(ended + 1_500_000);

    RunResult timed = new Replay(workload, TWO, policy, new Course(1, stages, false), 1).run();
    assertThat(timed.sentNanos(2)).isEqualTo(1_500_000);
    assertThat(timed.sentNanos(3)).isEqualTo(2_500_000);

    Summary measured = Summary.of(drained, Slo.STANDARD);
    assertThat(measured.completed()).isEqualTo(2);
    assertThat(measured.durationSeconds())
        .isEqualTo((drained.durationNanos() - ended - 500_000) / 1e9);
    assertThat(drained.firstTokenPercentiles())
        .hasSize(100)
        .contains(
            (drained.firstTokenNanos(2) - drained.sentNanos(2)) / 1e6,
            (drained.firstTokenNanos(3) - drained.sentNanos(3)) / 1e6);
  }

  @Test
  void aStageThatIsNotLateBeginsAtItsTimeThoughItIsDrained() {
    KeyedWorkload workload =
        new Scenes().at(0, tokens(0, 8), 1).at(9000, tokens(100, 8), 1).keyed();
    List<Stage> stages = List.of(new Stage(125, 0.008, false), new Stage(125, 0.008, false));
    RunResult result =
        new Replay(workload, TWO, Scenes.fixed(0, 1), new Course(1, stages, true), 1).run();
    assertThat(result.sentNanos(1)).isEqualTo(9_000_000);
  }

  @Test
  void whatAPodCanNotServeHasFailedAndIsCounted() {
    KeyedWorkload workload =
        new Scenes()
            .at(0, tokens(0, 8), 1)
            .at(1, tokens(0, 128), 1)
            .at(2, tokens(0, 8), 1)
            .after(1, 0, tokens(0, 8), 1)
            .keyed();
    RunResult result = run(workload, TWO, Scenes.fixed(0, 0, Router.NONE, 1));
    assertThat(result.failures(RunResult.Failure.REFUSED)).isEqualTo(1);
    assertThat(result.failures(RunResult.Failure.NO_POD)).isEqualTo(1);
    assertThat(result.completed(1)).isFalse();
    assertThat(result.completed(2)).isFalse();
    assertThat(result.completed(3)).as("the next turn is asked all the same").isTrue();

    Summary summary = Summary.of(result, Slo.STANDARD);
    assertThat(summary.failed()).isEqualTo(2);
    assertThat(summary.completed()).isEqualTo(2);
    assertThat(summary.goodShare()).isEqualTo(0.5);
    assertThat(summary.ttft().p50()).isFinite();
    assertThat(summary.ttft().p90()).isInfinite();
    assertThat(summary.e2e().p99()).isInfinite();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 250_000})
  void eventsAreKnownAtTheEndOfTheStepAndTheirDelay(long delay) {
    List<Long> told = new ArrayList<>();
    Policy policy = Scenes.policy(setup -> new Listening(setup, told));
    KeyedWorkload workload = new Scenes().at(0, tokens(0, 8), 6).at(9000, tokens(50, 8), 3).keyed();
    run(workload, with(delay, 0, 0), policy);
    long first = 1_080_000;
    long fifth = first + 4 * 1_005_000 + (9 + 10 + 11 + 12) * 500;
    // The prompt's two blocks; one more when the ninth to twelfth token have their KV.
    assertThat(told).containsExactly(first + delay, fifth + delay, 9_000_000 + first + delay);
  }

  @Test
  void lostEventsAreNeverKnown() {
    KeyedWorkload workload = KeyedWorkload.of(Scenes.groups(400, 500, 3), TINY.blockSize());
    List<Long> all = new ArrayList<>();
    List<Long> half = new ArrayList<>();
    List<Long> none = new ArrayList<>();
    run(workload, with(0, 0, 0), Scenes.policy(setup -> new Listening(setup, all)));
    run(workload, with(0, 0.5, 0), Scenes.policy(setup -> new Listening(setup, half)));
    run(workload, with(0, 1, 0), Scenes.policy(setup -> new Listening(setup, none)));
    assertThat(none).isEmpty();
    assertThat(half.size()).isBetween(all.size() * 4 / 10, all.size() * 6 / 10);
    assertThat(all).containsAll(half);
  }

  @Test
  void replicasTakeTurnsAndHearOnlyOfTheirOwn() {
    List<Router> replicas = new ArrayList<>();
    List<String> heard = new ArrayList<>();
    Policy policy =
        Scenes.policy(setup -> {
          int number = replicas.size();
          Router router =
              new Router() {
                @Override
                public int pick(KeyedRequest request, long nowNanos) {
                  heard.add(number + " picks " + request.id());
                  return 0;
                }

                @Override
                public void firstToken(KeyedRequest request, long nowNanos) {
                  heard.add(number + " first " + request.id());
                }

                @Override
                public void ended(KeyedRequest request, long nowNanos) {
                  heard.add(number + " ended " + request.id());
                }
              };
          replicas.add(router);
          return router;
        });
    KeyedWorkload workload = new Scenes().at(0, tokens(0, 8), 2).at(0, tokens(50, 8), 1).keyed();
    run(workload, new FleetSpec(TINY, 2, 2, 0, 0, 0, 0, 0), policy);
    assertThat(heard)
        .containsExactly(
            "0 picks 0", "1 picks 1", "0 first 0", "1 first 1", "1 ended 1", "0 ended 0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "random",
        "ours",
        "ours/view=estimated",
        "gie-3-2-2",
        "llm-d-default",
        "dynamo",
        "pooled"
      })
  void theSameSeedGivesTheSameResult(String policy) {
    KeyedWorkload workload = KeyedWorkload.of(Scenes.groups(300, 400, 5), TINY.blockSize());
    FleetSpec fleet = new FleetSpec(TINY, 3, 2, 5_000_000, 1_000_000, 300_000, 0.1, 100_000);
    RunResult one = new Replay(workload, fleet, Policy.parse(policy), Course.at(1), 11).run();
    RunResult same = new Replay(workload, fleet, Policy.parse(policy), Course.at(1), 11).run();
    for (int id = 0; id < one.requests(); id++) {
      assertThat(same.pod(id)).isEqualTo(one.pod(id));
      assertThat(same.endNanos(id)).isEqualTo(one.endNanos(id));
    }
    assertThat(Summary.of(same, Slo.STANDARD)).isEqualTo(Summary.of(one, Slo.STANDARD));
  }

  @Test
  void anotherSeedGivesAnotherResult() {
    KeyedWorkload workload = KeyedWorkload.of(Scenes.groups(300, 400, 5), TINY.blockSize());
    RunResult one = new Replay(workload, TWO, Policy.parse("random"), Course.at(1), 11).run();
    RunResult other = new Replay(workload, TWO, Policy.parse("random"), Course.at(1), 12).run();
    assertThat(Summary.of(other, Slo.STANDARD)).isNotEqualTo(Summary.of(one, Slo.STANDARD));
  }

  /** Sends everything to pod 0 and notes when it hears of events. */
  private record Listening(Setup setup, List<Long> told) implements Router {
    @Override
    public int pick(KeyedRequest request, long nowNanos) {
      return 0;
    }

    @Override
    public boolean followsEvents() {
      return true;
    }

    @Override
    public void changed(int pod, BlockChanges changes) {
      told.add(setup.agenda().now());
    }
  }
}
