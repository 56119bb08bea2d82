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
    server = new AdminServer(0, registry, unready::get, () -> "{\"endpoints\":[]}", Guard.NONE);
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

  @Test
  void aGuardStandsBeforeWhatTellsOfThePoolAndNotBeforeProbes() throws Exception {
    server.close();
    unready.set(Optional.empty());
    Guard guard =
        (method, path, token) ->
            token.equals("good " + method + path)
                ? Optional.empty()
                : Optional.of(new Guard.Refusal(token.isEmpty() ? 401 : 403, "no: " + token));
    server = new AdminServer(0, registry, unready::get, () -> "{}", guard);
    HttpResponse<String> nobody = send("GET", "/metrics");
    assertThat(nobody.statusCode()).isEqualTo(401);
    assertThat(nobody.headers().firstValue("www-authenticate")).contains("Bearer");
    assertThat(nobody.body()).isEqualTo("no: \n");
    assertThat(send("GET", "/debug/pool", "Bearer bad").statusCode()).isEqualTo(403);
    assertThat(send("HEAD", "/metrics", "Bearer bad").statusCode()).isEqualTo(403);
    assertThat(send("GET", "/metrics", "Basic good GET/metrics").statusCode()).isEqualTo(401);
    assertThat(send("GET", "/metrics", "bearer  good GET/metrics").body())
        .contains("things_total 3.0");
    assertThat(send("GET", "/debug/pool", "Bearer good GET/debug/pool").body()).isEqualTo("{}");
    assertThat(send("GET", "/healthz").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/readyz").statusCode()).isEqualTo(200);
  }

  private HttpResponse<String> send(String method, String path, String... authorization)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    for (String value : authorization) {
      request.header("Authorization", value);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
