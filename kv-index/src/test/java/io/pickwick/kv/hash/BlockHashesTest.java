package io.pickwick.kv.hash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.kv.hash.ExtraKeys.Adapter;
import io.pickwick.kv.hash.ExtraKeys.MediaSpan;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Every hash of {@code block-hashes.jsonl}, which {@code src/test/golden/block_hashes.py} made. */
class BlockHashesTest {
  private static final List<JsonNode> CASES = read();

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "SGLANG")
  void areThoseOfVllm(HashAlgorithm algorithm) {
    int seen = 0;
    for (JsonNode golden : CASES) {
      if (!golden.get("algorithm").asText().equals(algorithm.label())) {
        continue;
      }
      TokenChain chain = new TokenChain(scheme(golden), extra(golden), 0);
      int[] tokens = tokens(golden.get("tokens"));
      List<String> digests = new ArrayList<>();
      List<Long> published = new ArrayList<>();
      for (int token : tokens) {
        int before = chain.blocks();
        chain.add(token);
        if (chain.blocks() > before) {
          digests.add(hex(algorithm, chain.digest()));
          published.add(chain.raw(before));
        }
      }

      List<String> expected = stream(golden.get("digests")).map(JsonNode::asText).toList();
      assertThat(digests).as(name(golden)).isEqualTo(expected);
      assertThat(published)
          .as(name(golden))
          .isEqualTo(
              expected.stream()
                  .map(hex -> Long.parseUnsignedLong(hex.substring(hex.length() - 16), 16))
                  .toList());
      seen++;
    }
    assertThat(seen).as("cases of %s", algorithm).isGreaterThan(150);
  }

  @Test
  void onePassOverAllAlgorithmsAndFormsIsThere() {
    assertThat(CASES.stream().map(golden -> golden.get("form").asText()).distinct())
        .containsExactlyInAnyOrder(
            Stream.of(ExtraForm.values()).map(Enum::name).toArray(String[]::new));
  }

  private static String hex(HashAlgorithm algorithm, byte[] digest) {
    return algorithm == HashAlgorithm.SHA256_CBOR_64BIT
        ? HexFormat.of().formatHex(digest, digest.length - 8, digest.length)
        : HexFormat.of().formatHex(digest);
  }

  private static String name(JsonNode golden) {
    return golden.get("name").asText() + ", " + golden.get("algorithm") + ", " + golden.get("form");
  }

  private static HashScheme scheme(JsonNode golden) {
    return new HashScheme(
        HashAlgorithm.named(golden.get("algorithm").asText()).orElseThrow(),
        golden.get("seed").isNull() ? Optional.empty() : Optional.of(golden.get("seed").asText()),
        golden.get("blockSize").asInt(),
        ExtraForm.valueOf(golden.get("form").asText()));
  }

  private static ExtraKeys extra(JsonNode golden) {
    return new ExtraKeys(
        Optional.ofNullable(golden.get("adapter"))
            .map(adapter ->
                new Adapter(
                    text(adapter.get("name")),
                    adapter.get("id").asInt(),
                    text(adapter.get("path")))),
        stream(golden.path("media"))
            .map(span -> new MediaSpan(text(span.get(0)), span.get(1).asInt(), span.get(2).asInt()))
            .toList(),
        golden.has("salt") ? text(golden.get("salt")) : "",
        Optional.ofNullable(golden.get("embeds"))
            .map(embeds -> embeds(embeds.get(0).asInt(), embeds.get(1).asInt())));
  }

  private static PromptEmbeds embeds(int tokens, int rowBytes) {
    byte[] rows = new byte[tokens * rowBytes];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (byte) (i * 31 + 7);
    }
    return new PromptEmbeds(rows, rowBytes);
  }

  private static String text(JsonNode spec) {
    return spec.isArray() ? spec.get(0).asText().repeat(spec.get(1).asInt()) : spec.asText();
  }

  private static int[] tokens(JsonNode spec) {
    if (spec.isArray()) {
      return stream(spec).mapToInt(JsonNode::asInt).toArray();
    }
    int[] tokens = new int[spec.get("count").asInt()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] =
          (int)
              ((spec.get("step").asLong() * i + spec.get("first").asLong())
                  % spec.get("below").asLong());
    }
    return tokens;
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  private static List<JsonNode> read() {
    ObjectMapper json = new ObjectMapper();
    List<JsonNode> cases = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    BlockHashesTest.class.getResourceAsStream("block-hashes.jsonl")),
                StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        cases.add(json.readTree(line));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return cases;
  }
}
