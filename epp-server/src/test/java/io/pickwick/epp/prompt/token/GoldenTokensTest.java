package io.pickwick.epp.prompt.token;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The ids of the Hugging Face library and of real servers, from files. */
class GoldenTokensTest {
  @ParameterizedTest
  @FieldSource("io.pickwick.epp.prompt.token.Samples#BYTE_LEVEL")
  void theIdsOfTheLibraryComeOut(String name) throws Exception {
    Tokenizer tokenizer = Tokenizers.load(Samples.file(name));
    assertThat(tokenizer).isInstanceOf(BytePairTokenizer.class);
    List<String> texts = Samples.texts();
    List<int[][]> ids = Samples.ids(name);
    assertThat(ids).hasSameSizeAs(texts);
    // Twice: the second time words come from the cache.
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < texts.size(); i++) {
        String what = name + " text " + i + " round " + round + ": " + texts.get(i);
        assertThat(Samples.encode(tokenizer, texts.get(i), false))
            .as(what)
            .isEqualTo(ids.get(i)[0]);
        assertThat(Samples.encode(tokenizer, texts.get(i), true)).as(what).isEqualTo(ids.get(i)[1]);
      }
    }
  }

  @Test
  void serversAnswersComeOut() throws Exception {
    Tokenizer tokenizer = Tokenizers.load(Samples.file("tiny"));
    assertThat(tokenizer).isInstanceOf(BytePairTokenizer.class);
    try (InputStream in =
        Objects.requireNonNull(Samples.class.getResourceAsStream("captured.json"))) {
      JsonNode captured = new ObjectMapper().readTree(in);
      assertThat(captured).hasSize(9);
      for (JsonNode answer : captured) {
        int[] expected =
            IntStream.range(0, answer.path("ids").size())
                .map(i -> answer.path("ids").path(i).asInt())
                .toArray();
        String text = answer.path("text").asText();
        assertThat(Samples.encode(tokenizer, text, false)).as(text).isEqualTo(expected);
        assertThat(Samples.encode(tokenizer, text, true)).as(text).isEqualTo(expected);
      }
    }
  }

  @Test
  void aTokenHasItsText() throws Exception {
    Tokenizer tokenizer = Tokenizers.load(Samples.file("tiny"));
    StringBuilder text = new StringBuilder();
    tokenizer.encode(
        "<|im_start|>user\nrange(1200)",
        false,
        id -> text.append(tokenizer.text(id).orElseThrow()));
    assertThat(text).hasToString("<|im_start|>user\nrange(1200)");
    int half = Samples.encode(tokenizer, "ö", false)[0];
    assertThat(tokenizer.text(half)).contains("\uFFFD");
    assertThat(tokenizer.text(-1)).isEmpty();
    assertThat(tokenizer.text(2048)).isEmpty();
  }

  @Test
  void aLoneSurrogateCountsAsAQuestionMark() throws Exception {
    Tokenizer tokenizer = Tokenizers.load(Samples.file("qwen2"));
    assertThat(Samples.encode(tokenizer, "a\uD83Db \uDC4D", false))
        .isEqualTo(Samples.encode(tokenizer, "a?b ?", false));
  }

  @Test
  void bytesThatAreNoTextHurtNobody() throws Exception {
    byte[][] texts = {
      {(byte) 0xFF},
      {(byte) 0xF0, (byte) 0x9F, (byte) 0x91},
      {'a', (byte) 0x80, (byte) 0xE4, (byte) 0xB8},
      {(byte) 0xF4, (byte) 0xBF, (byte) 0xBF, (byte) 0xBF, (byte) 0xC3},
      {' ', (byte) 0xED, (byte) 0xA0, (byte) 0x80}
    };
    for (String name : Samples.BYTE_LEVEL) {
      Tokenizer tokenizer = Tokenizers.load(Samples.file(name));
      for (byte[] text : texts) {
        IdList ids = new IdList(8);
        tokenizer.encode(text, 0, text.length, ids);
        assertThat(ids.toArray()).isNotEmpty();
        tokenizer.seams(text);
      }
    }
  }

  @Test
  void onlyTheRangeIsRead() throws Exception {
    Tokenizer tokenizer = Tokenizers.load(Samples.file("llama3"));
    byte[] text = "x<|eot_id|> hello world  y".getBytes(StandardCharsets.UTF_8);
    IdList ids = new IdList(8);
    tokenizer.encode(text, 12, 23, ids);
    assertThat(ids.toArray()).isEqualTo(Samples.encode(tokenizer, "hello world", false));
  }

  @Test
  void threadsShareATokenizer() throws Exception {
    Tokenizer tokenizer = Tokenizers.load(Samples.file("o200k"));
    List<String> texts = Samples.texts();
    List<int[][]> ids = Samples.ids("o200k");
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Callable<Integer>> tasks =
          IntStream.range(0, 16)
              .<Callable<Integer>>mapToObj(task ->
                  () -> {
                    int wrong = 0;
                    for (int i = 0; i < texts.size(); i++) {
                      int text = (i * 7 + task * 31) % texts.size();
                      int[] got = Samples.encode(tokenizer, texts.get(text), false);
                      if (!Arrays.equals(got, ids.get(text)[0])) {
                        wrong++;
                      }
                    }
                    return wrong;
                  })
              .toList();
      for (Future<Integer> result : threads.invokeAll(tasks)) {
        assertThat(result.get()).isZero();
      }
    }
  }
}
