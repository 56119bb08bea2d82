package io.pickwick.epp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @TempDir Path directory;

  private record Run(int status, String out, String err) {}

  @Test
  void helpAndVersionAreAnswered() {
    Run help = run("--help");
    assertThat(help.status).isZero();
    assertThat(help.out).contains("Usage: pickwick").contains("--endpoints-file");
    assertThat(run("--version").out).startsWith("pickwick ");
  }

  @Test
  void aWrongCommandLineIsAnsweredWithTheMend() {
    Run unknown = run("--endpoint-file=x");
    assertThat(unknown.status).isEqualTo(2);
    assertThat(unknown.err).contains("--endpoint-file").contains("--endpoints-file");
    Run nothing = run();
    assertThat(nothing.status).isEqualTo(2);
    assertThat(nothing.err).contains("--endpoints-file is missing");
  }

  @Test
  void validateReadsEverythingAndStartsNothing() throws IOException {
    Path endpoints =
        write("endpoints.yaml", "endpoints:\n- {name: a, address: 10.0.0.5, port: 8000}\n");
    Path config =
        write(
            "config.yaml",
            """
            apiVersion: inference.networking.x-k8s.io/v1alpha1
            kind: EndpointPickerConfig
            plugins:
            - type: queue-scorer
            - type: prefix-cache-scorer
              parameters: {blockSizeTokens: 32}
            schedulingProfiles:
            - name: default
              plugins:
              - {pluginRef: queue-scorer, weight: 2}
              - {pluginRef: prefix-cache-scorer, weight: 3}
            """);
    Run right =
        run(
            "--validate",
            "--pool-name=p",
            "--endpoints-file=" + endpoints,
            "--config-file=" + config);
    assertThat(right.err).isEmpty();
    assertThat(right.status).isZero();
    assertThat(right.out)
        .contains("1 endpoints")
        .contains("profile \"default\": 0 filters, 2 scorers, picker max-score-picker")
        .endsWith("The configuration is right.\n");
  }

  @Test
  void validateReadsWhatPreciseModeNeeds() throws IOException {
    Path endpoints =
        write("endpoints.yaml", "endpoints:\n- {name: a, address: 10.0.0.5, port: 8000}\n");
    Run right = run("--validate", "--endpoints-file=" + endpoints, "--kv-events-port=5557");
    assertThat(right.status).isZero();
    assertThat(right.out)
        .contains(
            "prefix mode tracking: KV events from port 5557, tokens asked from the endpoints");
    Path nowhere = Path.of("/nowhere");
    Run wrong =
        run(
            "--validate",
            "--endpoints-file=" + endpoints,
            "--kv-events-port=5557",
            "--tokenizer-path=" + nowhere);
    assertThat(wrong.status).isEqualTo(1);
    assertThat(wrong.err).contains("--tokenizer-path /nowhere").contains("tokenizer.json");
  }

  @Test
  void validateChecksTheResourcesAsAStartWould() throws IOException {
    Path endpoints =
        write("endpoints.yaml", "endpoints:\n- {name: a, address: 10.0.0.5, port: 8000}\n");
    String model =
        """
        apiVersion: inference.networking.x-k8s.io/v1alpha2
        kind: InferenceModel
        metadata: {name: %s}
        spec: {modelName: llama, poolRef: {name: p}, targetModels: [{name: v1, weight: 1}]}
        """;
    String policy =
        """
        apiVersion: inferenceextension.alibabacloud.com/v1alpha1
        kind: InferenceTrafficPolicy
        metadata: {name: policy}
        spec:
          poolRef: {name: p}
          profile: {single: {trafficPolicy: {prefixCache: {mode: %s}}}}
        """;
    Path right =
        write(
            "right.yaml",
            String.join(
                "---\n",
                model.formatted("one"),
                model.formatted("two"),
                policy.formatted("estimation")));
    Run run =
        run(
            "--validate",
            "--pool-name=p",
            "--endpoints-file=" + endpoints,
            "--config-file=" + right);
    assertThat(run.err).isEmpty();
    assertThat(run.status).isZero();
    assertThat(run.out)
        .contains("InferenceModel default/two has no effect")
        .contains("1 of 2 models, objectives and rewrites are in force for this pool")
        .contains("prefix mode estimation");
    Path wrong = write("wrong.yaml", policy.formatted("exact"));
    Run refused =
        run(
            "--validate",
            "--pool-name=p",
            "--endpoints-file=" + endpoints,
            "--config-file=" + wrong);
    assertThat(refused.status).isEqualTo(1);
    assertThat(refused.err).contains("exact").contains("mode");
  }

  @Test
  void aFlagsWrongValueIsAMistakeInTheFlagsWhereverItIsFound() throws IOException {
    Path endpoints = write("endpoints.yaml", "endpoints: []\n");
    Run run =
        run(
            "--validate",
            "--endpoints-file=" + endpoints,
            "--kv-events-port=5557",
            "--hash-algorithm=sha255");
    assertThat(run.status).isEqualTo(2);
    assertThat(run.err).startsWith("--hash-algorithm: \"sha255\" is not known");
  }

  @Test
  void anAddressOfAnotherMachineIsNoticedWhenChecked() throws IOException {
    Path endpoints = write("endpoints.yaml", "endpoints: []\n");
    Run run =
        run(
            "--validate",
            "--endpoints-file=" + endpoints,
            "--kv-events-endpoint=tcp://192.0.2.1:5557");
    assertThat(run.status).isZero();
    assertThat(run.out)
        .contains("KV events at tcp://192.0.2.1:5557 (which is no address of this machine)");
    assertThat(
            run("--validate", "--endpoints-file=" + endpoints, "--kv-events-endpoint=tcp://*:5557")
                .out)
        .contains("KV events at tcp://*:5557, tokens");
  }

  @Test
  void aMessageIsNotSaidTwice() throws IOException {
    Path endpoints = write("endpoints.yaml", "endpoints: []\n");
    Run run =
        run(
            "--validate",
            "--endpoints-file=" + endpoints,
            "--kv-events-port=5557",
            "--tokenizer-path=/nowhere");
    assertThat(run.err).containsOnlyOnce("tokenizer.json");
  }

  @Test
  void aWrongFileIsAnsweredWithThePlace() throws IOException {
    Path endpoints =
        write("endpoints.yaml", "endpoints:\n- {name: a, adress: 10.0.0.5, port: 1}\n");
    Run wrong = run("--validate", "--endpoints-file=" + endpoints);
    assertThat(wrong.status).isEqualTo(1);
    assertThat(wrong.err).contains(endpoints + ":2:").contains("adress").contains("address");

    Path right = write("right.yaml", "endpoints: []\n");
    Path config =
        write(
            "config.yaml",
            """
            apiVersion: llm-d.ai/v1alpha1
            kind: EndpointPickerConfig
            plugins:
            - type: qeue-scorer
            """);
    Run unknown = run("--validate", "--endpoints-file=" + right, "--config-file=" + config);
    assertThat(unknown.status).isEqualTo(1);
    assertThat(unknown.err).contains(config + ":4:9").contains("queue-scorer");

    Run missing = run("--validate", "--endpoints-file=" + right, "--config-file=/nowhere.yaml");
    assertThat(missing.status).isEqualTo(1);
    assertThat(missing.err).contains("/nowhere.yaml").contains("no such file");
  }

  @Test
  void aPortInUseIsNamedWithItsFlag() throws IOException {
    Path endpoints = write("endpoints.yaml", "endpoints: []\n");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
      Run run =
          run(
              "-v=0",
              "--grpc-port=0",
              "--grpc-health-port=0",
              "--metrics-port=" + taken.getLocalPort(),
              "--endpoints-file=" + endpoints);
      assertThat(run.status).isEqualTo(1);
      assertThat(run.err)
          .contains("--metrics-port " + taken.getLocalPort() + " can't be had; is it in use?");
    }
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private static Run run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        Main.run(
            args,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Run(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
