package io.pickwick.bench.process;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * A real Kubernetes API server with its etcd, on free ports of this machine: no kubelet, no
 * controllers, so pods run nowhere and their status is what a test writes.
 *
 * <p>Binaries {@code etcd}, {@code kube-apiserver} and {@code kubectl} are looked for in {@code
 * kube/bin} under {@code $PICKWICK_CACHE}, else {@code ~/.cache/pickwick}.
 */
public final class KubeCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final List<String> BINARIES = List.of("etcd", "kube-apiserver", "kubectl");

  private final Path bin;
  private final Path home;
  private final List<ChildProcess> processes = new ArrayList<>();

  private KubeCluster(Path bin, Path home) {
    this.bin = bin;
    this.home = home;
  }

  /** Where the binaries are; absent when one of them is missing. */
  public static Optional<Path> binaries() {
    Map<String, String> environment = System.getenv();
    Path cache =
        Path.of(
            environment.getOrDefault(
                "PICKWICK_CACHE",
                environment.getOrDefault(
                        "XDG_CACHE_HOME", System.getProperty("user.home", ".") + "/.cache")
                    + "/pickwick"));
    Path bin = cache.resolve("kube").resolve("bin");
    return BINARIES.stream().allMatch(name -> Files.isExecutable(bin.resolve(name)))
        ? Optional.of(bin)
        : Optional.empty();
  }

  /** Starts it and waits until it is ready. */
  public static KubeCluster start(Path bin, Path home) throws IOException, InterruptedException {
    KubeCluster cluster = new KubeCluster(bin, home);
    try {
      cluster.start();
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void start() throws IOException, InterruptedException {
    int[] ports = Ports.free(3);
    String token = HexFormat.of().formatHex(SecureRandom.getSeed(16));
    Files.writeString(home.resolve("tokens.csv"), token + ",admin,admin,\"system:masters\"\n");
    keys();
    String etcd = "http://127.0.0.1:" + ports[0];
    String peer = "http://127.0.0.1:" + ports[1];
    processes.add(
        ChildProcess.start(
            "etcd",
            List.of(
                bin.resolve("etcd").toString(),
                "--data-dir=" + home.resolve("etcd"),
                "--unsafe-no-fsync",
                "--log-level=warn",
                "--listen-client-urls=" + etcd,
                "--advertise-client-urls=" + etcd,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=default=" + peer),
            home.resolve("etcd.log")));
    ChildProcess server =
        ChildProcess.start(
            "kube-apiserver",
            List.of(
                bin.resolve("kube-apiserver").toString(),
                "--etcd-servers=" + etcd,
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                "--secure-port=" + ports[2],
                "--cert-dir=" + home.resolve("certs"),
                "--endpoint-reconciler-type=none",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--authorization-mode=RBAC",
                "--anonymous-auth=false",
                "--token-auth-file=" + home.resolve("tokens.csv"),
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=" + home.resolve("sa.pub"),
                "--service-account-signing-key-file=" + home.resolve("sa.key"),
                // No controller makes the default account, without which pods are refused.
                "--disable-admission-plugins=ServiceAccount"),
            home.resolve("kube-apiserver.log"));
    processes.add(server);
    String url = "https://127.0.0.1:" + ports[2];
    HttpRequest ready =
        HttpRequest.newBuilder(URI.create(url + "/readyz"))
            .header("Authorization", "Bearer " + token)
            .timeout(Duration.ofSeconds(5))
            .build();
    try (HttpClient http = HttpClient.newBuilder().sslContext(trusting()).build()) {
      server.await(
          PATIENCE,
          () -> http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200);
    }
    Files.writeString(
        kubeconfig(),
        """
        apiVersion: v1
        kind: Config
        current-context: test
        clusters: [{name: test, cluster: {server: "%s", certificate-authority: "%s"}}]
        users: [{name: admin, user: {token: "%s"}}]
        contexts: [{name: test, context: {cluster: test, user: admin, namespace: default}}]
        """
            .formatted(url, home.resolve("certs").resolve("apiserver.crt"), token));
  }

  private void keys() throws IOException {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      KeyPair pair = generator.generateKeyPair();
      pem("sa.key", "PRIVATE KEY", pair.getPrivate().getEncoded());
      pem("sa.pub", "PUBLIC KEY", pair.getPublic().getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IOException("no RSA in this JDK", e);
    }
  }

  private void pem(String file, String what, byte[] der) throws IOException {
    String body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    Files.writeString(
        home.resolve(file),
        "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(what, body, what));
  }

  /** The server's certificate is its own; its name matters as little as its issuer here. */
  private static SSLContext trusting() throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new AnyCertificate()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("no TLS in this JDK", e);
    }
  }

  /** How to reach it as its administrator. */
  public Path kubeconfig() {
    return home.resolve("kubeconfig");
  }

  /**
   * Runs {@code kubectl} and gives back what it says.
   *
   * @param input what it reads from its standard input
   * @throws IOException when it fails, with what it says
   */
  public String kubectl(String input, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(bin.resolve("kubectl").toString(), "--kubeconfig=" + kubeconfig()));
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

  /** Makes or changes what the YAML says. */
  public void apply(String yaml) throws IOException, InterruptedException {
    kubectl(yaml, "apply", "-f", "-");
  }

  /** A pod that is Ready at an address. */
  public void pod(String name, String address, Map<String, String> labels)
      throws IOException, InterruptedException {
    StringBuilder listed = new StringBuilder();
    labels.forEach((key, value) -> listed.append("    %s: \"%s\"%n".formatted(key, value)));
    apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
          labels:
        %sspec:
          containers: [{name: vllm, image: none}]
        """
            .formatted(name, listed));
    status(name, address, true);
  }

  /** Writes a pod's status. */
  public void status(String name, String address, boolean ready)
      throws IOException, InterruptedException {
    kubectl(
        "",
        "patch",
        "pod",
        name,
        "--subresource=status",
        "--type=merge",
        "-p",
        """
        {"status": {"phase": "Running", "podIP": "%s", "podIPs": [{"ip": "%s"}],
         "conditions": [{"type": "Ready", "status": "%s"}]}}\
        """
            .formatted(address, address, ready ? "True" : "False"));
  }

  @Override
  public void close() {
    processes.reversed().forEach(ChildProcess::close);
  }

  private static final class AnyCertificate extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
