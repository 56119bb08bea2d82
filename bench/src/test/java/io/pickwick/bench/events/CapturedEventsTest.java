package io.pickwick.bench.events;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.engine.Engine;
import io.pickwick.bench.engine.EngineRequest;
import io.pickwick.bench.engine.EngineSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The requests that real servers were sent, sent to the engine again: what it publishes is what
 * they published, byte for byte but for the time.
 *
 * <p>Each line of a resource is one step of the capture: its sequences with their generated tokens,
 * the cached tokens that the server told, the messages that it published, and whether its cache was
 * reset before. Left out is what depends on how a real server's steps fell: equal prompts at once,
 * preemption, and the two prompts of one request to 0.22.1, which it took in two steps.
 */
class CapturedEventsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @CsvSource({
    "0.32.0, evict, sha256_cbor, 32, 24, 128",
    "0.32.0, full, sha256_cbor, 32, 32768, 2048",
    "0.32.0, sha256-default, sha256, 32, 32768, 2048",
    "0.22.1, evict, sha256_cbor, 16, 24, 64",
    "0.22.1, full, sha256_cbor, 16, 65536, 2048",
    "0.22.1, sha256-default, sha256, 16, 65536, 2048"
  })
  void theEnginePublishesWhatTheServerDid(
      String version, String capture, String algorithm, int blockSize, int blocks, int budget)
      throws IOException {
    KvEventOptions options =
        KvEventOptions.OFF
            .withVersion(EngineVersion.parse(version))
            .withHashing(algorithm, "0", false);
    EngineSpec spec =
        EngineSpec.LLAMA_8B_H100
            .withBlocks(blocks, blockSize)
            .withLimits(budget, 16, 2)
            .withModelLength(1024);
    StepEvents events = new StepEvents(blockSize, name -> 1);
    EventEncoder encoder = new EventEncoder(options.version(), false);
    Engine engine =
        new Engine(
            spec,
            () -> 0,
            new VllmHashing(options, name -> 1, name -> "models/lora-sql"),
            events,
            options.version().freesUnhashedFirst());
    int steps = 0;
    for (String line : lines(version + "-" + capture)) {
      JsonNode step = JSON.readTree(line);
      String name = step.path("step").asText();
      if (step.path("reset").asBoolean()) {
        assertThat(engine.resetCache()).as(name).isTrue();
      }
      List<EngineRequest> requests = requests(step);
      requests.forEach(engine::submit);
      List<String> payloads = new ArrayList<>();
      step.path("payloads").forEach(payload -> payloads.add(payload.asText()));
      int sent = 0;
      while (!engine.idle()) {
        engine.step();
        List<CacheEvent> batch = events.take();
        if (!batch.isEmpty()) {
          assertThat(sent).as(name).isLessThan(payloads.size());
          byte[] theirs = HexFormat.of().parseHex(payloads.get(sent));
          double time = ByteBuffer.wrap(theirs).getDouble(2);
          assertThat(HexFormat.of().formatHex(encoder.batch(time, batch, 0)))
              .as("%s, message %d", name, sent)
              .isEqualTo(payloads.get(sent));
          sent++;
        }
      }
      assertThat(sent).as("messages of %s", name).isEqualTo(payloads.size());
      assertThat(requests.stream().mapToInt(EngineRequest::cachedTokens).max().orElse(0))
          .as("cached tokens of %s", name)
          .isEqualTo(step.path("cached").asInt());
      steps++;
    }
    assertThat(steps).isGreaterThan(6);
  }

  private static List<EngineRequest> requests(JsonNode step) {
    List<EngineRequest> requests = new ArrayList<>();
    for (JsonNode sequence : step.path("sequences")) {
      int[] output = ints(sequence.path("output"));
      EngineRequest request =
          new EngineRequest(
              ints(sequence.path("prompt")),
              step.path("lora").asText(),
              step.path("salt").asText(),
              output.length,
              Integer.MAX_VALUE,
              position -> output[position]);
      if (step.path("logprobs").asBoolean()) {
        request.withoutCacheHits();
      }
      requests.add(request);
    }
    return requests;
  }

  private static int[] ints(JsonNode list) {
    int[] ints = new int[list.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = list.get(i).asInt();
    }
    return ints;
  }

  private static List<String> lines(String name) throws IOException {
    String resource = "/vllm/" + name + ".jsonl";
    try (InputStream in = CapturedEventsTest.class.getResourceAsStream(resource)) {
      assertThat(in).as(resource).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }
}
