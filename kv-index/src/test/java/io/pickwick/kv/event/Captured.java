package io.pickwick.kv.event;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** What running model servers published; see {@code captured/README.md}. */
public final class Captured {
  /** Every folder. */
  public static final List<String> FOLDERS =
      List.of(
          "vllm-0.22.1/evict",
          "vllm-0.22.1/full",
          "vllm-0.22.1/sha256-default",
          "vllm-0.22.1/xxhash_cbor-bytes",
          "vllm-0.32.0/dp2",
          "vllm-0.32.0/evict",
          "vllm-0.32.0/full",
          "vllm-0.32.0/sha256-default",
          "vllm-0.32.0/sha256_cbor-noseed-bytes",
          "vllm-0.32.0/xxhash_cbor");

  private static final ObjectMapper JSON = new ObjectMapper();

  /** A message: its payload, and the batch as another decoder understood it. */
  public record Frame(String step, long sequence, int port, String hex, JsonNode batch) {
    /** The payload's bytes. */
    public byte[] payload() {
      return HexFormat.of().parseHex(hex);
    }
  }

  private Captured() {}

  /** The messages of a folder, in the order in which they came. */
  public static List<Frame> frames(String folder) {
    return lines(folder + "/events.jsonl").stream()
        .map(line ->
            new Frame(
                line.get("step").asText(),
                line.get("seq").asLong(),
                line.path("port").asInt(),
                line.get("payload").asText(),
                line.get("batch")))
        .toList();
  }

  /** The requests of a folder, in their order. */
  public static List<JsonNode> requests(String folder) {
    return lines(folder + "/requests.jsonl");
  }

  private static List<JsonNode> lines(String file) {
    String path = "/captured/" + file;
    List<JsonNode> lines = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(Captured.class.getResourceAsStream(path), path),
                StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(JSON.readTree(line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }
}
