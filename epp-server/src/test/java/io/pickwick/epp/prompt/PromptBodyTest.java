package io.pickwick.epp.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.epp.request.Api;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptBodyTest {
  private static PromptInput read(Api api, String body) {
    return PromptBody.read(api, new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)));
  }

  private static void assertText(String body, String text, boolean special) {
    assertThat(read(Api.COMPLETIONS, body)).isEqualTo(new PromptInput.Text(text, special));
  }

  @Test
  void aTextGetsTheTokenizersOwnTokensUnlessTheRequestSaysNo() {
    assertText("{\"prompt\":\"a\\u00e9\"}", "aé", true);
    assertText("{\"prompt\":[\"one\"]}", "one", true);
    assertText("{\"prompt\":\"a\",\"add_special_tokens\":false}", "a", false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"prompt\":[3,2147483647,0]}", "{\"prompt\":[[3,2147483647,0]]}"})
  void idsAreTakenAsTheyAre(String body) {
    assertThat(read(Api.COMPLETIONS, body))
        .isInstanceOfSatisfying(
            PromptInput.Ids.class,
            given -> assertThat(given.ids()).containsExactly(3, Integer.MAX_VALUE, 0));
  }

  @Test
  void theGenerateApiGivesIds() {
    assertThat(read(Api.GENERATE, "{\"token_ids\":[7]}"))
        .isInstanceOfSatisfying(
            PromptInput.Ids.class, given -> assertThat(given.ids()).containsExactly(7));
    assertThat(read(Api.GENERATE, "{\"token_ids\":[7],\"features\":{}}"))
        .isInstanceOf(PromptInput.Unpredictable.class);
  }

  @Test
  void aConversationIsKeptWhole() {
    assertThat(read(Api.CHAT_COMPLETIONS, "{\"messages\":[{\"role\":\"user\"}]}"))
        .isInstanceOfSatisfying(
            PromptInput.Chat.class,
            chat -> assertThat(new String(chat.body(), StandardCharsets.UTF_8)).endsWith("}]}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"prompt\":[\"a\",\"b\"]} | several prompts",
        "{\"prompt\":[[1],[2]]} | several prompts",
        "{\"prompt\":[]} | empty",
        "{\"prompt\":[-1]} | token id",
        "{\"prompt\":[1.5]} | token id",
        "{\"prompt\":[99999999999999999999]} | token id",
        "{\"prompt\":[1,[2]]} | token id",
        "{\"prompt\":[[1,\"a\"]]} | token id",
        "{\"prompt\":[\"a\",[1],{\"b\":[]}]} | several prompts",
        "{\"prompt\":[null]} | empty",
        "{\"prompt\":[[]]} | empty",
        "{\"prompt\":{\"a\":[1]}} | empty",
        "{\"prompt\":[1],\"prompt\":null} | empty",
        "{} | empty",
        "{\"prompt\":\"a\",\"prompt_lo\\u0067probs\":1} | prompt_logprobs",
        "{\"prompt\":[1,\"a\"]} | token id",
        "{\"prompt\":[4294967296]} | token id",
        "{\"prompt\":\"a\",\"prompt_logprobs\":1} | prompt_logprobs",
        "{\"prompt\":\"a\",\"truncate_prompt_tokens\":5} | truncated",
        "{\"prompt_embeds\":\"AA==\"} | embeddings",
        "{\"prompt\":\"a\",\"add_special_tokens\":\"false\"} | neither true nor false",
        "[] | not an object",
        "{\"prompt\": | can't be read",
      })
  void whatCannotBeForetoldSaysWhy(String body, String why) {
    assertThat(read(Api.COMPLETIONS, body))
        .isInstanceOfSatisfying(
            PromptInput.Unpredictable.class, told -> assertThat(told.why()).contains(why));
  }

  @Test
  void ofARepeatedMemberTheLastCounts() {
    assertText("{\"prompt\":[1],\"prompt\":\"a\"}", "a", true);
    assertText("{\"prompt_logprobs\":1,\"prompt\":\"a\",\"prompt_logprobs\":null}", "a", true);
    assertText(
        "{\"add_special_tokens\":true,\"add_special_tokens\":false,\"prompt\":\"a\"}", "a", false);
  }

  @Test
  void whatElseABodyHasIsPassedOver() {
    assertText(
        "{\"a\":{\"prompt\":\"b\"},\"c\":[[{\"prompt\":1}],\"prompt_embeds\"],\"prompt\":\"d\",\"e\":1e9}",
        "d",
        true);
  }

  @Test
  void asManyIdsAsThereAreAreRead() {
    int[] ids = IntStream.range(0, 100_000).toArray();
    String body = "{\"token_ids\":" + Arrays.toString(ids) + ",\"model\":\"m\"}";
    assertThat(read(Api.GENERATE, body))
        .isInstanceOfSatisfying(
            PromptInput.Ids.class, given -> assertThat(given.ids()).isEqualTo(ids));
    assertThat(read(Api.GENERATE, "{\"token_ids\":\"a\"}")).isEqualTo(read(Api.GENERATE, "{}"));
  }

  @Test
  void otherApisAreEstimated() {
    assertThat(PromptBody.readable(Api.RESPONSES)).isFalse();
    assertThat(read(Api.RESPONSES, "{}")).isInstanceOf(PromptInput.Unpredictable.class);
  }
}
