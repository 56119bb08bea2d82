package io.pickwick.bench.replay;

import static io.pickwick.bench.replay.Scenes.TINY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PoliciesTest {
  static Stream<String> all() {
    return Stream.concat(
        Policies.table().stream().map(Policies.Entry::name),
        Stream.of(
            "ours/view=estimated", "lpwl/view=estimated", "ours/lambda=1.5/kappa=20/crowding=0"));
  }

  @ParameterizedTest
  @MethodSource("all")
  void eachServesEveryRequest(String name) {
    KeyedWorkload workload = KeyedWorkload.of(Scenes.groups(200, 500, 9), TINY.blockSize());
    Policy policy = Policy.parse(name);
    RunResult result =
        new Replay(workload, FleetSpec.prompt(TINY, 3), policy, Course.at(1), 1).run();
    assertThat(result.policy()).isEqualTo(name);
    assertThat(Summary.of(result, Slo.STANDARD).completed()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "fastest; There is no policy \"fastest\"; there are random, round-robin,",
        "random/view=exact; The policy random has no parameter \"view=exact\"; it has none.",
        "ours/mu=2; has no parameter \"mu=2\"; it has view, lambda, kappa, crowding, as in"
            + " ours/view=exact.",
        "ours/lambda; has no parameter \"lambda\"",
        "ours/lambda=two; lambda is a number from 0 to 1000, not \"two\"",
        "ours/lambda=-1; lambda is a number from 0 to 1000, not \"-1\"",
        "ours/view=true; the view is exact or estimated",
        "ours/lambda=1/lambda=2; says lambda twice",
      })
  void whatIsWrongIsSaidWithWhatThereIs(String text, String message) {
    assertThatThrownBy(() -> Policy.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void twoChoicesTakesTheIdlerAndForgetsWhatHasEnded() {
    // One pod is busy for long: of two draws it is only taken when both are it.
    Scenes scenes = new Scenes().at(0, Scenes.tokens(0, 8), 100);
    for (int i = 1; i <= 400; i++) {
      scenes.at(3000L * i, Scenes.tokens(100 * i, 8), 1);
    }
    KeyedWorkload workload = scenes.keyed();
    RunResult result =
        new Replay(
                workload,
                FleetSpec.prompt(TINY.withModelLength(100_000), 2),
                Policy.parse("two-choices"),
                Course.at(1),
                5)
            .run();
    int busy = result.pod(0);
    long beside = 0;
    long busyBeside = 0;
    long after = 0;
    long busyAfter = 0;
    for (int id = 1; id < result.requests(); id++) {
      boolean ended = result.sentNanos(id) > result.endNanos(0);
      beside += ended ? 0 : 1;
      busyBeside += !ended && result.pod(id) == busy ? 1 : 0;
      after += ended ? 1 : 0;
      busyAfter += ended && result.pod(id) == busy ? 1 : 0;
    }
    assertThat(beside).isGreaterThan(20);
    assertThat((double) busyBeside / beside).isLessThan(0.45);
    assertThat((double) busyAfter / after).isBetween(0.4, 0.6);
  }

  @Test
  void onlyWhoLooksAtEventsGetsThem() {
    assertThat(Policy.parse("ours").followsEvents()).isTrue();
    assertThat(Policy.parse("ours/view=estimated").followsEvents()).isFalse();
    assertThat(Policy.parse("least-requests").followsEvents()).isFalse();
    assertThat(Policy.parse("pooled").poolsCaches()).isTrue();
    assertThat(Policy.parse("clairvoyant").poolsCaches()).isFalse();
  }
}
