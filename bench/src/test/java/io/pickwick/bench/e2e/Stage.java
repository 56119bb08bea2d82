package io.pickwick.bench.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pickwick.bench.envoy.AccessLogLine;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyBinary;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.EnvoyUnavailableException;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.Pickwick;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** Pickwick and Envoy as processes before the given model servers. */
final class Stage implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Flags of the JVMs that tests start. */
  static final String[] JVM = {
    "-XX:+UseSerialGC",
    "-Xmx512m",
    "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow"
  };

  final Path directory;
  final Pickwick pickwick;
  final Envoy envoy;

  private Stage(Path directory, Pickwick pickwick, Envoy envoy) {
    this.directory = directory;
    this.pickwick = pickwick;
    this.envoy = envoy;
  }

  /** Plain text between the two. */
  static Stage start(List<String> endpoints, List<String> flags, Listener... listeners)
      throws Exception {
    return start(endpoints, false, flags, listeners);
  }

  static Stage start(List<String> endpoints, boolean tls, List<String> flags, Listener... listeners)
      throws Exception {
    Path binary = envoyBinary();
    Path directory = Files.createTempDirectory("pickwick-e2e");
    Pickwick pickwick = pickwick(directory, endpoints, tls, flags);
    try {
      EnvoyConfig config = EnvoyConfig.of(pickwick.address(), endpoints, listeners);
      return new Stage(
          directory,
          pickwick,
          Envoy.start(binary, tls ? config.withPickerTls() : config, directory));
    } catch (IOException | RuntimeException e) {
      pickwick.close();
      throw e;
    }
  }

  static Pickwick pickwick(Path directory, List<String> endpoints, boolean tls, List<String> flags)
      throws Exception {
    Path file = writeEndpoints(directory, endpoints);
    String[] all =
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of("--secure-serving=" + tls), flags.stream())
            .toArray(String[]::new);
    return Pickwick.start(Launcher.pickwick(JVM), file, directory.resolve("pickwick.log"), all);
  }

  static Path writeEndpoints(Path directory, List<String> endpoints) throws IOException {
    StringBuilder yaml =
        new StringBuilder(endpoints.isEmpty() ? "endpoints: []\n" : "endpoints:\n");
    for (int i = 0; i < endpoints.size(); i++) {
      String[] hostPort = endpoints.get(i).split(":", 2);
      yaml.append(
          "- { name: pod-%d, address: %s, port: %s }%n".formatted(i, hostPort[0], hostPort[1]));
    }
    Path fresh = Files.createTempFile(directory, "endpoints", ".tmp");
    Files.writeString(fresh, yaml);
    return Files.move(
        fresh, directory.resolve("endpoints.yaml"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  static Path envoyBinary() {
    try {
      return EnvoyBinary.locate(System.err::println);
    } catch (EnvoyUnavailableException e) {
      assumeTrue(false, "No Envoy, so nothing is tried through one: " + e.getMessage());
      throw new IllegalStateException(e);
    }
  }

  URI uri(String listener, String path) {
    return envoy.uri(listener, path);
  }

  RawClient client(String listener) throws IOException {
    return new RawClient(envoy.port(listener));
  }

  /** The access log's line of a request. */
  AccessLogLine logged(String requestId) throws IOException {
    return envoy
        .awaitAccessLog(line -> line.requestId().equals(requestId), PATIENCE)
        .orElseThrow(() -> new AssertionError("no access log line for " + requestId));
  }

  /** Waits until the picker counts no running request. */
  void awaitQuiet() throws Exception {
    await(
        "no running request at the picker",
        () -> pickwick.metric("inference_objective_running_requests") == 0);
  }

  static String newRequestId() {
    return UUID.randomUUID().toString();
  }

  /** A condition that may fail to be looked at. */
  interface Condition {
    boolean holds() throws Exception;
  }

  static void await(String what, Condition condition) throws Exception {
    await(what, PATIENCE, condition);
  }

  static void await(String what, Duration patience, Condition condition) throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("never came true: " + what);
      }
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
  }

  static String words(String word, int count) {
    String[] words = new String[count];
    Arrays.fill(words, word);
    return String.join(" ", words);
  }

  @Override
  public void close() {
    envoy.close();
    pickwick.close();
  }
}
