package io.pickwick.kube;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A kube-apiserver on an etcd, both processes on free ports of loopback, with no controllers.
 *
 * <p>Binaries {@code etcd}, {@code kube-apiserver} and {@code kubectl} are taken from {@code
 * kube/bin} under {@code $PICKWICK_CACHE}, else {@code ~/.cache/pickwick}; {@code deploy/kube.sh}
 * builds them.
 */
public final class KubeCluster implements Cluster {
  private static final String TOKEN = "of-the-administrator";

  private final List<Process> processes = new ArrayList<>();
  private final int port = Cluster.freePort();
  private final int etcdPort = Cluster.freePort();
  private final int peerPort = Cluster.freePort();
  private Optional<Path> directory = Optional.empty();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    for (String name : List.of("etcd", "kube-apiserver", "kubectl")) {
      if (!Files.isExecutable(binary(name))) {
        return ConditionEvaluationResult.disabled(
            "not tested against a real API server: there is no "
                + binary(name)
                + "; deploy/kube.sh builds it");
      }
    }
    return ConditionEvaluationResult.enabled("the binaries are there");
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException, InterruptedException {
    Path at = Files.createTempDirectory("pickwick-kube");
    directory = Optional.of(at);
    writeKeys(at);
    Files.writeString(at.resolve("tokens.csv"), TOKEN + ",admin,admin,\"system:masters\"\n");
    Files.writeString(
        kubeconfig(),
        """
        apiVersion: v1
        kind: Config
        current-context: test
        clusters:
        - {name: test, cluster: {server: "https://127.0.0.1:%d", certificate-authority: "%s"}}
        users: [{name: admin, user: {token: "%s"}}]
        contexts: [{name: test, context: {cluster: test, user: admin}}]
        """
            .formatted(port, at.resolve("certs").resolve("apiserver.crt"), TOKEN));
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

  @Override
  public void stopApiServer() {
    processes.removeLast().destroyForcibly().onExit().join();
  }

  /** Where etcd is asked, also while the API server is away. */
  public URI etcd() {
    return URI.create("http://127.0.0.1:" + etcdPort);
  }

  @Override
  public void startApiServer() throws IOException, InterruptedException {
    Path at = at();
    Process server =
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
    if (!awaitReady(server::isAlive)) {
      throw new IOException(
          "the API server does not become ready: "
              + Files.readString(at.resolve("kube-apiserver.log")));
    }
  }

  @Override
  public Path kubeconfig() {
    return at().resolve("kubeconfig");
  }

  @Override
  public String kubectl(String input, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(binary("kubectl").toString(), "--kubeconfig=" + kubeconfig()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", arguments) + ": " + said);
    }
    return said;
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

  /** Where a program that was built for tests lies, if it is there. */
  public static Path binary(String name) {
    Map<String, String> environment = System.getenv();
    String home =
        environment.getOrDefault(
            "XDG_CACHE_HOME", System.getProperty("user.home", ".") + "/.cache");
    return Path.of(
        environment.getOrDefault("PICKWICK_CACHE", home + "/pickwick"), "kube", "bin", name);
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
}
