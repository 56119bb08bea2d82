package io.pickwick.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.process.Ports;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pods of nothing but a metrics page, over real sockets. */
class PagePodsTest {
  @TempDir Path directory;

  @Test
  void eachPodHasAnAddressOfItsOwnAndServesThePageAgainAndAgain() throws Exception {
    int port = Ports.free(1)[0];
    Path file = directory.resolve("endpoints.yaml");
    try (PagePods pods = PagePods.start(251, port);
        HttpClient http = HttpClient.newHttpClient()) {
      pods.describe(file);
      assertThat(Files.readAllLines(file))
          .hasSize(252)
          .contains(
              "endpoints:",
              "- {name: pod-127.8.0.1, address: 127.8.0.1, port: %d}".formatted(port),
              "- {name: pod-127.8.0.250, address: 127.8.0.250, port: %d}".formatted(port),
              "- {name: pod-127.8.1.1, address: 127.8.1.1, port: %d}".formatted(port));
      for (int time = 0; time < 3; time++) {
        HttpResponse<String> page =
            http.send(
                HttpRequest.newBuilder(URI.create("http://127.8.1.1:" + port + "/metrics")).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(page.body()).contains("vllm:num_requests_waiting{").hasSizeGreaterThan(60_000);
      }
    }
  }

  @Test
  void itsAddressesAreFreeAtOnceWhenItIsClosed() throws Exception {
    int port = Ports.free(1)[0];
    for (int time = 0; time < 5; time++) {
      PagePods.start(100, port).close();
    }
    assertThat(Ports.isFree(port)).isTrue();
  }
}
