package io.pickwick.epp.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiTest {
  @ParameterizedTest
  @CsvSource({
    "/v1/chat/completions, CHAT_COMPLETIONS",
    "/chat/completions, CHAT_COMPLETIONS",
    "/team/a/v1/chat/completions?api-version=2, CHAT_COMPLETIONS",
    "/v1/completions, COMPLETIONS",
    "/v1/embeddings, EMBEDDINGS",
    "/v1/responses, RESPONSES",
    "/v1/messages, MESSAGES",
    "/anthropic/v1/messages?beta=true, MESSAGES",
    "/inference/v1/generate, GENERATE"
  })
  void knowsItsPaths(String path, Api api) {
    assertThat(Api.of("POST", path)).isEqualTo(api);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/chat/completions/render",
        "/v1/completions/render",
        "/v1/messages/count_tokens",
        "/v1/threads/t1/messages",
        "/v1/responses/resp_1/cancel",
        "/v1/models",
        "/tokenize",
        "/generate",
        "/v1/audio/transcriptions?next=/v1/chat/completions",
        "/",
        ""
      })
  void passesOthersThrough(String path) {
    assertThat(Api.of("POST", path)).isEqualTo(Api.PASSTHROUGH);
  }

  @Test
  void readsNoBodyOfOtherMethods() {
    assertThat(Api.of("GET", "/v1/responses")).isEqualTo(Api.PASSTHROUGH);
    assertThat(Api.of("", "/v1/chat/completions")).isEqualTo(Api.PASSTHROUGH);
  }
}
