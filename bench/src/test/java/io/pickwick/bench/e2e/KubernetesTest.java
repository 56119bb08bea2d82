package io.pickwick.bench.e2e;

import io.pickwick.kube.KubeCluster;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;

/** With a kube-apiserver, an etcd and an Envoy of this machine. */
@Tag("kube")
final class KubernetesTest extends KubernetesCases {
  @RegisterExtension static final KubeCluster CLUSTER = new KubeCluster();

  KubernetesTest() {
    super(CLUSTER);
  }
}
