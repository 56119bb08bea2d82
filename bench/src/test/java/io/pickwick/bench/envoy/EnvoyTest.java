package io.pickwick.bench.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pickwick.bench.process.StartException;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Envoy with every combination that the configuration can write. */
class EnvoyTest {
  private static Path binary = Path.of("");

  @TempDir Path directory;

  @BeforeAll
  static void locate() {
    try {
      binary = EnvoyBinary.locate(System.err::println);
    } catch (EnvoyUnavailableException e) {
      assumeTrue(false, "No Envoy, so nothing is tried through one: " + e.getMessage());
    }
  }

  @Test
  void everyCombinationOfModesIsAccepted() throws Exception {
    List<Listener> listeners = new ArrayList<>();
    for (Routing routing : Routing.values()) {
      for (BodyMode request : BodyMode.values()) {
        for (BodyMode response : BodyMode.values()) {
          Listener listener =
              Listener.named(routing + "-" + request + "-" + response, routing)
                  .withBodies(request, response)
                  .withBufferLimit(65_536);
          listeners.add(listeners.size() % 2 == 0 ? listener : listener.withFailOpen());
        }
      }
    }
    listeners.add(
        Listener.named("light", Routing.OVERRIDE_HOST)
            .withBodies(BodyMode.FULL_DUPLEX_STREAMED, BodyMode.NONE)
            .withoutResponseHeaders()
            .withClientDestination());
    listeners.add(
        Listener.named("watching", Routing.OVERRIDE_HOST)
            .withBodies(BodyMode.STREAMED, BodyMode.STREAMED)
            .withObservability());
    EnvoyConfig config =
        new EnvoyConfig(
            0,
            List.of("127.0.0.1:1"),
            true,
            List.of("127.0.0.1:2", "[::1]:3"),
            Map.of("a/b", "127.0.0.1:4"),
            listeners);
    try (Envoy envoy = Envoy.start(binary, config, directory)) {
      assertThat(listeners).extracting(listener -> envoy.port(listener.name())).doesNotContain(0);
      assertThatThrownBy(() -> envoy.port("none")).hasMessageContaining("no listener none");
    }
  }

  @Test
  void theAccessLogTellsWhatBecameOfARequest() throws Exception {
    EnvoyConfig config =
        EnvoyConfig.of(
            "127.0.0.1:" + closedPort(), List.of(), Listener.named("in", Routing.ORIGINAL_DST));
    try (Envoy envoy = Envoy.start(binary, config, directory);
        HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(envoy.uri("in", "/v1/models"))
                  .header("x-request-id", "r-1")
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(503);
      AccessLogLine line =
          envoy
              .awaitAccessLog(it -> it.requestId().equals("r-1"), Duration.ofSeconds(10))
              .orElseThrow();
      assertThat(line.details()).startsWith("ext_proc_error_gRPC_error_14");
      assertThat(line.path()).isEqualTo("/v1/models");
      assertThat(line.listener()).isEqualTo("in");
      assertThat(line.code()).isEqualTo(503);
      assertThat(envoy.process().residentBytes()).isPositive();
      envoy.kill();
      assertThat(envoy.process().alive()).isFalse();
    }
  }

  @Test
  void anEnvoyThatDoesNotStartSaysWhy() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      EnvoyConfig config =
          EnvoyConfig.of(
              "127.0.0.1:1",
              List.of(),
              Listener.named("in", Routing.ORIGINAL_DST).withPort(taken.getLocalPort()));
      assertThatThrownBy(() -> Envoy.start(binary, config, directory))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("Address already in use")
          .hasMessageContaining("envoy.log");
    }
  }

  @Test
  void aBinaryThatIsNoEnvoySaysSo() throws Exception {
    Path fake = directory.resolve("fake");
    Files.writeString(fake, "#!/bin/sh\necho I am not an Envoy\nexit 3\n");
    assertThat(fake.toFile().setExecutable(true)).isTrue();
    EnvoyConfig config =
        EnvoyConfig.of("127.0.0.1:1", List.of(), Listener.named("in", Routing.ORIGINAL_DST));
    assertThatThrownBy(() -> Envoy.start(fake, config, directory))
        .isInstanceOf(StartException.class)
        .hasMessageContainingAll("status 3", "I am not an Envoy");
  }

  private static int closedPort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
