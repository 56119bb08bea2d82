package io.pickwick.epp.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.PrefixHistory;
import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HistoryTuningTest {
  private final PrefixHistory history = new PrefixHistory(16, 100);
  private final Endpoint endpoint =
      new Endpoint(0, "default", "a", "10.0.0.1", 8000, Map.of(), new EndpointLoad());

  @Test
  void theHistoryHoldsWhatTheEndpointsCacheHolds() {
    try (HistoryTuning tuning =
        new HistoryTuning(
            () -> new PoolSnapshot(List.of(endpoint), 1, true), history, 16, Duration.ofHours(1))) {
      history.record(0, prompt(200));
      assertThat(history.blocks(0)).isEqualTo(100);

      tuning.tune();
      assertThat(history.blocks(0)).isEqualTo(100);

      endpoint.load().observe(new Gauges(1, 0, 0, 0, 32, 20, LoraState.NONE));
      tuning.tune();
      assertThat(history.blocks(0)).isEqualTo(40);

      endpoint.load().observe(new Gauges(2, 0, 0, 0, 32, 1_000, LoraState.NONE));
      tuning.tune();
      history.record(0, prompt(200));
      assertThat(history.blocks(0)).isGreaterThanOrEqualTo(200);
    }
  }

  private static PromptKeys prompt(int blocks) {
    return new PromptKeys(
        new Random(1).longs(blocks).toArray(),
        blocks,
        IntStream.rangeClosed(1, blocks).map(block -> 16 * block).toArray(),
        16 * blocks);
  }
}
