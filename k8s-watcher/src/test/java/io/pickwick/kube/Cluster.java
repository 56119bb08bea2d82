package io.pickwick.kube;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExecutionCondition;

/**
 * A real Kubernetes API server for the tests of a class: TLS, RBAC, service-account tokens; no
 * kubelet, so pods run nowhere and their status is what a test writes.
 *
 * <p>Registered as an extension, it is started before the first test of the class and ended after
 * the last; where it cannot be had, its tests are skipped and say why.
 */
public interface Cluster extends BeforeAllCallback, AfterAllCallback, ExecutionCondition {
  /** How to reach it as its administrator. */
  Path kubeconfig();

  /**
   * Runs {@code kubectl} as the administrator and gives back what it says.
   *
   * @param input what it reads from its standard input
   * @throws IOException when it fails, with what it says
   */
  String kubectl(String input, String... arguments) throws IOException, InterruptedException;

  /** Kills the API server; what it stored stays. */
  void stopApiServer() throws IOException;

  /** Starts the API server again, at the same address, and waits until it is ready. */
  void startApiServer() throws IOException, InterruptedException;

  /** Makes a namespace for one test: without controllers none ever goes away. */
  default Namespace namespace() throws IOException, InterruptedException {
    String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    Namespace namespace = new Namespace(this, "llm-" + random);
    kubectl("", "create", "namespace", namespace.name());
    return namespace;
  }

  /** The cluster as its administrator has it. */
  default Config administrator() {
    try {
      return patient(Config.fromKubeconfig(Files.readString(kubeconfig())));
    } catch (IOException e) {
      throw new IllegalStateException("not started", e);
    }
  }

  /** The cluster as who has this token sees it. */
  default Config as(String token) {
    Config administrator = administrator();
    return patient(
        new ConfigBuilder(Config.empty())
            .withMasterUrl(administrator.getMasterUrl())
            .withCaCertFile(administrator.getCaCertFile())
            .withCaCertData(administrator.getCaCertData())
            .withOauthToken(token)
            .build());
  }

  /** Waits until the API server is ready; false when it never is. */
  default boolean awaitReady(BooleanSupplier alive) throws InterruptedException {
    long patienceEnds = System.nanoTime() + Duration.ofMinutes(3).toNanos();
    while (alive.getAsBoolean() && System.nanoTime() - patienceEnds < 0) {
      try {
        if (kubectl("", "get", "--raw=/readyz", "--request-timeout=5s").equals("ok")) {
          return true;
        }
      } catch (IOException e) {
        // Not yet.
      }
      LockSupport.parkNanos(100_000_000);
    }
    return false;
  }

  /** Below what the kernel hands out: nobody takes it while the API server is away. */
  static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(15_000, 32_000);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return port;
      } catch (IOException e) {
        // Taken.
      }
    }
  }

  private static Config patient(Config config) {
    return new ConfigBuilder(config)
        .withHttp2Disable(true)
        .withRequestRetryBackoffLimit(0)
        .withConnectionTimeout(20_000)
        .withRequestTimeout(60_000)
        .build();
  }
}
