package io.pickwick.epp.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pickwick.kv.feed.FeedState;
import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PoolPageTest {
  private final Endpoint pod =
      new Endpoint(0, "llm", "vllm-0", "10.0.0.5", 8000, Map.of(), new EndpointLoad());

  @Test
  void tellsWhatAnEndpointToldAndWhatElseIsNoted() throws IOException {
    pod.load().observe(new Gauges(1, 0, 0, 0, 16, 100, LoraState.NONE, "sha256"));
    PoolPage page =
        new PoolPage(
            "demo",
            () -> new PoolSnapshot(List.of(pod), 1, true),
            () -> Map.of("configuration", 3L),
            endpoint -> 7,
            () -> 2,
            () -> Map.of("mode", "tracking", "events", Map.of("listenAt", "tcp://*:5557")),
            endpoint ->
                Map.of(
                    "kvMatch",
                    "verified " + endpoint.name(),
                    "kvFeed0",
                    Map.of("state", FeedState.LIVE, "blocks", 12L)));
    JsonNode root = new JsonMapper().readTree(page.get());
    assertThat(root.at("/prefix/mode").asText()).isEqualTo("tracking");
    assertThat(root.at("/prefix/events/listenAt").asText()).isEqualTo("tcp://*:5557");
    assertThat(root.path("generations").path("configuration").asLong()).isEqualTo(3);
    JsonNode endpoint = root.path("endpoints").path(0);
    assertThat(endpoint.at("/kvFeed0/state").asText()).isEqualTo("LIVE");
    assertThat(endpoint.at("/kvFeed0/blocks").asLong()).isEqualTo(12);
    assertThat(endpoint.path("kvMatch").asText()).isEqualTo("verified vllm-0");
    assertThat(endpoint.path("rememberedBlocks").asInt()).isEqualTo(7);
    assertThat(endpoint.path("told").path("hashAlgorithm").asText()).isEqualTo("sha256");
    assertThat(endpoint.path("told").path("blockSize").asInt()).isEqualTo(16);
  }
}
