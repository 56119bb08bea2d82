package io.pickwick.bench.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.command.CommandLines;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ScenarioCommandTest {
  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return CommandLines.of(new ScenarioCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args);
  }

  @Test
  void theListNamesEveryScenarioOnALine() {
    assertThat(run("list")).isZero();
    List<String> names = new ArrayList<>(Scenarios.table().stream().map(Scenario::name).toList());
    assertThat(names)
        .doesNotHaveDuplicates()
        .contains("conversation", "synthetic", "b2b", "single-node", "multi-node", "precise");
    names.add("live");
    assertThat(
            out.toString()
                .lines()
                .filter(line -> !line.isBlank())
                .map(one -> one.substring(0, one.indexOf(' '))))
        .containsExactlyElementsOf(names);
  }

  @Test
  void theSameSeedsGiveTheSameBytesHoweverManyThreads() throws Exception {
    List<String> tables = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (String threads : List.of("1", "2")) {
      Path folder = directory.resolve("out-" + threads);
      assertThat(
              run("multi-node", "--seeds", "2", "--threads", threads, "--out", folder.toString()))
          .as(err.toString())
          .isZero();
      tables.add(Files.readString(folder.resolve("results.md")));
      lines.add(Files.readString(folder.resolve("multi-node.jsonl")));
      assertThat(out.toString()).contains(tables.getLast());
    }
    assertThat(tables.getFirst())
        .isEqualTo(tables.getLast())
        .contains("scenario multi-node")
        .contains("## multi-node")
        .contains("10,909")
        .contains("| ours | – |");
    assertThat(lines.getFirst()).isEqualTo(lines.getLast());
    List<String> runs = lines.getFirst().lines().toList();
    assertThat(runs).hasSize(10);
    JsonNode first = new ObjectMapper().readTree(runs.getFirst());
    assertThat(first.get("policy").asText()).isEqualTo("random");
    assertThat(first.get("summary").get("completed").asInt()).isEqualTo(300);
  }

  @Test
  void aTraceIsLookedForByItsFileAndReadAsFarAsAsked() throws Exception {
    // A comma in a path parts no parameters.
    Path folder = Files.createDirectory(directory.resolve("the \"traces\", here"));
    for (String ending : List.of(".xz", ".gz", "")) {
      Path trace = folder.resolve("synthetic_trace.jsonl" + ending);
      Files.writeString(trace, "{}\n");
      assertThat(run("replicas", "--traces", folder.toString()))
          .isEqualTo(CommandLine.ExitCode.USAGE);
      assertThat(err.toString()).contains(trace + ":1: timestamp is missing");
    }
  }

  @Test
  void aTraceThatWasCutIsNoMeasureOfTheWholeOne() throws Exception {
    trace(1_999);
    assertThat(run("replicas", "--traces", directory.toString()))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString())
        .contains("There are 1,999 requests, and the scenario is of 2000")
        .contains("give the published trace, whole");
  }

  private void trace(int requests) throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int id = 0; id < requests; id++) {
      lines.append(
          "{\"timestamp\":%d,\"input_length\":600,\"output_length\":2,\"hash_ids\":[1,%d]}\n"
              .formatted(id, id + 2));
    }
    try (OutputStream packed =
        new GZIPOutputStream(Files.newOutputStream(directory.resolve("synthetic_trace.jsonl")))) {
      packed.write(lines.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void aCompressedTraceIsReadWhateverItsNameAndProgressSaysWhatRan() throws Exception {
    trace(2_000);
    assertThat(run("replicas", "--traces", directory.toString(), "--seeds", "1"))
        .as(err.toString())
        .isZero();
    assertThat(err.toString())
        .contains("1 of 16: replicas, 1 router, gie-3-2-2, seed 1: TTFT mean ")
        .contains("16 of 16: replicas, 8 routers, ours, seed 1: TTFT mean ")
        .doesNotContain("{traces}");
    assertThat(err.toString().lines().map(line -> line.substring(line.indexOf(':'))))
        .as("each line says something else than all others before its figures")
        .extracting(line -> line.substring(0, line.indexOf(": TTFT")))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "conversations | There is no scenario \"conversations\"; there are conversation, synthetic,",
        "all multi | There is no scenario \"multi\"",
        "synthetic --traces nowhere | The scenario synthetic needs synthetic_trace.jsonl (or .gz, .xz),",
        "multi-node --threads 0 | --threads is 0; it is a whole number from 1 to 1,024.",
        "multi-node --seeds -1 | --seeds is -1; it is a whole number from 0 to 10,000.",
        "multi-node --out /dev/null/x | --out /dev/null/x can't be used",
        "--threads 2 | Missing required parameter",
      })
  void whatIsWrongIsSaidAndNothingIsRun(String args, String message) {
    assertThat(run(args.split(" "))).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(message);
    assertThat(out.toString()).isEmpty();
  }
}
