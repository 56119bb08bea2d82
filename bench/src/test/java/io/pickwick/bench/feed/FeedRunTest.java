package io.pickwick.bench.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real publishers in a process of their own, few of them. */
class FeedRunTest {
  private static final int HELD = BlockChains.LEAST_HELD;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void atTheEndExactlyWhatThePublishersHoldIsIndexed(boolean connects) throws Exception {
    FeedLoad load =
        new FeedLoad(
            3, 8000, HELD, connects, 2, 100, Duration.ofMillis(800), Duration.ofMillis(800));

    FeedReport report = FeedRun.run(load, List.of("-XX:+UseSerialGC", "-Xmx128m"), directory);

    assertThat(report.right()).as(report.markdown()).isTrue();
    assertThat(report.connected()).isEqualTo(3);
    assertThat(report.window().operations()).isPositive();
    assertThat(report.window().arrivals().getTotalCount()).isPositive();
    assertThat(report.window().used().process()).isPositive();
    long messages = report.end().messages();
    long held = report.drained().held();
    assertThat(held).isPositive().isEqualTo(report.drained().indexed());
    assertThat(report.end().storedBlocks()).isEqualTo(messages * BlockChains.STORED);
    assertThat(report.end().removedBlocks()).isEqualTo(messages * BlockChains.STORED - held);
    assertThat(report.markdown()).contains("3 of 3").contains("| Drained | equal: ");
  }
}
