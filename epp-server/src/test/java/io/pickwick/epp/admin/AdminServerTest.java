package io.pickwick.epp.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
  private final AtomicReference<Optional<String>> unready =
      new AtomicReference<>(Optional.of("endpoints not read yet"));
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final HttpClient client = HttpClient.newHttpClient();
  private AdminServer server;

  @BeforeEach
  void start() throws IOException {
    Counter.builder().name("things_total").register(registry).inc(3);
    server = new AdminServer(0, registry, unready::get, () -> "{\"endpoints\":[]}");
  }

  @AfterEach
  void stop() {
    server.close();
    client.close();
  }

  @Test
  void aliveIsNotReady() throws Exception {
    assertThat(send("GET", "/healthz").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/readyz").statusCode()).isEqualTo(503);
    assertThat(send("GET", "/readyz").body()).isEqualTo("endpoints not read yet\n");
    unready.set(Optional.empty());
    assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void metricsAreServedAsText() throws Exception {
    HttpResponse<String> response = send("GET", "/metrics");
    assertThat(response.headers().firstValue("content-type").orElseThrow())
        .startsWith("text/plain");
    assertThat(response.body()).contains("things_total 3.0");
  }

  @Test
  void thePoolIsServedAsJson() throws Exception {
    assertThat(send("GET", "/debug/pool").body()).isEqualTo("{\"endpoints\":[]}");
  }

  @Test
  void nothingCanBeChanged() throws Exception {
    for (String path : new String[] {"/metrics", "/healthz", "/readyz", "/debug/pool"}) {
      assertThat(send("POST", path).statusCode()).isEqualTo(405);
      assertThat(send("DELETE", path).statusCode()).isEqualTo(405);
    }
  }

  @Test
  void anUnknownPathNamesTheKnownOnes() throws Exception {
    assertThat(send("GET", "/nothing").statusCode()).isEqualTo(404);
    assertThat(send("GET", "/nothing").body()).contains("/readyz");
    assertThat(send("GET", "/metrics/more").statusCode()).isEqualTo(404);
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
