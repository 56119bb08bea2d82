package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.envoy.AccessLogLine;
import io.pickwick.bench.envoy.BodyMode;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What users see when a pod, Envoy or the picker dies. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccidentTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String BODY =
      "{\"model\":\"base\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],"
          + "\"max_tokens\":5,\"stream\":true}";
  private static final String LONG_BODY =
      "{\"model\":\"base\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],"
          + "\"max_tokens\":50000,\"ignore_eos\":true,\"stream\":true}";
  private static final List<String> WITH_FALLBACK =
      List.of(
          """
          --config-text=apiVersion: llm-d.ai/v1alpha1
          kind: EndpointPickerConfig
          plugins:
          - type: expected-ttft-scorer
          - type: max-score-picker
            parameters: { maxNumOfEndpoints: 3 }
          schedulingProfiles:
          - name: default
            plugins:
            - pluginRef: expected-ttft-scorer
            - pluginRef: max-score-picker
          """);

  private Simulator simulator;

  @BeforeAll
  void start() throws Exception {
    Stage.envoyBinary();
    simulator = Simulator.start(SimulatorOptions.defaults().withModel("base").withSpeed(10));
  }

  @AfterAll
  void stop() {
    if (simulator != null) {
      simulator.close();
    }
  }

  @BeforeEach
  void reviveThePods() throws Exception {
    for (Pod pod : simulator.pods()) {
      pod.restart();
      pod.clearRequests();
    }
  }

  @Test
  void withoutEndpointsRequestsAreRefusedUntilThereAreSome() throws Exception {
    try (Stage stage =
        Stage.start(List.of(), List.of(), Listener.named("in", Routing.ORIGINAL_DST))) {
      String requestId = Stage.newRequestId();
      try (RawClient client = stage.client("in")) {
        HttpWire.Message response = client.post(CHAT, BODY, Map.of("x-request-id", requestId));
        assertThat(response.status()).isEqualTo(503);
        assertThat(response.text()).startsWith("inference error: ServiceUnavailable - ");
        assertThat(stage.logged(requestId).details()).isNotBlank().doesNotContain("ext_proc_error");
      }
      Stage.writeEndpoints(stage.directory, endpoints());
      Stage.await("the new endpoints serve", () -> status(stage, "in") == 200);
      stage.awaitQuiet();
    }
  }

  @Test
  void aDeadPodCostsNobodyARequest() throws Exception {
    try (Stage stage =
        Stage.start(endpoints(), WITH_FALLBACK, Listener.named("in", Routing.OVERRIDE_HOST))) {
      assertThat(status(stage, "in")).isEqualTo(200);
      Pod dead = simulator.pods().getFirst();
      dead.kill();
      for (int i = 0; i < 20; i++) {
        String requestId = Stage.newRequestId();
        try (RawClient client = stage.client("in")) {
          HttpWire.Message response =
              client.post(
                  CHAT, BODY.replace("Hello", "Hello " + i), Map.of("x-request-id", requestId));
          assertThat(response.status()).isEqualTo(200);
          assertThat(response.headers().get("x-pod")).isNotEqualTo(dead.name());
        }
        AccessLogLine line = stage.logged(requestId);
        assertThat(line.pick().split(",", -1)).hasSizeGreaterThan(1);
        assertThat(line.upstream()).isNotEqualTo(dead.hostPort());
      }
      stage.awaitQuiet();
      Stage.await(
          "the dead pod is picked no more",
          () -> {
            String requestId = Stage.newRequestId();
            try (RawClient client = stage.client("in")) {
              client.post(CHAT, BODY, Map.of("x-request-id", requestId)).status();
            }
            return !stage.logged(requestId).pick().startsWith(dead.hostPort());
          });
    }
  }

  @Test
  void aPodThatDiesMidStreamBreaksItsOwnStreamsOnly() throws Exception {
    try (Stage stage =
        Stage.start(endpoints(), WITH_FALLBACK, Listener.named("in", Routing.OVERRIDE_HOST))) {
      try (RawClient client = stage.client("in")) {
        startStream(client);
        busyPod().kill();
        assertThat(client.rest()).doesNotContain("[DONE]").doesNotEndWith(HttpWire.LAST_CHUNK);
      }
      assertThat(status(stage, "in")).isEqualTo(200);
      stage.awaitQuiet();
    }
  }

  @Test
  void aKilledEnvoyLeavesNothingRunningAtThePicker() throws Exception {
    try (Stage stage =
        Stage.start(endpoints(), List.of(), Listener.named("in", Routing.ORIGINAL_DST))) {
      try (RawClient client = stage.client("in")) {
        startStream(client);
        assertThat(stage.pickwick.metric("inference_objective_running_requests")).isPositive();
        stage.envoy.kill();
        stage.awaitQuiet();
      }
      EnvoyConfig config =
          EnvoyConfig.of(
              stage.pickwick.address(), endpoints(), Listener.named("again", Routing.ORIGINAL_DST));
      try (Envoy next = Envoy.start(Stage.envoyBinary(), config, stage.directory);
          RawClient client = new RawClient(next.port("again"))) {
        assertThat(client.post(CHAT, BODY, Map.of()).status()).isEqualTo(200);
      }
    }
  }

  @Test
  void withoutAPickerRequestsFailClosedOrGoOnAsConfigured() throws Exception {
    try (Stage stage =
        Stage.start(
            endpoints(),
            List.of(),
            Listener.named("closed", Routing.OVERRIDE_HOST),
            Listener.named("open", Routing.OVERRIDE_HOST)
                .withBodies(BodyMode.STREAMED, BodyMode.STREAMED)
                .withFailOpen(),
            Listener.named("open-duplex", Routing.OVERRIDE_HOST).withFailOpen())) {
      for (String listener : List.of("closed", "open", "open-duplex")) {
        assertThat(status(stage, listener)).isEqualTo(200);
      }
      stage.pickwick.kill();
      String requestId = Stage.newRequestId();
      try (RawClient client = stage.client("closed")) {
        assertThat(client.post(CHAT, BODY, Map.of("x-request-id", requestId)).status())
            .isEqualTo(503);
      }
      assertThat(stage.logged(requestId).details()).startsWith("ext_proc_error_gRPC_error_14");
      assertThat(status(stage, "open")).isEqualTo(200);
      try (RawClient client = stage.client("open-duplex")) {
        // With a body it is a coin toss in full duplex; without one it is not.
        assertThat(client.head("GET", "/v1/models", Map.of()).response().status()).isEqualTo(200);
      }

      // A picker that comes back on its port is used again without touching Envoy.
      try (Pickwick back =
          Pickwick.start(
              io.pickwick.bench.process.Launcher.pickwick(),
              stage.directory.resolve("endpoints.yaml"),
              stage.directory.resolve("pickwick-back.log"),
              stage.pickwick.grpcPort(),
              io.pickwick.bench.process.Ports.free(1)[0],
              io.pickwick.bench.process.Ports.free(1)[0],
              List.of("--secure-serving=false"))) {
        Stage.await("the picker is used again", () -> status(stage, "closed") == 200);
        assertThat(back.process().alive()).isTrue();
      }
    }
  }

  @Test
  void aPickerKilledMidStreamCutsFullDuplexButNotFailOpenStreams() throws Exception {
    try (Stage stage =
        Stage.start(
            endpoints(),
            List.of(),
            Listener.named("closed", Routing.ORIGINAL_DST),
            Listener.named("open", Routing.OVERRIDE_HOST)
                .withBodies(BodyMode.STREAMED, BodyMode.STREAMED)
                .withFailOpen())) {
      try (RawClient closed = stage.client("closed");
          RawClient open = stage.client("open")) {
        startStream(closed);
        startStream(open);
        stage.pickwick.kill();
        assertThat(closed.rest()).doesNotContain("[DONE]").doesNotEndWith(HttpWire.LAST_CHUNK);
        for (int i = 0; i < 50; i++) {
          open.skipTo("data: {");
        }
      }
    }
  }

  @Test
  void theyMayTalkInTls() throws Exception {
    try (Stage stage =
        Stage.start(endpoints(), true, List.of(), Listener.named("in", Routing.ORIGINAL_DST))) {
      assertThat(status(stage, "in")).isEqualTo(200);
      stage.awaitQuiet();
    }
  }

  @Test
  void aPickerToldToEndLetsRunningStreamsEnd() throws Exception {
    try (Stage stage =
        Stage.start(endpoints(), List.of(), Listener.named("in", Routing.ORIGINAL_DST))) {
      try (RawClient client = stage.client("in")) {
        String body = LONG_BODY.replace("50000", "2000");
        client
            .head("POST", CHAT, framing(body))
            .bytes(body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        client.skipTo("data: {");
        Thread terminator =
            Thread.ofVirtual().start(() -> stage.pickwick.process().terminate(Stage.PATIENCE));
        client.skipTo("data: [DONE]");
        client.skipTo("0");
        terminator.join();
      }
      assertThat(stage.pickwick.process().alive()).isFalse();
    }
  }

  private List<String> endpoints() {
    return simulator.pods().stream().map(Pod::hostPort).toList();
  }

  private Pod busyPod() throws Exception {
    Stage.await(
        "one pod is busy", () -> simulator.pods().stream().anyMatch(pod -> pod.running() > 0));
    return simulator.pods().stream().filter(pod -> pod.running() > 0).findFirst().orElseThrow();
  }

  private static int status(Stage stage, String listener) throws IOException {
    try (RawClient client = stage.client(listener)) {
      return client.post(CHAT, BODY, Map.of()).status();
    }
  }

  private static void startStream(RawClient client) throws IOException {
    client
        .head("POST", CHAT, framing(LONG_BODY))
        .bytes(LONG_BODY.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    client.skipTo("data: {");
    client.skipTo("data: {");
  }

  private static Map<String, String> framing(String body) {
    return Map.of(
        "content-length", Integer.toString(body.length()), "content-type", "application/json");
  }
}
