package io.pickwick.epp.prompt;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.epp.request.Api;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads from a whole body what the model is asked to read. */
public final class PromptBody {
  /** Bodies were bounded and checked by the scanner; its depth of 128 is the deepest. */
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(200)
                          .maxStringLength(Integer.MAX_VALUE)
                          .maxNumberLength(10_000)
                          .build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /** Members that make a prompt unpredictable when they are given, and why. */
  private static final Map<String, String> HINDRANCES =
      Map.of(
          "prompt_logprobs", "with prompt_logprobs the cache is not used",
          "truncate_prompt_tokens", "the prompt is truncated (truncate_prompt_tokens)",
          "prompt_embeds", "the prompt is given as embeddings");

  private static final List<byte[]> NAMES =
      HINDRANCES.keySet().stream().map(name -> name.getBytes(UTF_8)).toList();

  private PromptBody() {}

  /** Whether such bodies can be foretold at all. */
  public static boolean readable(Api api) {
    return switch (api) {
      case CHAT_COMPLETIONS, COMPLETIONS, GENERATE -> true;
      case EMBEDDINGS, RESPONSES, MESSAGES, PASSTHROUGH -> false;
    };
  }

  /** Reads a body that the scanner has found to be in order. */
  public static PromptInput read(Api api, InputStream in) {
    try (in) {
      byte[] bytes = in.readAllBytes();
      if (api == Api.CHAT_COMPLETIONS && !mentions(bytes)) {
        return new PromptInput.Chat(bytes);
      }
      if (!(JSON.readTree(bytes) instanceof ObjectNode object)) {
        return new PromptInput.Unpredictable("the body is not an object");
      }
      Optional<String> hindrance =
          HINDRANCES.entrySet().stream()
              .filter(one -> given(object, one.getKey()))
              .map(Map.Entry::getValue)
              .findFirst();
      return hindrance.isPresent()
          ? new PromptInput.Unpredictable(hindrance.get())
          : read(api, bytes, object);
    } catch (IOException e) {
      return new PromptInput.Unpredictable("the body can't be read: " + e.getMessage());
    }
  }

  /** A conversation is long, and parsing it for what is hardly ever there would be a waste. */
  private static boolean mentions(byte[] bytes) {
    for (byte[] name : NAMES) {
      int last = bytes.length - name.length;
      for (int at = 0; at <= last; at++) {
        if (bytes[at] == name[0]
            && Arrays.equals(bytes, at, at + name.length, name, 0, name.length)) {
          return true;
        }
      }
    }
    return false;
  }

  private static PromptInput read(Api api, byte[] bytes, ObjectNode body) {
    return switch (api) {
      case CHAT_COMPLETIONS -> new PromptInput.Chat(bytes);
      case COMPLETIONS -> completion(body);
      case GENERATE ->
          given(body, "features")
              ? new PromptInput.Unpredictable("the request has images or other features")
              : ids(body.path("token_ids"));
      case EMBEDDINGS, RESPONSES, MESSAGES, PASSTHROUGH ->
          new PromptInput.Unpredictable("this API's prompts are estimated");
    };
  }

  private static boolean given(ObjectNode body, String key) {
    JsonNode value = body.path(key);
    return !value.isMissingNode() && !value.isNull();
  }

  private static PromptInput completion(ObjectNode body) {
    JsonNode prompt = body.path("prompt");
    JsonNode special = body.path("add_special_tokens");
    if (!special.isMissingNode() && !special.isBoolean()) {
      return new PromptInput.Unpredictable("add_special_tokens is neither true nor false");
    }
    boolean adds = special.isMissingNode() || special.booleanValue();
    if (prompt.isArray() && prompt.size() == 1 && !prompt.get(0).isNumber()) {
      prompt = prompt.get(0);
    }
    if (prompt.isTextual()) {
      return new PromptInput.Text(prompt.textValue(), adds);
    }
    if (prompt.isArray() && !prompt.isEmpty() && !prompt.get(0).isNumber()) {
      return new PromptInput.Unpredictable("the request has several prompts");
    }
    return ids(prompt);
  }

  private static PromptInput ids(JsonNode array) {
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      JsonNode id = array.get(i);
      if (!id.canConvertToInt() || !id.isIntegralNumber() || id.intValue() < 0) {
        return new PromptInput.Unpredictable("a token id is not an integer from 0 to 2147483647");
      }
      ids[i] = id.intValue();
    }
    return ids.length == 0
        ? new PromptInput.Unpredictable("the prompt is empty")
        : new PromptInput.Ids(ids);
  }
}
