package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.report.ReportCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Two targets, one of which is there at first and then no more. */
class DeadTargetTest {
  private static final String LOAD = "random:requests=10,input=5,output=2,rate=400";

  @TempDir private Path directory;

  @Test
  void theDeadOneIsShownWithItsFailuresAndWithoutTimes() throws Exception {
    Path file = directory.resolve("result.json");
    try (WireServer alive = WireServer.start((_, _, _) -> WireServer.tokens(2));
        WireServer dead =
            WireServer.start((number, _, _) ->
                number == 0 ? WireServer.tokens(2) : new WireServer.Answer("", true))) {
      ServeRun run =
          ServeRun.of(
              "alive=" + alive.url(),
              LOAD,
              "--target",
              "dead=" + dead.url(),
              "--result-json",
              file.toString());
      assertThat(run.status()).isEqualTo(1);
      assertThat(run.err()).contains("A target answered no request at all.");
      assertThat(run.out())
          .contains("10 of 10: 10 × connection lost")
          .contains("the connection was closed without an answer")
          .containsPattern("Failed requests +0 +10 ")
          .contains("TTFT, failed as never:                   P50 never, P90 never, P99 never")
          .contains("The latencies above leave failed requests out. TTFT with these as never")
          .containsPattern(
              "answered: alive P50 [0-9.]+ ms, .*; dead P50 never, P90 never, P99 never\\.")
          .contains("No request was answered by both alive and dead.")
          .doesNotContainPattern("(?i)\\bnan\\b");
    }
    List<String> lines = Files.readAllLines(file);
    JsonNode result = new ObjectMapper().readTree(lines.getLast());
    assertThat(result.path("completed").asInt()).isZero();
    assertThat(result.path("failed").asInt()).isEqualTo(10);
    assertThat(result.path("pickwick").path("target").asText()).isEqualTo("dead");

    StringWriter report = new StringWriter();
    assertThat(
            new CommandLine(new ReportCommand())
                .setOut(new PrintWriter(report))
                .execute(file.toString()))
        .isZero();
    assertThat(report.toString())
        .containsPattern("(?m)^\\| dead \\| – \\| ∞ \\| ∞ \\| ∞ \\| 0 \\| 10 \\|$")
        .containsPattern("(?m)^\\| alive \\| [0-9.]+ \\|.*\\| 10 \\| 0 \\|$");
  }
}
