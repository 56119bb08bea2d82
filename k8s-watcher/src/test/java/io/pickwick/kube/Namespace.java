package io.pickwick.kube;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A namespace of a {@link Cluster}, changed by {@code kubectl}. */
public record Namespace(Cluster cluster, String name) {
  /**
   * Runs {@code kubectl} in it and gives back what it says.
   *
   * @throws IOException when it fails, with what it says
   */
  public String kubectl(String... arguments) throws IOException, InterruptedException {
    return fed("", arguments);
  }

  /** Makes or changes what the YAML says. */
  public void apply(String yaml) throws IOException, InterruptedException {
    fed(yaml, "apply", "-f", "-");
  }

  /** Makes a pod that is Ready at an address. */
  public void pod(String pod, String address, Map<String, String> labels)
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
          schedulerName: none
          containers: [{name: vllm, image: none}]
        """
            .formatted(pod, listed));
    status(pod, address, true);
  }

  /** Writes a pod's status. */
  public void status(String pod, String address, boolean ready)
      throws IOException, InterruptedException {
    kubectl(
        "patch",
        "pod",
        pod,
        "--subresource=status",
        "--type=merge",
        "-p",
        """
        {"status": {"phase": "Running", "podIP": "%s", "podIPs": [{"ip": "%s"}],
         "conditions": [{"type": "Ready", "status": "%s"}]}}\
        """
            .formatted(address, address, ready ? "True" : "False"));
  }

  private String fed(String input, String... arguments) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("--namespace=" + name));
    all.addAll(List.of(arguments));
    return cluster.kubectl(input, all.toArray(String[]::new));
  }
}
