package io.pickwick.bench.demo;

import io.pickwick.bench.envoy.EnvoyBinary;
import io.pickwick.bench.envoy.EnvoyUnavailableException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code demo}: real requests through a real Envoy to simulated pods, and why. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "Starts three simulated pods, Pickwick and Envoy, sends requests and tells where each went.")
public final class DemoCommand implements Callable<Integer> {
  @Option(names = "--stay", description = "Stay up afterwards, so that you can ask yourself.")
  private boolean stay;

  @Option(names = "--kill", description = "Also kill a pod and show its traffic move.")
  private boolean kill;

  @Option(
      names = "--port",
      paramLabel = "<port>",
      description = "Where Envoy listens (default: ${DEFAULT-VALUE}).")
  private int port = 8080;

  @Option(
      names = "--admin-port",
      paramLabel = "<port>",
      description = "Where Envoy's admin pages are (default: ${DEFAULT-VALUE}).")
  private int adminPort = 9901;

  @Option(
      names = "--grpc-port",
      paramLabel = "<port>",
      description = "Where Pickwick's external processor listens (default: ${DEFAULT-VALUE}).")
  private int grpcPort = 9002;

  @Option(
      names = "--health-port",
      paramLabel = "<port>",
      description = "Where Pickwick's gRPC health service listens (default: ${DEFAULT-VALUE}).")
  private int healthPort = 9003;

  @Option(
      names = "--metrics-port",
      paramLabel = "<port>",
      description = "Where Pickwick's metrics and pages are (default: ${DEFAULT-VALUE}).")
  private int metricsPort = 9090;

  @Option(
      names = "--pod-port",
      paramLabel = "<port>",
      description = "The first pod's port, the others follow (default: ${DEFAULT-VALUE}).")
  private int podPort = 8001;

  @Option(
      names = "--precise",
      description =
          "Track what the pods really hold by their KV events, and restart Pickwick in between.")
  private boolean precise;

  @Option(
      names = "--events-port",
      paramLabel = "<port>",
      description =
          "With --precise, where each pod publishes KV events, at an address of its own; the next"
              + " port is for replays (default: ${DEFAULT-VALUE}).")
  private int eventsPort = 5557;

  @Option(names = "--free-ports", description = "Take any free ports instead of the fixed ones.")
  private boolean freePorts;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      DemoPorts ports =
          freePorts
              ? DemoPorts.free()
              : new DemoPorts(
                  port, adminPort, grpcPort, healthPort, metricsPort, podPort, eventsPort);
      List<String> taken = ports.taken(precise);
      if (!taken.isEmpty()) {
        taken.forEach(err::println);
        err.println("Stop what holds them, name other ports, or take --free-ports.");
        err.flush();
        return 1;
      }
      Path envoy = EnvoyBinary.locate(line -> say(out, line));
      Path directory = Files.createTempDirectory("pickwick-demo");
      boolean good = run(envoy, ports, directory, out);
      if (!good) {
        err.println("The logs of Pickwick and Envoy are in " + directory + ".");
        err.flush();
      }
      return good ? 0 : 1;
    } catch (EnvoyUnavailableException | IOException e) {
      err.println(e.getMessage());
      err.flush();
      return 1;
    }
  }

  private boolean run(Path envoy, DemoPorts ports, Path directory, PrintWriter out)
      throws IOException, InterruptedException {
    try (DemoStack stack =
            DemoStack.start(envoy, ports, precise, directory, line -> say(out, line));
        ChatClient client = new ChatClient(stack.uri("/v1/chat/completions"))) {
      Demo demo = new Demo(stack, client, precise, out);
      say(out, "Warming up with requests of another conversation …");
      demo.warmUp();
      boolean good = demo.rounds();
      if (precise) {
        good &= demo.restart();
      }
      String pod = demo.burst();
      if (kill) {
        good &= demo.kill(pod);
      }
      good &= demo.summary();
      ask(ports, directory, out);
      if (stay) {
        say(out, "Everything stays up until you press Ctrl-C.");
        // Ctrl-C ends the process; its shutdown hooks end the others.
        new CountDownLatch(1).await();
      }
      return good;
    }
  }

  private void ask(DemoPorts ports, Path directory, PrintWriter out) {
    out.println();
    out.println(stay ? "Ask yourself:" : "With --stay you can ask yourself:");
    out.printf(
        """
          curl -i http://127.0.0.1:%d/v1/chat/completions -H 'content-type: application/json' \\
            -d '{"model": "%s", "messages": [{"role": "user", "content": "Hello, who are you?"}]}'
          curl http://127.0.0.1:%d/metrics        what Pickwick counts
          curl http://127.0.0.1:%d/debug/pool     what Pickwick knows of the pods
          tail -f %s/pickwick.log   and access.log beside it
        """,
        ports.envoy(), DemoPrompts.MODEL, ports.metrics(), ports.metrics(), directory);
    out.flush();
  }

  private static void say(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }
}
