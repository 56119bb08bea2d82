package io.pickwick.bench.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.process.ChildProcess;
import io.pickwick.bench.process.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real vLLM as a process of its own, started by {@code deploy/vllm/serve.sh}. */
final class VllmEngine implements AutoCloseable {
  /** On a busy machine of two cores, and the second one beside the first. */
  private static final Duration PATIENCE = Duration.ofMinutes(8);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ChildProcess process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final String hostPort;

  private VllmEngine(ChildProcess process, String hostPort) {
    this.process = process;
    this.hostPort = hostPort;
  }

  /** The virtual environment to use, from {@code -Dpickwick.vllm}; says how to get one. */
  static Path venv() {
    Path venv = Path.of(System.getProperty("pickwick.vllm", "target/vllm/venv")).toAbsolutePath();
    if (!Files.isExecutable(venv.resolve("bin/vllm"))) {
      throw new AssertionError(
          ("There is no vLLM in %s. Install one with deploy/vllm/install.sh DIRECTORY (five minutes,"
                  + " 3 GB) and say -Dpickwick.vllm=DIRECTORY/venv.")
              .formatted(venv));
    }
    return venv;
  }

  /** The models to serve. */
  static Path models() {
    String said = System.getProperty("pickwick.vllm.models", "");
    Path models = said.isEmpty() ? venv().resolveSibling("models") : Path.of(said).toAbsolutePath();
    if (!Files.exists(models.resolve("tiny/tokenizer.json"))) {
      throw new AssertionError(
          "There is no tiny/tokenizer.json in "
              + models
              + "; deploy/vllm/install.sh makes it, and -Dpickwick.vllm.models names its place.");
    }
    return models;
  }

  /**
   * Begins to start one.
   *
   * @param address a loopback address of its own
   * @param eventsPort where the endpoint picker listens for events
   * @param replayPort where it replays
   */
  static VllmEngine start(String address, int eventsPort, int replayPort, Path directory)
      throws IOException {
    int port = Ports.free(1)[0];
    List<String> command =
        List.of(
            root().resolve("deploy/vllm/serve.sh").toString(),
            venv().toString(),
            models().toString(),
            address,
            Integer.toString(port),
            Integer.toString(eventsPort),
            Integer.toString(replayPort));
    Path log = directory.resolve("vllm-" + address + ".log");
    return new VllmEngine(
        ChildProcess.start("vLLM at " + address, command, log), address + ":" + port);
  }

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.isDirectory(here.resolve("deploy")) ? here : here.resolveSibling("");
  }

  String hostPort() {
    return hostPort;
  }

  void awaitReady() throws Exception {
    process.await(PATIENCE, () -> get("/health").statusCode() == 200);
  }

  /** Sends a completion past Envoy and Pickwick. */
  JsonNode complete(String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + hostPort + "/v1/completions"))
            .header("content-type", "application/json")
            .timeout(Duration.ofMinutes(2))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://" + hostPort + path))
            .timeout(Duration.ofSeconds(5))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** Ends it with the processes that it has started. */
  @Override
  public void close() {
    List<ProcessHandle> children =
        ProcessHandle.of(process.pid()).stream().flatMap(ProcessHandle::descendants).toList();
    process.terminate(Duration.ofSeconds(20));
    process.close();
    for (ProcessHandle child : children) {
      child.destroyForcibly();
      child.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
    http.shutdownNow();
    http.close();
  }
}
