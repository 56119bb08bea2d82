package io.pickwick.bench.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    return new CommandLine(new ReplayCommand())
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
        .isZero();
    assertThat(out.toString()).contains("| failed | failed | failed |").contains("| 60 | – |");
    assertThat(err.toString()).contains("60 were refused").contains("--model-length");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "--pods 2; --workload is needed",
        "--workload random --policies ours,fastest; There is no policy \"fastest\"; there are",
        "--workload nothing; There is no workload",
        "--workload random --engine gpt; There is no preset gpt; there are llama-8b-h100",
        "--workload random --pods 0; There are 1 to 4096 pods",
        "--workload random --event-loss 2; The share of lost events is 0 to 1, not 2.0",
        "--workload random --seeds 0; more than 0",
        "--workload random --block-size -1; --block-size and --model-length are not negative",
        "--workload random --drain; Only a workload with stages can be drained",
        "--workload random --slo-ttft-ms 0; positive milliseconds",
        "--workload mooncake:nowhere.jsonl; nowhere.jsonl",
      })
  void whatIsWrongIsSaidAndNothingIsRun(String args, String message) {
    assertThat(run(args.split(" "))).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(message);
    assertThat(out.toString()).isEmpty();
  }
}
