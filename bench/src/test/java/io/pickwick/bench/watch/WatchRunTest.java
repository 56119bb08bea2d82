package io.pickwick.bench.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real run with an API server in a process of its own, of few pods. */
class WatchRunTest {
  @TempDir Path directory;

  @Test
  void atTheEndExactlyThePodsThatAreReadyAreInThePool() throws Exception {
    WatchLoad load = new WatchLoad(100, 200, 50, Duration.ofMillis(600), Duration.ofMillis(600), 2);

    WatchReport report = WatchRun.run(load, List.of("-XX:+UseSerialGC", "-Xmx128m"), directory);

    assertThat(report.right()).as(report.markdown()).isTrue();
    assertThat(report.told().ready()).isLessThan(100);
    assertThat(report.calm()).hasSize(2).allMatch(window -> window.changes() == 0);
    assertThat(report.changing())
        .hasSize(2)
        .allMatch(window -> window.changes() > 0)
        .allMatch(window -> window.seen().getTotalCount() > 0)
        .allMatch(window -> window.decisions().getTotalCount() > 0)
        .allMatch(window -> window.used().watching() > 0);
    assertThat(report.markdown()).contains("the pool was equal").contains("Watching, %");
  }
}
