package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.Workloads;
import org.junit.jupiter.api.Test;

class RunLimitsTest {
  private static Workload load(String parameters) {
    return Workloads.generate("random:input=5,output=1," + parameters, 1);
  }

  @Test
  void howLongARunTakesIsTold() throws Exception {
    assertThat(RunLimits.check(load("requests=100,rate=50"), 1, 1000))
        .isEqualTo("100 requests to the target, the last due after 2.0 s.");
    assertThat(RunLimits.check(load("requests=100,rate=0.01"), 2, 1000))
        .isEqualTo("100 requests to each of 2 targets, the last due after 2 h 46 min.");
    assertThat(
            RunLimits.check(
                Workloads.generate("chat:sessions=1,turns=2,think=100,rate=1", 1), 1, 1000))
        .matches("2 requests to the target, the last due after .* (s|min) or later\\.");
  }

  @Test
  void aRunOfYearsIsRefused() {
    assertThatThrownBy(() -> RunLimits.check(load("requests=10,rate=1e-7"), 1, 1000))
        .isInstanceOf(ServeException.class)
        .hasMessage(
            "The last request would be due after 1157 days 9 h, and a run has 7 days at most;"
                + " take a greater rate or scale, or fewer requests.");
  }

  @Test
  void moreAtOnceThanFilesMayBeOpenIsRefused() throws Exception {
    String message =
        "%d requests would be under way at once, and the system allows this process 1000 open"
            + " files; take a lower --max-concurrency, or raise the limit with ulimit -n %d.";
    assertThat(RunLimits.check(load("requests=5000,concurrency=800"), 1, 1000)).isNotEmpty();
    assertThat(RunLimits.check(load("requests=500,concurrency=900"), 1, 1000)).isNotEmpty();
    assertThat(RunLimits.check(load("requests=5000,rate=1000"), 1, 1000)).isNotEmpty();
    assertThatThrownBy(() -> RunLimits.check(load("requests=5000,concurrency=801"), 1, 1000))
        .hasMessage(message, 801, 1001);
    assertThatThrownBy(() -> RunLimits.check(load("requests=5000,concurrency=500"), 2, 1000))
        .hasMessage(message, 1000, 1200);
    assertThatThrownBy(() -> RunLimits.check(load("requests=900"), 1, 1000))
        .hasMessage(message, 900, 1100);
  }
}
