package io.pickwick.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.command.Within;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class MainTest {
  private static final Set<Class<?>> NUMBERS =
      Set.of(int.class, long.class, double.class, Integer.class, Long.class, Double.class);

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args);
  }

  private List<String> told() {
    return err.toString().lines().toList();
  }

  @Test
  void withoutACommandItSaysWhichThereAre() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("simulate").contains("replay").contains("scenario");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "simulate --metrics nope | simulate: Invalid value for option '--metrics': 'nope' is no kind"
            + " of metrics; there are true, idle, garbage, endless, fails, torn.",
        "simulate --fail-rate 7 | simulate: --fail-rate is 7; it is a number from 0 to 1.",
        "simulate --kv-blocks -5 | simulate: --kv-blocks is -5; it is 0, or a whole number from 2 to",
        "simulate --event-accident drop_every=x | simulate: drop_every is x; it is a whole number",
        "simulate --preset gpt | simulate: There is no preset gpt; there are",
        "replay --dispatch-ms 1e300 | replay: --dispatch-ms is 1e300; it is a number from 0 to",
        "replay --dispatch-ms x | replay: --dispatch-ms is x; it is a number from 0 to 3,600,000.",
        "workload random:rate=1e-7 | workload: random: rate=1e-7: give a number from 0.0001 to",
        "report / | report: / is a folder; give the files in it.",
        "scenario none | scenario: There is no scenario \"none\"; there are conversation,",
        "repaly | : Unmatched argument at index 0: 'repaly'; did you mean report?",
      })
  void aMistakeIsTwoLines(String args, String message) {
    assertThat(run(args.split(" "))).isEqualTo(2);
    String start = message.startsWith(":") ? "pickwick-bench" : "pickwick-bench ";
    assertThat(told()).hasSize(2);
    assertThat(told().getFirst()).startsWith(start + message).doesNotContain("java.", "Exception");
    assertThat(told().getLast()).endsWith("--help' tells more.");
  }

  @Test
  void everyCommandTellsWhereIfItIsAsked() {
    assertThat(run("replay", "--stack-trace", "--workload", "none")).isEqualTo(2);
    assertThat(err.toString()).contains("\tat io.pickwick.bench.replay.ReplayCommand");
    assertThat(run("--stack-trace", "report", "/")).isEqualTo(2);
    assertThat(err.toString()).contains("\tat io.pickwick.bench.report.ReportCommand");
  }

  /** What is outside of a range is refused with the option, the value and the range. */
  @ParameterizedTest
  @ValueSource(strings = {"simulate", "replay", "workload", "report", "scenario", "serve-bench"})
  void everyNumberHasARange(String command) throws Exception {
    List<String> base = new ArrayList<>(List.of(command));
    if (command.equals("scenario")) {
      base.add("list");
    } else if (command.equals("report")) {
      base.add("nowhere");
    } else if (command.equals("serve-bench")) {
      base.addAll(List.of("--target", "http://127.0.0.1:1", "--workload", "random"));
    }
    CommandLine line =
        Objects.requireNonNull(Main.commandLine().getSubcommands().get(command), command);
    for (OptionSpec option : line.getCommandSpec().options()) {
      if (!NUMBERS.contains(option.type()) || option.longestName().equals("--seed")) {
        continue;
      }
      String name = option.longestName();
      Within range = ((Field) option.userObject()).getAnnotation(Within.class);
      assertThat(range).as(name).isNotNull();
      List<String> wrong = new ArrayList<>(List.of("NaN", "1e300", "-1e300", "many", ""));
      wrong.add(Long.toString((long) Math.floor(range.least()) - 1));
      wrong.add(Long.toString((long) range.most() + 1));
      for (String value : wrong) {
        if (value.equals("0") && range.orZero()) {
          continue;
        }
        List<String> args = new ArrayList<>(base);
        args.add(name + "=" + value);
        assertThat(run(args.toArray(String[]::new))).as("%s", args).isEqualTo(2);
        assertThat(told()).as("%s", args).hasSize(2);
        assertThat(told().getFirst())
            .as("%s", args)
            .startsWith("pickwick-bench %s: %s is %s; it is ".formatted(command, name, value));
        assertThat(out.toString()).isEmpty();
      }
    }
  }
}
