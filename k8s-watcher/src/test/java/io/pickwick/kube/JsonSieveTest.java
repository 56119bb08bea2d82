package io.pickwick.kube;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JsonSieveTest {
  private static final List<String> NAMES = List.of("spec", "managedFields");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "{\"spec\":{\"a\":[1,{}]},\"b\":2}|{\"spec\":0,\"b\":2}",
        "{\"spec\" : [ 1, \"]\" ] , \"b\":2}|{\"spec\" : 0 , \"b\":2}",
        "{\"a\":{\"managedFields\":[{\"f:\\\"}\":{}}]}}|{\"a\":{\"managedFields\":0}}",
        "{\"labels\":{\"spec\":\"{\",\"managedFields\":\"x\"}}|{\"labels\":{\"spec\":\"{\",\"managedFields\":\"x\"}}",
        "{\"a\":\"spec\",\"b\":{}}|{\"a\":\"spec\",\"b\":{}}",
        "[\"spec\",{\"b\":{}}]|[\"spec\",{\"b\":{}}]",
        "{\"spec\":null,\"b\":{\"c\":1}}|{\"spec\":null,\"b\":{\"c\":1}}",
        "{\"aspec\":{\"b\":1},\"spe\":{},\"specs\":{}}|{\"aspec\":{\"b\":1},\"spe\":{},\"specs\":{}}",
        "{\"\\\"spec\":{\"b\":1}}|{\"\\\"spec\":{\"b\":1}}",
        "{\"spec\":{\"a\":\"\\\\\"},\"b\":1}|{\"spec\":0,\"b\":1}",
        "{\"spec\":{\"a\":|{\"spec\":0",
        "nothing of \"JSON|nothing of \"JSON",
      })
  void leavesOutObjectsAndArraysUnderTheNamesAndNothingElse(String text, String left)
      throws IOException {
    for (int piece = 1; piece < text.length() + 1; piece++) {
      assertThat(sifted(text, piece)).isEqualTo(left);
    }
  }

  @Test
  void anyDocumentIsTheSameWithoutThem() throws IOException {
    long seed = System.nanoTime();
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 2000; round++) {
      JsonNode document = any(random, 5);
      String text = random.nextBoolean() ? document.toString() : document.toPrettyString();
      assertThat(MAPPER.readTree(sifted(text, 1 + random.nextInt(30))))
          .as("seed %d: %s", seed, text)
          .isEqualTo(without(document));
    }
  }

  @Test
  void readsByteByByteToo() throws IOException {
    try (InputStream in = new JsonSieve(stream("{\"spec\":{},\"é\":1}"), NAMES)) {
      StringBuilder read = new StringBuilder();
      for (int it = in.read(); it >= 0; it = in.read()) {
        read.append((char) it);
      }
      assertThat(read).hasToString("{\"spec\":0,\"Ã©\":1}");
    }
  }

  private static String sifted(String text, int piece) throws IOException {
    try (InputStream in =
        new JsonSieve(
            new java.io.FilterInputStream(stream(text)) {
              @Override
              public int read(byte[] bytes, int offset, int length) throws IOException {
                return super.read(bytes, offset, Math.min(piece, length));
              }
            },
            NAMES)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(UTF_8));
  }

  private static JsonNode without(JsonNode node) {
    if (node instanceof ObjectNode object) {
      ObjectNode left = MAPPER.createObjectNode();
      object
          .properties()
          .forEach(field ->
              left.set(
                  field.getKey(),
                  NAMES.contains(field.getKey()) && field.getValue().isContainerNode()
                      ? IntNode.valueOf(0)
                      : without(field.getValue())));
      return left;
    } else if (node instanceof ArrayNode array) {
      ArrayNode left = MAPPER.createArrayNode();
      array.forEach(item -> left.add(without(item)));
      return left;
    }
    return node;
  }

  private static JsonNode any(RandomGenerator random, int depth) {
    return switch (random.nextInt(depth == 0 ? 3 : 6)) {
      case 0 -> MAPPER.getNodeFactory().textNode(text(random));
      case 1 -> IntNode.valueOf(random.nextInt(100));
      case 2 -> MAPPER.nullNode();
      case 3 -> {
        ArrayNode array = MAPPER.createArrayNode();
        for (int i = random.nextInt(4); i > 0; i--) {
          array.add(any(random, depth - 1));
        }
        yield array;
      }
      default -> {
        ObjectNode object = MAPPER.createObjectNode();
        for (int i = random.nextInt(5); i > 0; i--) {
          object.set(text(random), any(random, depth - 1));
        }
        yield object;
      }
    };
  }

  private static String text(RandomGenerator random) {
    return List.of(
            "spec",
            "managedFields",
            "status",
            "",
            "\"spec",
            "spec\"",
            "}",
            "]\\",
            "{\"spec\":{",
            "é")
        .get(random.nextInt(10));
  }
}
