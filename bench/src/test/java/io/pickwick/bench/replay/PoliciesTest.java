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
        Stream.of("ours/view=estimated", "lpwl/view=estimated", "ours/lambda=1.5/kappa=20"));
  }

  @ParameterizedTest
  @MethodSource("all")
  void eachServesEveryRequest(String name) {
    KeyedWorkload workload = KeyedWorkload.of(Scenes.groups(200, 500, 9), TINY.blockSize());
    Policy policy = Policy.parse(name);
    RunResult result = new Replay(workload, FleetSpec.prompt(TINY, 3), policy, 1, 1).run();
    assertThat(result.policy()).isEqualTo(name);
    assertThat(Summary.of(result, Slo.STANDARD).completed()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "fastest; There is no policy \"fastest\"; there are random, round-robin,",
        "random/view=exact; The policy random has no parameter \"view=exact\"; it has none.",
        "ours/mu=2; has no parameter \"mu=2\"; it has view, lambda, kappa, as in ours/view=exact.",
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
  void onlyWhoLooksAtEventsGetsThem() {
    assertThat(Policy.parse("ours").followsEvents()).isTrue();
    assertThat(Policy.parse("ours/view=estimated").followsEvents()).isFalse();
    assertThat(Policy.parse("least-requests").followsEvents()).isFalse();
    assertThat(Policy.parse("pooled").poolsCaches()).isTrue();
    assertThat(Policy.parse("clairvoyant").poolsCaches()).isFalse();
  }
}
