package io.pickwick.bench.replay;

import static io.pickwick.bench.replay.Scenes.TINY;
import static io.pickwick.bench.replay.Scenes.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pickwick.kv.hash.PromptKeys;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CostTest {
  private static final KeyedWorkload WORKLOAD =
      new Scenes()
          .at(0, tokens(0, 20), 9)
          .at(0, tokens(0, 30), 9)
          .at(0, tokens(500, 10), 9)
          .at(0, tokens(0, 26), 9)
          .keyed();

  private final PodTally tally = new PodTally(4);

  /** Two requests: one of 20 tokens that has its first token, one of 30 of which 16 were held. */
  @BeforeEach
  void twoRequests() {
    tally.routed(20, 20);
    tally.blocks().add(WORKLOAD.requests().get(0).stored());
    tally.prefilled(20, 20);
    tally.routed(30, 14);
    tally.blocks().add(WORKLOAD.requests().get(1).stored());
  }

  @ParameterizedTest
  @CsvSource({
    // prompt, matched, cost
    "LEAST_REQUESTS, 3, 0, 2",
    "LEAST_REQUESTS, 3, 24, 2",
    "LEAST_QUEUED_TOKENS, 3, 24, 30",
    "LPWL, 3, 0, 40", // 14 + 26
    "LPWL, 3, 24, 16", // 14 + 2
    "LMETRIC, 3, 0, 120", // (14 + 26) x 3
    "LMETRIC, 3, 24, 48", // (14 + 2) x 3
    "LMETRIC, 2, 0, 72", // (14 + 10) x 3
    // 5 shared blocks, 2 more of the second prompt and the 2 tokens behind: 8.
    "DYNAMO, 3, 24, 13", // 16 / 4 + 8 + the last 2 tokens' block
    "DYNAMO, 3, 0, 19", // 40 / 4 + 9
    "DYNAMO, 2, 0, 17", // 24 / 4 + 8 + 3
    "DYNAMO_2, 3, 24, 17", // 2 x 16 / 4 + 9
  })
  void eachFormula(String policy, int prompt, int matched, double expected) {
    PromptKeys asked = WORKLOAD.requests().get(prompt).stored();
    assertThat(cost(policy).of(tally, asked, matched)).isCloseTo(expected, within(1e-9));
  }

  private static Cost cost(String policy) {
    return switch (policy) {
      case "LEAST_REQUESTS" -> Cost.LEAST_REQUESTS;
      case "LEAST_QUEUED_TOKENS" -> Cost.LEAST_QUEUED_TOKENS;
      case "LPWL" -> Cost.LPWL;
      case "LMETRIC" -> Cost.LMETRIC;
      case "DYNAMO" -> Cost.dynamo(1, 4);
      case "DYNAMO_2" -> Cost.dynamo(2, 4);
      default -> throw new IllegalArgumentException(policy);
    };
  }

  @Test
  void aRouterCountsWhatItSentUntilItHasEnded() {
    CostRouter router =
        new CostRouter(
            Cost.dynamo(1, 4), new PrefixView.Blind(), true, 1, 4, new SplittableRandom(1));
    KeyedRequest first = WORKLOAD.requests().get(0);
    KeyedRequest second = WORKLOAD.requests().get(1);
    router.pick(first, 0);
    router.pick(second, 0);
    PodTally counted = router.tally(0);
    assertThat(counted.inFlight()).isEqualTo(2);
    assertThat(counted.promptTokens()).isEqualTo(50);
    assertThat(counted.uncachedTokens()).isEqualTo(50);
    assertThat(counted.blocks().count()).isEqualTo(8);
    router.firstToken(second, 1);
    assertThat(counted.uncachedTokens()).isEqualTo(20);
    router.progressed(second, 2);
    router.progressed(second, 6);
    assertThat(counted.blocks().count()).isEqualTo(10);
    router.ended(second, 2);
    router.ended(second, 2);
    assertThat(counted.inFlight()).isEqualTo(1);
    assertThat(counted.blocks().count()).isEqualTo(5);
    router.ended(first, 3);
    assertThat(counted.promptTokens()).isZero();
    assertThat(counted.uncachedTokens()).isZero();
    assertThat(counted.blocks().count()).isZero();
  }

  @Test
  void theCheapestPodIsPicked() {
    CostRouter router =
        new CostRouter(
            Cost.LPWL,
            new EstimatedView(FleetSpec.prompt(TINY, 3)),
            false,
            3,
            4,
            new SplittableRandom(1));
    int home = router.pick(WORKLOAD.requests().get(0), 0);
    router.firstToken(WORKLOAD.requests().get(0), 1);
    int other = router.pick(WORKLOAD.requests().get(2), 1);
    assertThat(router.pick(WORKLOAD.requests().get(3), 2))
        .as("6 of 26 tokens to prefill at home, 26 elsewhere")
        .isEqualTo(home);
    assertThat(other).isBetween(0, 2);
  }
}
