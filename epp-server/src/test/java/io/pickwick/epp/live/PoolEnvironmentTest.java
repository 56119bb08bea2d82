package io.pickwick.epp.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pickwick.schedule.Profile;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PoolEnvironmentTest {
  @Test
  void nothingSaidChangesNothing() {
    PoolEnvironment read = PoolEnvironment.read(Map.of());
    assertThat(read.config()).isEmpty();
    assertThat(read.prefixes()).isEmpty();
    assertThat(read.notices()).isEmpty();
  }

  @Test
  void oneWeightSufficesForTheThreeScorers() {
    PoolEnvironment read = PoolEnvironment.read(Map.of("PREFIX_CACHE_SCORE_WEIGHT", "3"));
    assertThat(read.config().orElseThrow().profile().scorers())
        .extracting(it -> it.scorer().name(), Profile.WeightedScorer::weight)
        .containsExactly(
            tuple("kv-cache-utilization-scorer", 1.0),
            tuple("prefix-cache-scorer", 3.0),
            tuple("queue-scorer", 1.0));
  }

  @Test
  void sizesAloneLeaveTheScorer() {
    PoolEnvironment read =
        PoolEnvironment.read(
            Map.of(
                "PREFIX_CACHE_HASH_BLOCK_SIZE", "128",
                "PREFIX_CACHE_MAX_PREFIX_BLOCKS", "99",
                "PREFIX_CACHE_LRU_CAPACITY", "5000"));
    assertThat(read.config().orElseThrow().profile().scorers())
        .extracting(it -> it.scorer().name())
        .containsExactly("expected-ttft-scorer");
    assertThat(read.config().orElseThrow().prefix().blockCharacters()).hasValue(128);
    assertThat(read.config().orElseThrow().prefix().maxBlocks()).hasValue(99);
    assertThat(read.config().orElseThrow().prefix().capacityBlocks()).hasValue(5000);
  }

  @Test
  void prefixesAreSwitched() {
    assertThat(PoolEnvironment.read(Map.of("ENABLE_PREFIX_CACHE_SCHEDULING", "false")).prefixes())
        .hasValue(false);
    assertThat(PoolEnvironment.read(Map.of("ENABLE_PREFIX_CACHE_SCHEDULING", "True")).prefixes())
        .hasValue(true);
  }

  @Test
  void whatIsNotUnderstoodIsTold() {
    PoolEnvironment read =
        PoolEnvironment.read(
            Map.of(
                "EXPERIMENTAL_USE_QUEUEING", "true",
                "QUEUE_SCORE_WEIGHT", "-1",
                "PREFIX_CACHE_LRU_CAPACITY", "999999999",
                "ENABLE_PREFIX_CACHE_SCHEDULING", "yes"));
    assertThat(read.config()).isEmpty();
    assertThat(read.prefixes()).isEmpty();
    assertThat(read.notices())
        .hasSize(4)
        .anyMatch(it -> it.contains("epp-env.networking.x-k8s.io/experimental-use-queueing"))
        .anyMatch(it -> it.contains("queue-score-weight") && it.contains("\"-1\""));
  }
}
