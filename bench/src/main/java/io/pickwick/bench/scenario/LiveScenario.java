package io.pickwick.bench.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.command.CommandLines;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyBinary;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.EnvoyUnavailableException;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.replay.Course;
import io.pickwick.bench.replay.FleetSpec;
import io.pickwick.bench.replay.KeyedWorkload;
import io.pickwick.bench.replay.Policy;
import io.pickwick.bench.replay.Replay;
import io.pickwick.bench.replay.Slo;
import io.pickwick.bench.replay.Summary;
import io.pickwick.bench.report.Cell;
import io.pickwick.bench.report.Parameter;
import io.pickwick.bench.report.Section;
import io.pickwick.bench.report.Table;
import io.pickwick.bench.serve.ServeCommand;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import io.pickwick.bench.workload.WorkloadSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The same small workload on simulated pods behind a real Envoy and Pickwick, in real time, and in
 * virtual time: whether the second may be believed for the first.
 */
final class LiveScenario {
  static final String NAME = "live";
  static final String TITLE = "simulated pods behind a real Envoy and Pickwick, and virtual time";

  private static final int PODS = 3;
  private static final long SEED = 1;
  private static final String LISTENER = "live";
  private static final String WORKLOAD =
      "shared-prefix:groups=6,prompts=8,requests=48,system=2000,question=400,output=8,rate=2";

  /** Meets what is not compiled or connected yet; of other prompts than the workload. */
  private static final String WARM_UP =
      "random:requests=60,input=60,output=2,rate=inf,concurrency=6";

  /** A slow engine, so that the milliseconds of the way to it weigh little. */
  private static final EngineSpec ENGINE = EngineSpec.QWQ_32B_A10_TP4;

  private LiveScenario() {}

  /**
   * What one of the two came to.
   *
   * @param ttftMillis the mean time to first token
   * @param hitRatio the share of the prompts' tokens that were cached
   */
  record Measured(double ttftMillis, double hitRatio, int completed) {}

  /** In virtual time, with the view that a picker without KV events has. */
  static Measured virtual() {
    KeyedWorkload keyed =
        KeyedWorkload.of(WorkloadSpec.parse(WORKLOAD).generate(SEED), ENGINE.blockSize());
    Replay replay =
        new Replay(
            keyed,
            FleetSpec.usual(ENGINE, PODS),
            Policy.parse("ours/view=estimated"),
            Course.at(1),
            SEED);
    Summary summary = Summary.of(replay.run(), Slo.STANDARD);
    return new Measured(summary.ttft().mean(), summary.hitRatio(), summary.completed());
  }

  /**
   * In real time, which takes half a minute.
   *
   * @param picker how Pickwick is started
   * @throws EnvoyUnavailableException if there is no Envoy
   * @throws IOException if something does not start, or the load generator fails
   */
  static Measured real(Launcher picker)
      throws EnvoyUnavailableException, IOException, InterruptedException {
    Path binary = EnvoyBinary.locate(System.err::println);
    Path directory = Files.createTempDirectory("pickwick-live");
    SimulatorOptions options =
        SimulatorOptions.defaults().withPods(PODS).withModel("live").withEngine(ENGINE);
    try (Simulator simulator = Simulator.start(options)) {
      Path endpoints = directory.resolve("endpoints.yaml");
      Files.writeString(endpoints, endpoints(simulator.pods()));
      try (Pickwick pickwick =
              Pickwick.start(
                  picker, endpoints, directory.resolve("pickwick.log"), "--secure-serving=false");
          Envoy envoy =
              Envoy.start(
                  binary,
                  EnvoyConfig.of(
                      pickwick.address(),
                      simulator.pods().stream().map(Pod::hostPort).toList(),
                      Listener.named(LISTENER, Routing.OVERRIDE_HOST)),
                  directory)) {
        String target = "live=http://127.0.0.1:" + envoy.port(LISTENER);
        serve(target, WARM_UP, directory.resolve("warm-up.json"));
        return serve(target, WORKLOAD, directory.resolve("live.json"));
      }
    }
  }

  private static Measured serve(String target, String workload, Path result) throws IOException {
    StringWriter said = new StringWriter();
    PrintWriter writer = new PrintWriter(said);
    int status =
        CommandLines.of(new ServeCommand())
            .setOut(writer)
            .setErr(writer)
            .execute(
                "--target=" + target,
                "--workload=" + workload,
                "--seed=" + SEED,
                "--result-json=" + result);
    if (status != 0) {
      throw new IOException("The load generator ended with " + status + ": " + said);
    }
    JsonNode told = new ObjectMapper().readTree(Files.readString(result));
    JsonNode own = told.path("pickwick");
    return new Measured(
        told.path("mean_ttft_ms").asDouble(Double.NaN),
        own.path("cached_tokens").asDouble(Double.NaN)
            / own.path("cached_tokens_of").asDouble(Double.NaN),
        told.path("completed").asInt());
  }

  private static String endpoints(List<Pod> pods) {
    return pods.stream()
        .map(pod ->
            "- { name: %s, address: \"%s\", port: %d }"
                .formatted(pod.name(), pod.address(), pod.port()))
        .collect(Collectors.joining("\n", "endpoints:\n", "\n"));
  }

  /** Both, side by side. */
  static Section section(Measured real, Measured virtual) {
    return new Section(
        NAME + ": " + TITLE,
        List.of(
            "The same 48 requests at the same times. In real time they go through Envoy and"
                + " Pickwick to pods that take as long as the engine would; in virtual time"
                + " everything is computed. Prefixes are estimated in both, in blocks of bytes in"
                + " the one and of tokens in the other."),
        List.of(
            new Parameter("engine", ENGINE.name()),
            new Parameter("pods", Integer.toString(PODS)),
            new Parameter("workload", WORKLOAD)),
        List.of(
            new Table(
                "",
                "time",
                List.of(
                    new Table.Column("", "TTFT mean", "ms", 0, Table.Best.NONE),
                    new Table.Column("", "hits", "%", 1, Table.Best.NONE),
                    new Table.Column("", "completed", "", 0, Table.Best.NONE)),
                List.of(
                    row("real", real),
                    row("virtual", virtual),
                    new Table.Row(
                        "real over virtual",
                        List.of(
                            Cell.of(
                                "%+.1f %%"
                                    .formatted(100 * (real.ttftMillis / virtual.ttftMillis - 1))),
                            Cell.of(
                                "%+.1f %%".formatted(100 * (real.hitRatio / virtual.hitRatio - 1))),
                            Cell.NONE))),
                List.of())),
        List.of());
  }

  private static Table.Row row(String name, Measured measured) {
    return new Table.Row(
        name,
        List.of(
            Cell.of(measured.ttftMillis),
            Cell.of(100 * measured.hitRatio),
            Cell.of(measured.completed)));
  }
}
