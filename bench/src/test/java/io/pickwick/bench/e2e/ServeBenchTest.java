package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.serve.ServeCommand;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The load generator before a real Envoy, with and without Pickwick's decisions. */
class ServeBenchTest {
  @TempDir private Path directory;

  @Test
  void twoListenersOfOneEnvoyAreComparedInOneRun() throws Exception {
    try (Simulator simulator =
            Simulator.start(SimulatorOptions.defaults().withPods(3).withModel("m").withSpeed(10));
        Stage stage =
            Stage.start(
                simulator.pods().stream().map(Pod::hostPort).toList(),
                List.of(),
                // Whatever Pickwick says is not heeded: Envoy's own balancing.
                Listener.named("plain", Routing.OVERRIDE_HOST).withObservability(),
                Listener.named("pickwick", Routing.OVERRIDE_HOST))) {
      Path file = directory.resolve("result.json");
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      int status =
          new CommandLine(new ServeCommand())
              .setOut(new PrintWriter(out))
              .setErr(new PrintWriter(err))
              .execute(
                  "--target",
                  "plain=" + stage.uri("plain", ""),
                  "--target",
                  "pickwick=" + stage.uri("pickwick", ""),
                  "--model",
                  "m",
                  "--workload",
                  "prefix_repetition:requests=60,prefixes=6,prefix=320,suffix=32,output=8,rate=30",
                  "--ready-timeout-seconds",
                  "20",
                  "--result-json",
                  file.toString());
      assertThat(status).as(err.toString()).isZero();
      List<String> lines = Files.readAllLines(file);
      assertThat(lines).hasSize(2);
      JsonNode plain = new ObjectMapper().readTree(lines.getFirst());
      JsonNode pickwick = new ObjectMapper().readTree(lines.getLast());
      for (JsonNode one : List.of(plain, pickwick)) {
        assertThat(one.path("completed").asInt()).as(out.toString()).isEqualTo(60);
        assertThat(one.path("total_output_tokens").asInt()).isEqualTo(480);
      }
      // Six prefixes over three pods: with affinity each is computed once, or few times more.
      assertThat(pickwick.path("pickwick").path("cached_tokens").asInt())
          .as(out.toString())
          .isGreaterThan(plain.path("pickwick").path("cached_tokens").asInt());
      assertThat(out.toString())
          .contains("pickwick/plain", "Of 60 requests that both answered, pickwick was sooner");
    }
  }
}
