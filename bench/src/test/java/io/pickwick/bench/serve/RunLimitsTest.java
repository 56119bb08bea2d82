package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.Workloads;
import org.junit.jupiter.api.Test;

class RunLimitsTest {
  private static final long HEAP = 1L << 30;

  private static Workload load(String parameters) {
    return Workloads.generate("random:input=5,output=1," + parameters, 1);
  }

  @Test
  void howLongARunTakesIsTold() throws Exception {
    assertThat(RunLimits.check(load("requests=100,rate=50"), 1, 1000, HEAP))
        .isEqualTo("100 requests to the target, the last due after 2.0 s.");
    assertThat(RunLimits.check(load("requests=100,rate=0.01"), 2, 1000, HEAP))
        .isEqualTo("100 requests to each of 2 targets, the last due after 2 h 46 min.");
    assertThat(
            RunLimits.check(
                Workloads.generate("chat:sessions=1,turns=2,think=100,rate=1", 1), 1, 1000, HEAP))
        .matches("2 requests to the target, the last due after .* (s|min) or later\\.");
  }

  @Test
  void aRunOfMoreThanAWeekIsRefused() {
    assertThatThrownBy(() -> RunLimits.check(load("requests=700,rate=0.001"), 1, 1000, HEAP))
        .isInstanceOf(ServeException.class)
        .hasMessage(
            "The last request would be due after 8 days 2 h, and a run has 7 days at most;"
                + " take a greater rate or scale, or fewer requests.");
  }

  @Test
  void moreAtOnceThanFilesMayBeOpenIsRefused() throws Exception {
    String message =
        "%d requests would be under way at once, and the system allows this process 1000 open"
            + " files; take a lower --max-concurrency, or raise the limit with ulimit -n %d.";
    assertThat(RunLimits.check(load("requests=5000,concurrency=800"), 1, 1000, HEAP)).isNotEmpty();
    assertThat(RunLimits.check(load("requests=500,concurrency=900"), 1, 1000, HEAP)).isNotEmpty();
    assertThat(RunLimits.check(load("requests=5000,rate=1000"), 1, 1000, HEAP)).isNotEmpty();
    assertThatThrownBy(() -> RunLimits.check(load("requests=5000,concurrency=801"), 1, 1000, HEAP))
        .hasMessage(message, 801, 1001);
    assertThatThrownBy(() -> RunLimits.check(load("requests=5000,concurrency=500"), 2, 1000, HEAP))
        .hasMessage(message, 1000, 1200);
    assertThatThrownBy(() -> RunLimits.check(load("requests=900"), 1, 1000, HEAP))
        .hasMessage(message, 900, 1100);
  }

  @Test
  void aHeapThatIsTooSmallIsRefused() throws Exception {
    Workload many = load("requests=8000,concurrency=4000");
    assertThat(RunLimits.check(many, 1, 20_000, 256 << 20)).isNotEmpty();
    assertThatThrownBy(() -> RunLimits.check(many, 1, 20_000, 128 << 20))
        .isInstanceOf(ServeException.class)
        .hasMessage(
            "That takes 189 MiB of heap at least, and this JVM has 128; give it java -Xmx379m, or"
                + " take a lower --max-concurrency or fewer requests.");
    assertThatThrownBy(() -> RunLimits.check(many, 2, 20_000, 256 << 20))
        .hasMessageContaining("of heap at least, and this JVM has 256");
  }
}
