package io.pickwick.kube;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Against a kube-apiserver and an etcd of this machine. */
@Tag("kube")
final class KubeClusterTest extends ClusterCases {
  @RegisterExtension static final KubeCluster CLUSTER = new KubeCluster();

  KubeClusterTest() {
    super(CLUSTER);
  }
}
