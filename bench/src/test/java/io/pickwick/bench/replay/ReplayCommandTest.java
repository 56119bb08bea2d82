package io.pickwick.bench.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.command.CommandLines;
import io.pickwick.bench.command.WholeFile;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ReplayCommandTest {
  private static final String SMALL =
      "shared-prefix:groups=6,prompts=4,requests=60,system=300,question=50,output=10,rate=20";

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return CommandLines.of(new ReplayCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args);
  }

  @Test
  void theSameSeedsGiveTheSameBytesHoweverManyThreads() throws Exception {
    List<String> tables = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (String threads : List.of("1", "1", "2")) {
      Path file = directory.resolve("runs-" + tables.size());
      assertThat(
              run(
                  "--workload",
                  SMALL,
                  "--pods",
                  "3",
                  "--seeds",
                  "2",
                  "--threads",
                  threads,
                  "--policies",
                  "random,ours,pooled",
                  "--out",
                  file.toString()))
          .as(err.toString())
          .isZero();
      tables.add(out.toString());
      lines.add(Files.readString(file));
    }
    assertThat(tables).containsOnly(tables.getFirst());
    assertThat(lines).containsOnly(lines.getFirst());
    assertThat(tables.getFirst()).contains("| random |").contains("| ours |").contains("| 100.0 |");

    List<String> runs = lines.getFirst().lines().toList();
    assertThat(runs).hasSize(6);
    JsonNode last = new ObjectMapper().readTree(runs.getLast());
    assertThat(last.get("policy").asText()).isEqualTo("pooled");
    assertThat(last.get("seed").asLong()).isEqualTo(2);
    assertThat(last.get("summary").get("completed").asInt()).isEqualTo(60);
    assertThat(last.get("ttftPercentilesMs").size()).isEqualTo(100);
    assertThat(last.get("pods").size()).isEqualTo(3);

    // What the caches held over time adds up to the share of the whole run.
    JsonNode hits = last.get("hits");
    assertThat(hits.get("seconds").size()).isEqualTo(60);
    long prompts = 0;
    long cached = 0;
    for (int i = 0; i < 60; i++) {
      prompts += hits.get("promptTokens").get(i).asLong();
      cached += hits.get("cachedTokens").get(i).asLong();
    }
    assertThat((double) cached / prompts)
        .isCloseTo(last.get("summary").get("hitRatio").asDouble(), within(0.001));
  }

  @Test
  void refusedRequestsAreCountedAndExplained() {
    assertThat(
            run(
                "--workload",
                SMALL,
                "--pods",
                "2",
                "--seeds",
                "1",
                "--policies",
                "random",
                "--model-length",
                "320"))
        .isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(out.toString()).contains("| failed | failed | failed |").contains("| 60 | – |");
    assertThat(err.toString())
        .contains("TTFT mean – ms, 0 completed, 60 failed")
        .contains("60 were refused")
        .contains("--model-length")
        .contains("No run has completed a request.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--pods 2 | --workload is needed",
        "--workload random --policies ours,fastest | There is no policy \"fastest\"; there are",
        "--workload nothing | There is no workload",
        "--workload random --engine gpt | There is no preset gpt; there are llama-8b-h100",
        "--workload random --pods 0 | --pods is 0; it is a whole number from 1 to 4,096.",
        "--workload random --event-loss 2 | --event-loss is 2; it is a number from 0 to 1.",
        "--workload random --seeds 0 | --seeds is 0; it is a whole number from 1 to 10,000.",
        "--workload random --block-size -1 | --block-size is -1; it is 0, or a whole number from 1",
        "--workload random --dispatch-ms 1e300 | --dispatch-ms is 1e300; it is a number from 0 to",
        "--workload random --scrape-interval-ms NaN | --scrape-interval-ms is NaN; it is 0, or a",
        "--workload random --kv-tokens 9999999999 | --kv-tokens is 9999999999; it is 0, or a whole",
        "--workload random --kv-tokens 8 | 8 tokens of KV cache (--kv-tokens) are not one block of",
        "--workload random --pods 4096 --kv-tokens 1000000000 | 4,096 pods (--pods) of 62,500,000",
        "--workload random:rate=0.002 --rate-scale 0.001 | The last request would come after 5,787",
        "--workload random:rate=0.001 | The last request would come after 11.6 days; all come within",
        "--workload random --drain | Only a workload with stages can be drained",
        "--workload random --slo-ttft-ms 0 | --slo-ttft-ms is 0; it is a number from 0.001 to",
        "--workload mooncake:nowhere.jsonl | nowhere.jsonl",
      })
  void whatIsWrongIsSaidAndNothingIsRun(String args, String message) {
    assertThat(run(args.split(" "))).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(message);
    assertThat(err.toString().lines()).as("no pages of help").hasSize(2);
    assertThat(out.toString()).isEmpty();
  }

  private static final String[] ONE = {
    "--workload", SMALL, "--pods", "2", "--seeds", "1", "--policies", "random", "--out"
  };

  private static String[] with(String... more) {
    return Stream.concat(Arrays.stream(ONE), Arrays.stream(more)).toArray(String[]::new);
  }

  @Test
  void theFileIsReplacedAtTheEndAndNothingIsLeftBeside() throws Exception {
    Path file = Files.writeString(directory.resolve("runs"), "what was there");
    // Another run to the same place, begun before and still under way.
    try (WholeFile other = WholeFile.at(file)) {
      other.append("one line of the other\n");
      assertThat(run(with(file.toString()))).as(err.toString()).isZero();
      assertThat(Files.readString(file)).startsWith("{").endsWith("}\n");
      other.append("and one more\n");
      other.finish();
    }
    assertThat(file).hasContent("one line of the other\nand one more\n");
    try (Stream<Path> all = Files.list(directory)) {
      assertThat(all).containsExactly(file);
    }
  }

  @Test
  void aRunThatFailsLeavesTheFileAsItWasAndTellsWhereItsRunsAre() throws Exception {
    Path file = Files.writeString(directory.resolve("runs"), "what was there");
    // The trace is gone when the second seed is to be made of it.
    String[] args = {
      "--workload",
      "mooncake:" + trace(),
      "--pods",
      "1",
      "--seeds",
      "2",
      "--policies",
      "random",
      "--out",
      file.toString()
    };
    CommandLine line =
        CommandLines.of(new ReplayCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(new Removing(err, directory.resolve("trace"))));
    assertThat(line.execute(args)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(file).hasContent("what was there");
    assertThat(err.toString()).contains("There is no trace at");
    String left = err.toString().lines().filter(one -> one.contains("are in")).findFirst().get();
    Path part = Path.of(left.substring(left.indexOf('/')));
    assertThat(part.getParent()).isEqualTo(directory);
    assertThat(Files.readString(part).lines()).hasSize(1);
    assertThat(new ObjectMapper().readTree(Files.readString(part)).get("seed").asLong())
        .isEqualTo(1);
  }

  private Path trace() throws IOException {
    return Files.writeString(
        directory.resolve("trace"),
        "{\"timestamp\":0,\"input_length\":9,\"output_length\":1,\"hash_ids\":[1]}\n");
  }

  /** Removes a file as soon as something is told. */
  private static final class Removing extends FilterWriter {
    private final Path file;

    Removing(Writer to, Path file) {
      super(to);
      this.file = file;
    }

    @Override
    public void flush() throws IOException {
      Files.deleteIfExists(file);
    }
  }

  @Test
  void aPlaceThatCannotBeWrittenIsRefusedBeforeAnythingIsRun() {
    assertThat(run(with(directory.resolve("no").resolve("runs").toString())))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--out: There is no folder").doesNotContain("seed 1");
    assertThat(run(with(directory.toString()))).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("is a folder; name a file").doesNotContain("seed 1");
  }

  @Test
  void turnsThatTakeForEverAreGivenUp() {
    assertThat(
            run(
                "--workload",
                "chat:sessions=1,turns=1000,think=86400,system=9,user=9,output=1",
                "--pods",
                "1",
                "--seeds",
                "1",
                "--scrape-interval-ms",
                "3600000",
                "--policies",
                "random"))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("After 20 days").contains("requests have not ended");
  }
}
