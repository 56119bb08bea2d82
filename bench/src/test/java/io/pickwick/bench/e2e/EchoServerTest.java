package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.envoy.AccessLogLine;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.load.EchoServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmarks' floor is a picker that a real Envoy can work with. */
class EchoServerTest {
  @TempDir Path directory;

  @Test
  void envoyRoutesByItAndLosesNoByte() throws Exception {
    Path binary = Stage.envoyBinary();
    try (EchoPod pod = EchoPod.start();
        EchoServer echo = EchoServer.start(0, pod.hostPort());
        Envoy envoy =
            Envoy.start(
                binary,
                EnvoyConfig.of(
                    "127.0.0.1:" + echo.port(),
                    List.of(pod.hostPort()),
                    Listener.named("header", Routing.ORIGINAL_DST),
                    Listener.named("override", Routing.OVERRIDE_HOST)),
                directory)) {
      for (String listener : List.of("header", "override")) {
        byte[] body = "0123456789".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
        try (RawClient client = new RawClient(envoy.port(listener))) {
          HttpWire.Message response =
              client.post("/v1/completions", body, Map.of("x-request-id", listener));
          assertThat(response.status()).isEqualTo(200);
          HttpWire.assertSame(response, body);
        }
        AccessLogLine line =
            envoy
                .awaitAccessLog(it -> it.requestId().equals(listener), Stage.PATIENCE)
                .orElseThrow();
        assertThat(line.upstream()).isEqualTo(pod.hostPort());
        assertThat(line.pick()).isEqualTo(pod.hostPort());
      }
      byte[] body = "with trailers".getBytes(StandardCharsets.US_ASCII);
      // Not through the listener that retries: there Envoy sends a body with trailers twice
      // (envoyproxy/envoy#45470, #46095).
      try (RawClient client = new RawClient(envoy.port("header"))) {
        HttpWire.Message response =
            client
                .head("POST", "/v1/completions", Map.of("transfer-encoding", "chunked"))
                .chunked(body, 5, Map.of("x-checksum", "7"))
                .response();
        HttpWire.assertSame(response, body);
        assertThat(response.trailers()).containsEntry("x-checksum", "7");
      }
    }
  }
}
