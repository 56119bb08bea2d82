package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.command.CommandLines;
import io.pickwick.bench.envoy.BodyMode;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
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

/** The load generator before a real Envoy, with and without Pickwick's decisions. */
class ServeBenchTest {
  @TempDir private Path directory;

  @Test
  void envoysOwnBalancingAndPickwicksPicksAreComparedInOneRun() throws Exception {
    try (Simulator simulator =
            Simulator.start(SimulatorOptions.defaults().withPods(3).withModel("m").withSpeed(10));
        Stage stage =
            Stage.start(
                endpoints(simulator), List.of(), Listener.named("in", Routing.OVERRIDE_HOST));
        // Nobody is where the picker should be, and requests go on without.
        Envoy without =
            Envoy.start(
                Stage.envoyBinary(),
                EnvoyConfig.of(
                    "127.0.0.1:1",
                    endpoints(simulator),
                    Listener.named("in", Routing.OVERRIDE_HOST)
                        .withBodies(BodyMode.NONE, BodyMode.NONE)
                        .withFailOpen()),
                Files.createDirectory(directory.resolve("plain")))) {
      Path file = directory.resolve("result.json");
      StringWriter out = new StringWriter();
      StringWriter err = new StringWriter();
      int status =
          CommandLines.of(new ServeCommand())
              .setOut(new PrintWriter(out))
              .setErr(new PrintWriter(err))
              .execute(
                  "--target",
                  "plain=" + without.uri("in", ""),
                  "--target",
                  "pickwick=" + stage.uri("in", ""),
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

  private static List<String> endpoints(Simulator simulator) {
    return simulator.pods().stream().map(Pod::hostPort).toList();
  }
}
