package io.pickwick.epp.prompt.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The Java tokenizer beside the native library, wherever that loads. */
class NativeComparisonTest {
  private static final int TEXTS = 500;

  @ParameterizedTest
  @FieldSource("io.pickwick.epp.prompt.token.Samples#BYTE_LEVEL")
  void randomTextsHaveTheSameIds(String name) throws Exception {
    Tokenizer tokenizer = Tokenizers.load(Samples.file(name));
    NativeTokenizer library = library(name);
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < TEXTS; i++) {
      String text = Samples.random(random, random.nextInt(1, 30));
      assertThat(Samples.encode(tokenizer, text, false))
          .as("%s, seed %d, text %d: %s", name, seed, i, text)
          .isEqualTo(Samples.encode(library, text, false));
    }
    assertThat(library.before()).isEqualTo(tokenizer.before());
    assertThat(library.after()).isEqualTo(tokenizer.after());
  }

  @ParameterizedTest
  @FieldSource("io.pickwick.epp.prompt.token.Samples#BYTE_LEVEL")
  void charactersOfEveryBlockHaveTheSameIds(String name) throws Exception {
    Tokenizer tokenizer = Tokenizers.load(Samples.file(name));
    NativeTokenizer library = library(name);
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    StringBuilder text = new StringBuilder();
    for (int block = 0; block < 0x30000; block += 64) {
      int codePoint = block + random.nextInt(64);
      if (Character.getType(codePoint) != Character.SURROGATE) {
        text.append("a\u0301")
            .appendCodePoint(codePoint)
            .append("\u0323 '")
            .appendCodePoint(codePoint)
            .append("b ")
            .appendCodePoint(codePoint)
            .appendCodePoint(codePoint)
            .append("\n1")
            .appendCodePoint(codePoint);
      }
    }
    assertThat(Samples.encode(tokenizer, text.toString(), false))
        .as("%s, seed %d", name, seed)
        .isEqualTo(Samples.encode(library, text.toString(), false));
  }

  @ParameterizedTest
  @FieldSource("io.pickwick.epp.prompt.token.Samples#BYTE_LEVEL")
  void partsBetweenSeamsGiveTheIdsOfTheWhole(String name) throws Exception {
    Tokenizer tokenizer = Tokenizers.load(Samples.file(name));
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    int cuts = 0;
    for (int i = 0; i < TEXTS; i++) {
      String text = Samples.random(random, random.nextInt(1, 60));
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      int[] seams = tokenizer.seams(utf8);
      IdList parts = new IdList(16);
      int from = 0;
      for (int seam : seams) {
        // Not every seam need be used.
        if (random.nextBoolean()) {
          tokenizer.encode(utf8, from, seam, parts);
          from = seam;
          cuts++;
        }
      }
      tokenizer.encode(utf8, from, utf8.length, parts);
      assertThat(parts.toArray())
          .as("%s, seed %d, text %d: %s", name, seed, i, text)
          .isEqualTo(Samples.encode(tokenizer, text, false));
    }
    assertThat(cuts).as("cuts of %s, seed %d", name, seed).isGreaterThan(TEXTS / 50);
  }

  @Test
  void whatIsNotByteLevelGoesToTheLibrary() throws Exception {
    library("clip");
    Tokenizer tokenizer = Tokenizers.load(Samples.file("clip"));
    assertThat(tokenizer).isInstanceOf(NativeTokenizer.class);
    assertThat(tokenizer.kind()).isEqualTo("native");
    for (int i = 0; i < Samples.texts().size(); i++) {
      assertThat(Samples.encode(tokenizer, Samples.texts().get(i), false))
          .isEqualTo(Samples.ids("clip").get(i)[0]);
    }
    assertThat(tokenizer.seams("a\nb<|endoftext|>c".getBytes(StandardCharsets.UTF_8))).isEmpty();
    int id = Samples.encode(tokenizer, "<|endoftext|>", false)[0];
    assertThat(tokenizer.text(id)).contains("<|endoftext|>");
    assertThat(tokenizer.text(1 << 20)).isEmpty();
  }

  private static NativeTokenizer library(String name) throws TokenizerException {
    try {
      return Tokenizers.loadNative(Samples.file(name));
    } catch (TokenizerException e) {
      return abort("no native library here: " + e.getMessage());
    }
  }
}
