package io.pickwick.bench.watch;

import io.pickwick.bench.process.ChildProcess;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.StartException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The API server, a process of its own, and the line on which it is told what to do. */
final class PodCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final ChildProcess process;
  private final Socket line;
  private final PrintWriter orders;
  private final BufferedReader answers;
  private final Path kubeconfig;

  /**
   * What it did and what should be known of it.
   *
   * @param changes since the start
   * @param lateMicros how far it fell behind at most
   * @param ready how many pods are
   * @param fingerprint of those
   */
  record Told(long changes, long lateMicros, int ready, long fingerprint) {}

  private PodCluster(ChildProcess process, Socket line, Path directory) throws IOException {
    this.process = process;
    this.line = line;
    orders = new PrintWriter(line.getOutputStream(), true, StandardCharsets.US_ASCII);
    answers =
        new BufferedReader(new InputStreamReader(line.getInputStream(), StandardCharsets.US_ASCII));
    kubeconfig = directory.resolve("kubeconfig");
    Files.writeString(
        kubeconfig,
        """
        apiVersion: v1
        kind: Config
        current-context: bench
        clusters: [{name: bench, cluster: {server: "http://127.0.0.1:%s"}}]
        users: [{name: bench, user: {token: none}}]
        contexts: [{name: bench, context: {cluster: bench, user: bench, namespace: %s}}]
        """
            .formatted(expect("port").getFirst(), PodServer.NAMESPACE));
  }

  /** Starts it; pods are there when it returns, and none changes. */
  static PodCluster start(WatchLoad load, List<String> jvmFlags, Path directory)
      throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      server.setSoTimeout((int) PATIENCE.toMillis());
      ChildProcess process =
          ChildProcess.start(
              "The API server",
              Launcher.bench(jvmFlags.toArray(String[]::new))
                  .with(
                      List.of(
                          "watch-pods",
                          "--pods=" + load.pods(),
                          "--changes=" + load.changes(),
                          "--control=" + server.getLocalPort())),
              directory.resolve("pods.log"));
      try {
        Socket line = server.accept();
        line.setSoTimeout((int) PATIENCE.toMillis());
        return new PodCluster(process, line, directory);
      } catch (IOException | RuntimeException e) {
        process.close();
        throw new StartException(
            "The API server did not start: %s. %s".formatted(e.getMessage(), process.lastWords()));
      }
    }
  }

  Path kubeconfig() {
    return kubeconfig;
  }

  /** Pods change from now on. */
  void change() {
    orders.println("change");
  }

  /** They do no longer. */
  Told rest() throws IOException {
    orders.println("rest");
    List<String> words = expect("changed");
    return new Told(
        Long.parseLong(words.get(0)),
        Long.parseLong(words.get(1)),
        Integer.parseInt(words.get(2)),
        Long.parseLong(words.get(3)));
  }

  private List<String> expect(String word) throws IOException {
    String said = answers.readLine();
    if (said == null) {
      throw new IOException("The API server is gone. " + process.lastWords());
    }
    List<String> words = List.of(said.split(" ", -1));
    if (!words.getFirst().equals(word)) {
      throw new IOException("the API server said %s, not %s".formatted(words, word));
    }
    return words.subList(1, words.size());
  }

  @Override
  public void close() {
    try (line) {
      orders.close();
    } catch (IOException e) {
      // The process ends in any case.
    }
    process.close();
  }
}
