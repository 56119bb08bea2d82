package io.pickwick.bench.e2e;

import io.pickwick.kube.K3sCluster;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With k3s and Envoy in Docker. Not tried by us so far, for want of a machine with Docker. */
@Tag("docker")
final class K3sTest extends KubernetesCases {
  @RegisterExtension static final K3sCluster CLUSTER = new K3sCluster();

  K3sTest() {
    super(CLUSTER, Path.of("../deploy/envoy/docker.sh"));
  }
}
