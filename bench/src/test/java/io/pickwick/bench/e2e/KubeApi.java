package io.pickwick.bench.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.pickwick.kube.Namespace;
import java.io.IOException;
import java.util.concurrent.ExecutionException;

/** A namespace changed without {@code kubectl}: at once, and as a kubelet does it. */
final class KubeApi implements AutoCloseable {
  /** The old group's pools, with the slash after which a name follows. */
  static final String POOLS = "apis/inference.networking.x-k8s.io/v1alpha2/%s/inferencepools/";

  static final String MODELS = "apis/inference.networking.x-k8s.io/v1alpha2/%s/inferencemodels/";
  static final String POLICIES =
      "apis/inferenceextension.alibabacloud.com/v1alpha1/%s/inferencetrafficpolicies/";
  static final String PODS = "api/v1/%s/pods/";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final KubernetesClient client;
  private final String namespace;

  KubeApi(Namespace namespace) {
    this.client =
        new KubernetesClientBuilder().withConfig(namespace.cluster().administrator()).build();
    this.namespace = "namespaces/" + namespace.name();
  }

  /** Makes or changes what the YAML says, by server-side apply. */
  void apply(String kind, String name, String yaml) throws Exception {
    send("PATCH", at(kind, name) + "?fieldManager=test&force=true", "apply-patch+yaml", yaml);
  }

  /** Changes a part of an object or, by {@code name/status}, of its status. */
  void merge(String kind, String name, String json) throws Exception {
    send("PATCH", at(kind, name), "merge-patch+json", json);
  }

  JsonNode get(String kind, String name) throws Exception {
    return send("GET", at(kind, name), "json", "");
  }

  /** Asks for an object to go: a pod's kubelet has so long until it must be gone. */
  void delete(String kind, String name, int graceSeconds) throws Exception {
    send("DELETE", at(kind, name) + "?gracePeriodSeconds=" + graceSeconds, "json", "");
  }

  /** Makes a pod, as it is on its node, that is Ready. */
  void pod(String name, String app, String address) throws Exception {
    apply(
        PODS,
        name,
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, labels: {app: %s}}
        spec: {nodeName: node, containers: [{name: vllm, image: none}]}
        """
            .formatted(name, app));
    ready(name, address, true);
  }

  /** Says whether a pod is Ready. */
  void ready(String pod, String address, boolean ready) throws Exception {
    merge(
        PODS,
        pod + "/status",
        """
        {"status": {"phase": "Running", "podIP": "%1$s", "podIPs": [{"ip": "%1$s"}],
         "conditions": [{"type": "Ready", "status": "%2$s"}]}}
        """
            .formatted(address, ready ? "True" : "False"));
  }

  private String at(String kind, String name) {
    return kind.formatted(namespace) + name;
  }

  private JsonNode send(String method, String path, String type, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        client.getHttpClient().newHttpRequestBuilder().uri(client.getMasterUrl() + path);
    if (!method.equals("GET")) {
      request.method(method, "application/" + type, body);
    }
    HttpResponse<String> response;
    try {
      response = client.getHttpClient().sendAsync(request.build(), String.class).get();
    } catch (ExecutionException e) {
      throw new IOException(method + " " + path, e);
    }
    if (!response.isSuccessful()) {
      throw new IOException(method + " " + path + ": " + response.code() + " " + response.body());
    }
    return JSON.readTree(response.body());
  }

  @Override
  public void close() {
    client.close();
  }
}
