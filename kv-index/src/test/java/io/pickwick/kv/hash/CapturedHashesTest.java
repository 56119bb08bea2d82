package io.pickwick.kv.hash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pickwick.kv.event.Captured;
import io.pickwick.kv.event.Captured.Frame;
import io.pickwick.kv.hash.ExtraKeys.Adapter;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Every hash that running servers stored follows from its tokens and its parent. */
class CapturedHashesTest {
  static final List<String> FOLDERS = Captured.FOLDERS;

  /** As `--lora-modules` had it. */
  private static final String ADAPTER_PATH = "models/lora-sql";

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void followFromTokensAndParents(String folder) {
    Map<String, TokenChain.Mark> marks = new HashMap<>();
    int stored = 0;
    int adapted = 0;
    for (Frame frame : Captured.frames(folder)) {
      for (JsonNode event : frame.batch().get(1)) {
        if (!Stored.is(event)) {
          continue;
        }
        Stored blocks = Stored.of(event);
        String about = folder + ", " + frame.step() + ", seq " + frame.sequence();
        TokenChain chain = chain(folder, blocks, marks, about);
        int size = blocks.blockSize();
        for (int block = 0; block < blocks.hashes().size(); block++) {
          int before = chain.blocks();
          blocks.tokens().subList(block * size, (block + 1) * size).forEach(chain::add);
          String hash = blocks.hashes().get(block);
          assertThat(text(chain, before, hash)).as(about).isEqualTo(hash);
          marks.put(hash, chain.mark());
          stored++;
        }
        adapted += blocks.adapter().isEmpty() ? 0 : 1;
      }
    }
    assertThat(stored).as(folder).isGreaterThanOrEqualTo(4);
    assertThat(adapted).as(folder).matches(count -> count > 0 == folder.endsWith("/full"));
  }

  private static TokenChain chain(
      String folder, Stored blocks, Map<String, TokenChain.Mark> marks, String about) {
    if (blocks.parent().isPresent()) {
      return TokenChain.resumed(
          Objects.requireNonNull(marks.get(blocks.parent().get()), about + ": no such parent"));
    }
    boolean unseeded = folder.contains("noseed");
    String algorithm = folder.replaceAll("^[^/]*/|-.*$", "");
    HashScheme scheme =
        new HashScheme(
            HashAlgorithm.named(algorithm).orElse(HashAlgorithm.SHA256_CBOR),
            unseeded ? Optional.empty() : Optional.of("0"),
            blocks.blockSize(),
            ExtraForm.ofVersion(folder.replaceAll("^vllm-|/.*$", "")));
    ExtraKeys extra =
        new ExtraKeys(
            blocks.adapter().isEmpty()
                ? Optional.empty()
                : Optional.of(new Adapter(blocks.adapter(), 1, ADAPTER_PATH)),
            List.of(),
            blocks.salt(),
            Optional.empty());
    return new TokenChain(scheme, extra, 77);
  }

  private static String text(TokenChain chain, int block, String like) {
    assertThat(PromptKeys.separated(77, chain.raw(block))).isEqualTo(chain.key(block));
    return like.startsWith("hex:")
        ? "hex:" + HexFormat.of().formatHex(chain.digest())
        : Long.toUnsignedString(chain.raw(block));
  }

  /** A BlockStored in either encoding. */
  private record Stored(
      List<String> hashes,
      Optional<String> parent,
      List<Integer> tokens,
      int blockSize,
      String adapter,
      String salt) {
    static boolean is(JsonNode event) {
      return (event.isArray() ? event.get(0) : event.get("type")).asText().equals("BlockStored");
    }

    static Stored of(JsonNode event) {
      JsonNode adapter = field(event, 7, "lora_name");
      String name = adapter.isTextual() ? adapter.asText() : "";
      JsonNode parent = field(event, 2, "parent_block_hash");
      return new Stored(
          stream(field(event, 1, "block_hashes")).map(JsonNode::asText).toList(),
          parent.isNull() ? Optional.empty() : Optional.of(parent.asText()),
          stream(field(event, 3, "token_ids")).map(JsonNode::asInt).toList(),
          field(event, 4, "block_size").asInt(),
          name,
          stream(field(event, 8, "extra_keys").path(0))
              .map(JsonNode::asText)
              .filter(key -> !key.equals(name))
              .findFirst()
              .orElse(""));
    }

    private static JsonNode field(JsonNode event, int index, String name) {
      return event.isArray() ? event.path(index) : event.path(name);
    }

    private static Stream<JsonNode> stream(JsonNode array) {
      return StreamSupport.stream(array.spliterator(), false);
    }
  }
}
