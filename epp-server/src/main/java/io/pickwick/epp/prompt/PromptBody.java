package io.pickwick.epp.prompt;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.pickwick.epp.request.Api;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Reads from a whole body what the model is asked to read.
 *
 * <p>In one pass and without a tree, as there may be a hundred thousand token ids. A conversation
 * is left to who renders or asks for it, who reads all of it anyhow.
 */
public final class PromptBody {
  /** Bodies were bounded and checked by the scanner; its depth of 128 is the deepest. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(200)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(10_000)
                  .build())
          .build();

  /** Members that make a prompt unpredictable when they are given, and why. */
  private static final Map<String, String> HINDRANCES =
      Map.of(
          "prompt_logprobs", "with prompt_logprobs the cache is not used",
          "truncate_prompt_tokens", "the prompt is truncated (truncate_prompt_tokens)",
          "prompt_embeds", "the prompt is given as embeddings",
          "features", "the request has images or other features");

  private static final PromptInput EMPTY = new PromptInput.Unpredictable("the prompt is empty");

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
      return switch (api) {
        case CHAT_COMPLETIONS -> new PromptInput.Chat(in.readAllBytes());
        case COMPLETIONS, GENERATE -> {
          try (JsonParser parser = JSON.createParser(in)) {
            yield read(api, parser);
          }
        }
        case EMBEDDINGS, RESPONSES, MESSAGES, PASSTHROUGH ->
            new PromptInput.Unpredictable("this API's prompts are estimated");
      };
    } catch (IOException e) {
      return new PromptInput.Unpredictable("the body can't be read: " + e.getMessage());
    }
  }

  /** Why a prompt can't be foretold, by the members that its body gives. */
  static Optional<String> hindrance(Predicate<String> given) {
    return HINDRANCES.entrySet().stream()
        .filter(one -> given.test(one.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** Of a repeated member the last counts, as for Python's {@code json}. */
  private static PromptInput read(Api api, JsonParser in) throws IOException {
    if (in.nextToken() != JsonToken.START_OBJECT) {
      return new PromptInput.Unpredictable("the body is not an object");
    }
    PromptInput prompt = EMPTY;
    JsonToken special = JsonToken.VALUE_TRUE;
    Set<String> given = new TreeSet<>();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      JsonToken value = in.nextToken();
      if (name.equals("prompt") && api == Api.COMPLETIONS) {
        prompt = prompt(in, value);
      } else if (name.equals("token_ids") && api == Api.GENERATE) {
        prompt = ids(in, value);
      } else if (name.equals("add_special_tokens")) {
        special = value;
        in.skipChildren();
      } else {
        in.skipChildren();
        if (value == JsonToken.VALUE_NULL) {
          given.remove(name);
        } else if (HINDRANCES.containsKey(name)) {
          given.add(name);
        }
      }
    }
    Optional<String> hindrance = hindrance(given::contains);
    if (hindrance.isPresent()) {
      return new PromptInput.Unpredictable(hindrance.get());
    }
    if (api == Api.COMPLETIONS && !special.isBoolean()) {
      return new PromptInput.Unpredictable("add_special_tokens is neither true nor false");
    }
    return prompt instanceof PromptInput.Text text
        ? new PromptInput.Text(text.text(), special == JsonToken.VALUE_TRUE)
        : prompt;
  }

  /** A text, token ids, or a list of one of them. */
  private static PromptInput prompt(JsonParser in, JsonToken value) throws IOException {
    if (value != JsonToken.START_ARRAY) {
      return one(in, value);
    }
    JsonToken first = in.nextToken();
    if (first.isNumeric() || first == JsonToken.END_ARRAY) {
      return rest(in, first);
    }
    PromptInput one = one(in, first);
    if (in.nextToken() == JsonToken.END_ARRAY) {
      return one;
    }
    do {
      in.skipChildren();
    } while (in.nextToken() != JsonToken.END_ARRAY);
    return new PromptInput.Unpredictable("the request has several prompts");
  }

  private static PromptInput one(JsonParser in, JsonToken value) throws IOException {
    return value == JsonToken.VALUE_STRING
        ? new PromptInput.Text(in.getText(), true)
        : ids(in, value);
  }

  private static PromptInput ids(JsonParser in, JsonToken value) throws IOException {
    if (value != JsonToken.START_ARRAY) {
      in.skipChildren();
      return EMPTY;
    }
    return rest(in, in.nextToken());
  }

  /** Token ids from this one to the array's end. */
  private static PromptInput rest(JsonParser in, JsonToken first) throws IOException {
    int[] ids = new int[256];
    int count = 0;
    boolean wrong = false;
    for (JsonToken next = first; next != JsonToken.END_ARRAY; next = in.nextToken()) {
      if (next != JsonToken.VALUE_NUMBER_INT
          || in.getNumberType() != NumberType.INT
          || in.getIntValue() < 0) {
        wrong = true;
        in.skipChildren();
        continue;
      }
      if (count == ids.length) {
        ids = Arrays.copyOf(ids, 2 * count);
      }
      ids[count++] = in.getIntValue();
    }
    if (wrong) {
      return new PromptInput.Unpredictable("a token id is not an integer from 0 to 2147483647");
    }
    return count == 0 ? EMPTY : new PromptInput.Ids(Arrays.copyOf(ids, count));
  }
}
