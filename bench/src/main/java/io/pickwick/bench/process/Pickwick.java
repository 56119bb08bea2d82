package io.pickwick.bench.process;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An endpoint picker that runs as a process of its own. */
public final class Pickwick implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ChildProcess process;
  private final HttpClient http;
  private final int grpcPort;
  private final int metricsPort;

  private Pickwick(ChildProcess process, HttpClient http, int grpcPort, int metricsPort) {
    this.process = process;
    this.http = http;
    this.grpcPort = grpcPort;
    this.metricsPort = metricsPort;
  }

  /**
   * Starts it on free ports of this machine and waits until it is ready.
   *
   * @param endpoints the endpoints file
   * @param log where its output goes
   * @param flags more flags; unless they say otherwise, TLS is on, without drain delay and warm-up
   */
  public static Pickwick start(Launcher launcher, Path endpoints, Path log, String... flags)
      throws IOException, InterruptedException {
    int[] ports = Ports.free(3);
    return start(launcher, endpoints, log, ports[0], ports[1], ports[2], List.of(flags));
  }

  /** Starts it on the given ports and waits until it is ready. */
  public static Pickwick start(
      Launcher launcher,
      Path endpoints,
      Path log,
      int grpcPort,
      int healthPort,
      int metricsPort,
      List<String> flags)
      throws IOException, InterruptedException {
    List<String> source = List.of("--pool-name=bench", "--endpoints-file=" + endpoints);
    return start(launcher, source, log, grpcPort, healthPort, metricsPort, flags);
  }

  /**
   * Starts it on free ports of this machine, watching a pool in Kubernetes, and waits until it is
   * ready.
   */
  public static Pickwick watching(
      Launcher launcher, Path kubeconfig, String pool, Path log, String... flags)
      throws IOException, InterruptedException {
    return watching(launcher, kubeconfig, pool, log, Ports.free(1)[0], flags);
  }

  /** The same, with its external processor on a given port. */
  public static Pickwick watching(
      Launcher launcher, Path kubeconfig, String pool, Path log, int grpcPort, String... flags)
      throws IOException, InterruptedException {
    int[] ports = Ports.free(2);
    List<String> source = List.of("--pool-name=" + pool, "--kubeconfig=" + kubeconfig);
    return start(launcher, source, log, grpcPort, ports[0], ports[1], List.of(flags));
  }

  private static Pickwick start(
      Launcher launcher,
      List<String> source,
      Path log,
      int grpcPort,
      int healthPort,
      int metricsPort,
      List<String> flags)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(source);
    arguments.add("--grpc-port=" + grpcPort);
    arguments.add("--grpc-health-port=" + healthPort);
    arguments.add("--metrics-port=" + metricsPort);
    // No proxy has to learn first that it ends, and nobody minds if its first answers are slow.
    for (String unhurried : List.of("--drain-delay", "--warm-up")) {
      if (flags.stream().noneMatch(flag -> flag.startsWith(unhurried + "="))) {
        arguments.add(unhurried + "=0s");
      }
    }
    arguments.addAll(flags);
    ChildProcess process = ChildProcess.start("Pickwick", launcher.with(arguments), log);
    HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    Pickwick pickwick = new Pickwick(process, http, grpcPort, metricsPort);
    try {
      process.await(PATIENCE, () -> pickwick.get("/readyz").statusCode() == 200);
      return pickwick;
    } catch (IOException | InterruptedException | RuntimeException e) {
      pickwick.close();
      throw e;
    }
  }

  /** The port of its external processor. */
  public int grpcPort() {
    return grpcPort;
  }

  /** The address of its external processor. */
  public String address() {
    return "127.0.0.1:" + grpcPort;
  }

  /** The process itself. */
  public ChildProcess process() {
    return process;
  }

  /** Its metrics page. */
  public String metrics() throws IOException, InterruptedException {
    return get("/metrics").body();
  }

  /** The sum of all series of a metric, zero when there is none. */
  public double metric(String name) throws IOException, InterruptedException {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Kills it as a crash would. */
  public void kill() {
    process.kill();
  }

  @Override
  public void close() {
    process.close();
    http.shutdownNow();
    http.close();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + metricsPort + path))
            .timeout(Duration.ofSeconds(5))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
