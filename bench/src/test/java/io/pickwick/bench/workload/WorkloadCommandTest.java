package io.pickwick.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.command.CommandLines;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/** The command that says what a workload is like. */
class WorkloadCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return CommandLines.of(new WorkloadCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void withoutAWorkloadItSaysWhichThereAre() {
    assertThat(run()).isZero();
    assertThat(out.toString()).contains("mooncake: a trace").contains("chat: conversations");
  }

  @Test
  void aWorkloadIsDescribed() {
    assertThat(run("random:requests=4,input=10,output=3", "--seed", "9")).isZero();
    assertThat(out.toString()).contains("4, of which 0").contains("40 tokens, mean 10");
  }

  @Test
  void aWrongOneIsAnsweredInALine() {
    assertThat(run("mooncake:/no/such/trace")).isEqualTo(2);
    assertThat(err.toString().lines())
        .containsExactly(
            "workload: There is no trace at /no/such/trace; give the path of one.",
            "'workload --help' tells more.");
    assertThat(run("random", "--block-size", "0")).isEqualTo(2);
    assertThat(err.toString())
        .contains("--block-size is 0; it is a whole number from 1 to 65,536.");
  }
}
