package io.pickwick.kube;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A k3s in a container, by Testcontainers: for those who have Docker and no Go.
 *
 * <p>Its node would run pods: what names a scheduler that is not there stays as a test writes it.
 *
 * <p>Not tried by us so far, for want of a machine with Docker.
 */
public final class K3sCluster implements Cluster {
  private static final DockerImageName IMAGE = DockerImageName.parse("rancher/k3s:v1.34.1-k3s1");
  private static final String INPUT = "/tmp/input";

  private Optional<K3sContainer> started = Optional.empty();
  private Optional<Path> kubeconfig = Optional.empty();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return DockerClientFactory.instance().isDockerAvailable()
        ? ConditionEvaluationResult.enabled("there is a Docker")
        : ConditionEvaluationResult.disabled("not tested against k3s: there is no Docker here");
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    K3sContainer container = new K3sContainer(IMAGE);
    // The same port after a restart.
    container.setPortBindings(List.of(Cluster.freePort() + ":" + K3sContainer.KUBE_SECURE_PORT));
    started = Optional.of(container);
    container.start();
    Path file = Files.createTempFile("pickwick-k3s", ".yaml");
    kubeconfig = Optional.of(file);
    Files.writeString(file, container.getKubeConfigYaml());
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    started.ifPresent(K3sContainer::stop);
    if (kubeconfig.isPresent()) {
      Files.delete(kubeconfig.get());
    }
  }

  @Override
  public Path kubeconfig() {
    return kubeconfig.orElseThrow(() -> new IllegalStateException("not started"));
  }

  @Override
  public Namespace namespace() throws IOException, InterruptedException {
    Namespace namespace = Cluster.super.namespace();
    // A controller makes it in its own time, and without it pods are refused.
    namespace.kubectl("wait", "--for=create", "serviceaccount/default", "--timeout=60s");
    return namespace;
  }

  @Override
  public String kubectl(String input, String... arguments)
      throws IOException, InterruptedException {
    K3sContainer container = container();
    container.copyFileToContainer(Transferable.of(input.getBytes(StandardCharsets.UTF_8)), INPUT);
    String[] command =
        Stream.concat(
                Stream.of("sh", "-c", "kubectl \"$@\" < " + INPUT, "sh"), Stream.of(arguments))
            .toArray(String[]::new);
    ExecResult result = container.execInContainer(command);
    if (result.getExitCode() != 0) {
      throw new IOException(String.join(" ", arguments) + ": " + result.getStderr());
    }
    return result.getStdout();
  }

  @Override
  public void stopApiServer() {
    container().getDockerClient().stopContainerCmd(container().getContainerId()).exec();
  }

  @Override
  public void startApiServer() throws IOException, InterruptedException {
    container().getDockerClient().startContainerCmd(container().getContainerId()).exec();
    if (!awaitReady(() -> true)) {
      throw new IOException("k3s does not become ready: " + container().getLogs());
    }
  }

  private K3sContainer container() {
    return started.orElseThrow(() -> new IllegalStateException("not started"));
  }
}
