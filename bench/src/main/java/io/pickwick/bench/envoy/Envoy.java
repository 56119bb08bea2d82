package io.pickwick.bench.envoy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.process.ChildProcess;
import io.pickwick.bench.process.StartException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** A running Envoy: where it listens, what it logged, and its end. */
public final class Envoy implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final ChildProcess process;
  private final HttpClient http;
  private final URI admin;
  private final Map<String, Integer> ports;
  private final Path accessLog;

  private Envoy(
      ChildProcess process,
      HttpClient http,
      URI admin,
      Map<String, Integer> ports,
      Path accessLog) {
    this.process = process;
    this.http = http;
    this.admin = admin;
    this.ports = Map.copyOf(ports);
    this.accessLog = accessLog;
  }

  /**
   * Starts an Envoy with one worker and waits until it serves.
   *
   * @param directory where its bootstrap, log and access log go
   */
  public static Envoy start(Path binary, EnvoyConfig config, Path directory)
      throws IOException, InterruptedException {
    return start(binary, config, directory, 1);
  }

  /** Starts an Envoy with the given number of workers and waits until it serves. */
  public static Envoy start(Path binary, EnvoyConfig config, Path directory, int concurrency)
      throws IOException, InterruptedException {
    Files.createDirectories(directory);
    Path bootstrap = directory.resolve("envoy.yaml");
    Path accessLog = directory.resolve("access.log");
    Path adminAddress = directory.resolve("envoy-admin");
    Files.deleteIfExists(adminAddress);
    Files.writeString(bootstrap, config.bootstrap(accessLog));
    // Hot restart ties Envoy's life to the thread that forked it, and its shared memory to one
    // Envoy per machine.
    ChildProcess process =
        ChildProcess.start(
            "Envoy",
            List.of(
                binary.toString(),
                "-c",
                bootstrap.toString(),
                "--disable-hot-restart",
                "--concurrency",
                Integer.toString(concurrency),
                "--file-flush-interval-msec",
                "50",
                "--log-level",
                "warning",
                "--admin-address-path",
                adminAddress.toString()),
            directory.resolve("envoy.log"));
    HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    try {
      process.await(
          PATIENCE,
          () ->
              Files.exists(adminAddress)
                  && get(http, adminUri(adminAddress).resolve("/ready")).statusCode() == 200);
      URI admin = adminUri(adminAddress);
      return new Envoy(process, http, admin, listeners(http, admin), accessLog);
    } catch (IOException | InterruptedException | RuntimeException e) {
      process.close();
      http.close();
      throw e;
    }
  }

  /** The port of a listener. */
  public int port(String listener) {
    Integer port = ports.get(listener);
    if (port == null) {
      throw new IllegalArgumentException("no listener " + listener + " among " + ports.keySet());
    }
    return port;
  }

  /** The URI of a path at a listener. */
  public URI uri(String listener, String path) {
    return URI.create("http://127.0.0.1:" + port(listener) + path);
  }

  /** The process itself. */
  public ChildProcess process() {
    return process;
  }

  /** Every whole line of the access log so far. */
  public List<AccessLogLine> accessLog() throws IOException {
    if (!Files.exists(accessLog)) {
      return List.of();
    }
    String text = Files.readString(accessLog);
    List<AccessLogLine> lines = new ArrayList<>();
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
      lines.add(AccessLogLine.of(JSON.readTree(line)));
    }
    return lines;
  }

  /** The first access log line that fits, once it is written; empty when it never is. */
  public Optional<AccessLogLine> awaitAccessLog(Predicate<AccessLogLine> wanted, Duration patience)
      throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      Optional<AccessLogLine> found = accessLog().stream().filter(wanted).findFirst();
      if (found.isPresent() || System.nanoTime() > deadline) {
        return found;
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  /** One of Envoy's counters or gauges by its full name; zero when there is none. */
  public long stat(String name) throws IOException, InterruptedException {
    String page = get(http, admin.resolve("/stats?filter=%5E" + name + "$")).body();
    int colon = page.indexOf(": ");
    return colon < 0 ? 0 : Long.parseLong(page.substring(colon + 2).strip());
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

  private static URI adminUri(Path file) throws IOException {
    String address = Files.readString(file).strip();
    if (address.isEmpty()) {
      throw new IOException("Envoy has not written its admin address yet");
    }
    return URI.create("http://" + address);
  }

  private static Map<String, Integer> listeners(HttpClient http, URI admin)
      throws IOException, InterruptedException {
    Map<String, Integer> ports = new HashMap<>();
    String body = get(http, admin.resolve("/listeners?format=json")).body();
    for (JsonNode listener : JSON.readTree(body).path("listener_statuses")) {
      ports.put(
          listener.path("name").asText(),
          listener.path("local_address").path("socket_address").path("port_value").asInt());
    }
    if (ports.isEmpty()) {
      throw new StartException("Envoy has no listener: " + body);
    }
    return ports;
  }

  private static HttpResponse<String> get(HttpClient http, URI uri)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
