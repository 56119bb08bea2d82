package io.pickwick.kv.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Every captured frame is read as msgspec, which vLLM itself uses, reads it. */
class CapturedFramesTest {
  static final List<String> FOLDERS = Captured.FOLDERS;

  private static final List<String> PLACES =
      List.of(
          "type",
          "block_hashes",
          "parent_block_hash",
          "token_ids",
          "block_size",
          "lora_id",
          "medium",
          "lora_name",
          "extra_keys",
          "group_idx",
          "kv_cache_spec_kind");

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void readsEveryCapturedFrame(String folder) {
    BatchDecoder decoder = new BatchDecoder();
    List<Captured.Frame> frames = Captured.frames(folder);
    assertThat(frames).isNotEmpty();
    for (Captured.Frame frame : frames) {
      Seen.Sink sink = new Seen.Sink();
      byte[] payload = frame.payload();
      BatchDecoder.Result result = decoder.decode(payload, 0, payload.length, sink);
      List<Seen> expected = new ArrayList<>();
      frame.batch().get(1).forEach(event -> expected.add(expected(event)));
      assertThat(sink.seen).as("%s %d", folder, frame.sequence()).isEqualTo(expected);
      assertThat(BatchDecoder.rankOf(payload, 0, payload.length))
          .isEqualTo(frame.batch().get(2).asInt());
      assertThat(result.unreadable()).isZero();
    }
  }

  private static Seen expected(JsonNode event) {
    return switch (field(event, "type").asText()) {
      case "BlockStored" -> {
        List<Integer> tokens = new ArrayList<>();
        field(event, "token_ids").forEach(token -> tokens.add(token.asInt()));
        boolean extra = false;
        for (JsonNode keys : field(event, "extra_keys")) {
          extra |= !keys.isNull();
        }
        JsonNode parent = field(event, "parent_block_hash");
        yield new Seen.Stored(
            hashes(event),
            isTold(parent) ? List.of(hash(parent)) : List.of(),
            field(event, "block_size").asInt(),
            tokens,
            Medium.GPU,
            0,
            true,
            true,
            isTold(field(event, "lora_name")) ? field(event, "lora_name").asText() : "",
            field(event, "lora_id").asLong(-1),
            extra,
            false);
      }
      case "BlockRemoved" -> new Seen.Removed(hashes(event), Medium.GPU, 0);
      case "AllBlocksCleared" -> new Seen.Cleared();
      default -> throw new IllegalStateException("unknown " + event);
    };
  }

  private static boolean isTold(JsonNode value) {
    return !value.isNull() && !value.isMissingNode();
  }

  private static JsonNode field(JsonNode event, String name) {
    if (event.isObject()) {
      return event.path(name);
    }
    return event.path(PLACES.indexOf(name));
  }

  private static List<Long> hashes(JsonNode event) {
    List<Long> hashes = new ArrayList<>();
    field(event, "block_hashes").forEach(hash -> hashes.add(hash(hash)));
    return hashes;
  }

  /** Digests are written as {@code hex:…}, large numbers as strings. */
  private static long hash(JsonNode value) {
    String text = value.asText();
    if (text.startsWith("hex:")) {
      return new BigInteger(text.substring(4), 16).longValue();
    }
    return new BigInteger(text).longValue();
  }
}
