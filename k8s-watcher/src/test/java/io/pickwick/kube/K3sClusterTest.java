package io.pickwick.kube;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Against k3s in Docker. Not tried by us so far, for want of a machine with Docker. */
@Tag("docker")
final class K3sClusterTest extends ClusterCases {
  @RegisterExtension static final K3sCluster CLUSTER = new K3sCluster();

  K3sClusterTest() {
    super(CLUSTER);
  }
}
