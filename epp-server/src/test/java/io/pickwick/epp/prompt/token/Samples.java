package io.pickwick.epp.prompt.token;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;

/** The tokenizers and texts of the test resources; {@code make.py} there made them. */
final class Samples {
  /** Tokenizers that the Java one reads, one for each pre-tokenizer of the field. */
  static final List<String> BYTE_LEVEL =
      List.of(
          "gpt2",
          "llama3",
          "qwen2",
          "qwen35",
          "o200k",
          "tekken",
          "deepseek3",
          "deepseek-coder",
          "starcoder",
          "flags");

  private static final String[] PIECES = {
    "a",
    "b",
    "Z",
    "é",
    "ß",
    "ſ",
    "中",
    "文",
    "か",
    "カ",
    "한",
    "ـ",
    "م",
    "א",
    "ि",
    "न",
    "\u0301",
    "\u0323",
    "\u200d",
    "\u200c",
    "\ufe0f",
    "👍",
    "🏽",
    "👩",
    "🇩",
    "❤",
    "'",
    "'s",
    "'LL",
    "'ſ",
    "’",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\n\n",
    "\u00a0",
    "\u3000",
    "\u0085",
    "\u2028",
    "0",
    "7",
    "1234",
    "٣",
    "½",
    ".",
    ",",
    "!",
    "?!",
    "/",
    "-",
    "_",
    "(",
    ")",
    "{",
    "}",
    "<",
    ">",
    "$",
    "€",
    "ǅ",
    "ʰ",
    "ª",
    "the",
    " and",
    "return",
    "public static",
    "\u0000",
    "\u001b",
    "\ufeff",
    "\ue000",
    "<|",
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|start|>",
    "</s>",
    "[INST]",
    "<think>",
    "<l>",
    "<r>",
    "<lr>",
    "<n>",
    "word",
    "café",
    "cafe\u0301",
    "aa",
    "aaaa",
    "\u1100",
    "\u1161",
    "\u212b",
    "<tool_call>",
    "<fim_prefix>",
    "<|EOT|>",
    "<｜User｜>"
  };

  private Samples() {}

  static Path file(String name) {
    URL url = Objects.requireNonNull(Samples.class.getResource(name + ".json"), name);
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<String> texts() {
    try (InputStream in = open("texts.json")) {
      return new ObjectMapper().readValue(in, new TypeReference<List<String>>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The ids of each text: without the post-processor's and with them. */
  static List<int[][]> ids(String name) {
    try (InputStream in = open("ids/" + name + ".txt")) {
      String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Arrays.stream(all.split("\n", -1))
          .limit(all.chars().filter(c -> c == '\n').count())
          .map(Samples::line)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int[] encode(Tokenizer tokenizer, String text, boolean special) {
    IdList ids = new IdList(16);
    tokenizer.encode(text, special, ids);
    return ids.toArray();
  }

  /** A text of pieces that tokenizers treat in different ways, and of any characters. */
  static String random(RandomGenerator random, int pieces) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < pieces; i++) {
      switch (random.nextInt(8)) {
        case 0 -> text.appendCodePoint(assigned(random, 0x250));
        case 1 -> text.appendCodePoint(assigned(random, 0x10000));
        case 2 -> text.appendCodePoint(assigned(random, Character.MAX_CODE_POINT));
        case 3 -> text.repeat(piece(random), random.nextInt(1, 5));
        default -> text.append(piece(random));
      }
    }
    return text.toString();
  }

  private static String piece(RandomGenerator random) {
    return PIECES[random.nextInt(PIECES.length)];
  }

  private static int assigned(RandomGenerator random, int bound) {
    int codePoint;
    do {
      codePoint = random.nextInt(bound);
    } while (Character.getType(codePoint) == Character.SURROGATE);
    return codePoint;
  }

  private static int[][] line(String line) {
    String[] parts = line.split("\\|", -1);
    return new int[][] {numbers(parts[0]), numbers(parts[parts.length - 1])};
  }

  private static int[] numbers(String text) {
    return text.isEmpty()
        ? new int[0]
        : Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
  }

  private static InputStream open(String name) {
    return Objects.requireNonNull(Samples.class.getResourceAsStream(name), name);
  }
}
