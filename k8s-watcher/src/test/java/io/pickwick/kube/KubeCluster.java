package io.pickwick.kube;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A real kube-apiserver on a real etcd, on free ports of loopback: TLS, RBAC, service-account
 * tokens; no kubelet and no controllers. Without their binaries in {@code
 * ${PICKWICK_CACHE:-~/.cache/pickwick}/kube/bin} its tests are skipped, and say so.
 */
final class KubeCluster implements BeforeAllCallback, AfterAllCallback, ExecutionCondition {
  private static final String TOKEN = "of-the-administrator";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final List<Process> processes = new ArrayList<>();
  private final int port = freePort();
  private final int etcdPort = freePort();
  private final int peerPort = freePort();
  private Optional<Path> directory = Optional.empty();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    for (String name : List.of("etcd", "kube-apiserver")) {
      if (!Files.isExecutable(binary(name))) {
        String reason =
            "SKIPPED, not tested against a real API server: there is no "
                + binary(name)
                + "; build it, see docs";
        System.err.println(reason);
        return ConditionEvaluationResult.disabled(reason);
      }
    }
    return ConditionEvaluationResult.enabled("the binaries are there");
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    Path at = Files.createTempDirectory("pickwick-kube");
    directory = Optional.of(at);
    writeKeys(at);
    Files.writeString(at.resolve("tokens.csv"), TOKEN + ",admin,admin,\"system:masters\"\n");
    String etcd = "http://127.0.0.1:" + etcdPort;
    String peer = "http://127.0.0.1:" + peerPort;
    launch(
        "etcd",
        "--data-dir=" + at.resolve("etcd"),
        "--unsafe-no-fsync",
        "--log-level=warn",
        "--listen-client-urls=" + etcd,
        "--advertise-client-urls=" + etcd,
        "--listen-peer-urls=" + peer,
        "--initial-advertise-peer-urls=" + peer,
        "--initial-cluster=default=" + peer);
    startApiServer();
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    processes.reversed().forEach(KubeCluster::end);
    if (directory.isPresent()) {
      try (Stream<Path> files = Files.walk(directory.get())) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Ends the API server; what it stored stays. */
  void stopApiServer() {
    end(processes.removeLast());
  }

  /** Starts the API server and waits until it is ready. */
  void startApiServer() throws IOException {
    Path at = at();
    Process process =
        launch(
            "kube-apiserver",
            "--etcd-servers=http://127.0.0.1:" + etcdPort,
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--secure-port=" + port,
            "--cert-dir=" + at.resolve("certs"),
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--authorization-mode=RBAC",
            "--anonymous-auth=false",
            "--token-auth-file=" + at.resolve("tokens.csv"),
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=" + at.resolve("sa.pub"),
            "--service-account-signing-key-file=" + at.resolve("sa.key"),
            "--api-audiences=https://kubernetes.default.svc",
            // No controller makes the default account, without which pods would be refused.
            "--disable-admission-plugins=ServiceAccount");
    long patienceEnds = System.nanoTime() + PATIENCE.toNanos();
    while (!isReady()) {
      if (!process.isAlive() || System.nanoTime() - patienceEnds > 0) {
        throw new IOException(
            "the API server does not become ready: "
                + Files.readString(at.resolve("kube-apiserver.log")));
      }
      LockSupport.parkNanos(100_000_000);
    }
  }

  /** The cluster as its administrator has it. */
  Config administrator() {
    return as(TOKEN);
  }

  /** The cluster as who has this token sees it. */
  Config as(String token) {
    return new ConfigBuilder(Config.empty())
        .withMasterUrl("https://127.0.0.1:" + port)
        .withCaCertFile(at().resolve("certs").resolve("apiserver.crt").toString())
        .withOauthToken(token)
        .withHttp2Disable(true)
        .withRequestRetryBackoffLimit(0)
        .withConnectionTimeout(20_000)
        .withRequestTimeout(60_000)
        .build();
  }

  private boolean isReady() {
    if (!Files.exists(at().resolve("certs").resolve("apiserver.crt"))) {
      return false;
    }
    try (KubernetesClient client =
        new KubernetesClientBuilder().withConfig(administrator()).build()) {
      return "ok".equals(client.raw("/readyz"));
    } catch (RuntimeException e) {
      return false;
    }
  }

  private Process launch(String name, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(binary(name).toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(at().resolve(name + ".log").toFile()))
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    processes.add(process);
    return process;
  }

  private Path at() {
    return directory.orElseThrow(() -> new IllegalStateException("not started"));
  }

  private static Path binary(String name) {
    String cache =
        System.getenv()
            .getOrDefault("PICKWICK_CACHE", System.getProperty("user.home") + "/.cache/pickwick");
    return Path.of(cache, "kube", "bin", name);
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static void writeKeys(Path directory) throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      KeyPair pair = generator.generateKeyPair();
      Files.writeString(
          directory.resolve("sa.key"), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
      Files.writeString(
          directory.resolve("sa.pub"), pem("PUBLIC KEY", pair.getPublic().getEncoded()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(String what, byte[] encoded) {
    return "-----BEGIN "
        + what
        + "-----\n"
        + Base64.getMimeEncoder().encodeToString(encoded)
        + "\n-----END "
        + what
        + "-----\n";
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
