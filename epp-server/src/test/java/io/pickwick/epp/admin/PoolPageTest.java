package io.pickwick.epp.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
            endpoint -> Map.of("kvMatch", "verified " + endpoint.name()));
    JsonNode told = new JsonMapper().readTree(page.get());
    assertThat(told.path("generations").path("configuration").asLong()).isEqualTo(3);
    JsonNode endpoint = told.path("endpoints").path(0);
    assertThat(endpoint.path("kvMatch").asText()).isEqualTo("verified vllm-0");
    assertThat(endpoint.path("rememberedBlocks").asInt()).isEqualTo(7);
    assertThat(endpoint.path("told").path("hashAlgorithm").asText()).isEqualTo("sha256");
    assertThat(endpoint.path("told").path("blockSize").asInt()).isEqualTo(16);
  }
}
