package io.pickwick.bench.simulate;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pickwick.bench.engine.EngineRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A request for completions or a chat, checked as vLLM checks it.
 *
 * @param chat whether it is a chat
 * @param model the model's name as asked for
 * @param stream whether tokens are sent as they come
 * @param includeUsage whether a stream ends with its usage
 * @param continuousUsage whether each chunk of a stream has it too
 * @param choices one sequence for each prompt and each of its {@code n}
 * @param promptTokens the tokens of all prompts together
 */
record InferenceRequest(
    boolean chat,
    String model,
    boolean stream,
    boolean includeUsage,
    boolean continuousUsage,
    List<EngineRequest> choices,
    int promptTokens) {
  /** JSON with room for the largest body. */
  static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final int COMPLETION_TOKENS = 16;
  private static final int NATURAL_TOKENS = 64;
  private static final int MOST_CHOICES = 128;

  InferenceRequest {
    choices = List.copyOf(choices);
  }

  /** Reads and checks a body. */
  static InferenceRequest parse(
      byte[] body, boolean chat, SimulatorOptions options, PodTokens tokens) throws ApiException {
    JsonNode root = object(body);
    String model = model(root, options);
    JsonNode wanted = root.path(chat ? "messages" : "prompt");
    if (wanted.isMissingNode() || wanted.isNull()) {
      throw missing(chat ? "messages" : "prompt", root);
    }
    List<int[]> prompts = new ArrayList<>();
    if (chat) {
      if (!wanted.isArray()) {
        throw invalid("list_type", "messages", "Input should be a valid list");
      }
      prompts.add(tokens.chat(root));
    } else {
      boolean special = root.path("add_special_tokens").asBoolean(true);
      if (wanted.isArray() && !wanted.isEmpty() && !wanted.get(0).isNumber()) {
        for (JsonNode each : wanted) {
          prompts.add(tokens.completion(each, special));
        }
      } else {
        prompts.add(tokens.completion(wanted, special));
      }
    }
    int n = Math.max(1, integer(root, "n", 1));
    if ((long) n * prompts.size() > MOST_CHOICES) {
      throw new ApiException(
          400, "BadRequestError", "n", "At most " + MOST_CHOICES + " choices are simulated.");
    }
    List<EngineRequest> choices = new ArrayList<>();
    int total = 0;
    for (int[] prompt : prompts) {
      total += prompt.length;
      for (int i = 0; i < n; i++) {
        choices.add(
            choice(
                root,
                chat,
                prompt,
                i,
                model.equals(options.model()) ? "" : model,
                options.engine().maxModelLength(),
                tokens));
      }
    }
    JsonNode stream = root.path("stream_options");
    return new InferenceRequest(
        chat,
        model,
        root.path("stream").asBoolean(false),
        stream.path("include_usage").asBoolean(false),
        stream.path("continuous_usage_stats").asBoolean(false),
        choices,
        total);
  }

  /** The body as a JSON object. */
  static JsonNode object(byte[] body) throws ApiException {
    if (body.length == 0) {
      throw new ApiException(
          400,
          "Bad Request",
          "body",
          "1 validation error:\n  {'type': 'missing', 'loc': 'body', 'msg': 'Field required',"
              + " 'input': 'None'}");
    }
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
      throw new ApiException(
          400,
          "Bad Request",
          "body." + at,
          "1 validation error:\n  {'type': 'json_invalid', 'loc': 'body.%d', 'msg': 'JSON decode error', 'input': '<dict of 0 items>', 'ctx': {'error': 'Expecting value'}}"
              .formatted(at));
    } catch (IOException e) {
      throw new ApiException(400, "Bad Request", "body", "There was an error parsing the body");
    }
    if (!root.isObject()) {
      throw new ApiException(
          400,
          "Bad Request",
          "body",
          "1 validation error:\n  {'type': 'model_attributes_type', 'loc': 'body', 'msg': 'Input should be a valid dictionary or object to extract fields from', 'input': '<list of %d items>'}"
              .formatted(root.size()));
    }
    return root;
  }

  /** The model that the body names; the base model when it names none, as in vLLM. */
  static String model(JsonNode root, SimulatorOptions options) throws ApiException {
    JsonNode model = root.path("model");
    if (model.isMissingNode() || model.isNull()) {
      return options.model();
    }
    String name = model.asText();
    if (!name.equals(options.model()) && !options.loras().contains(name)) {
      throw new ApiException(
          404,
          "NotFoundError",
          "model",
          "The model `%s` does not exist. Valid aliases: %s.".formatted(name, options.model()));
    }
    return name;
  }

  private static EngineRequest choice(
      JsonNode root,
      boolean chat,
      int[] prompt,
      int index,
      String lora,
      int longest,
      PodTokens tokens)
      throws ApiException {
    if (prompt.length == 0) {
      throw new ApiException(
          400, "BadRequestError", "prompt", "The decoder prompt cannot be empty");
    }
    if (prompt.length >= longest) {
      throw new ApiException(
          400,
          "BadRequestError",
          "input_tokens",
          "This model's maximum context length is %d tokens. However, your prompt contains %d input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=%d)"
              .formatted(longest, prompt.length, prompt.length));
    }
    int room = longest - prompt.length;
    int limit = integer(root, "max_tokens", chat ? room : COMPLETION_TOKENS);
    if (chat) {
      limit = integer(root, "max_completion_tokens", limit);
    }
    if (limit < 1) {
      throw new ApiException(
          400,
          "BadRequestError",
          "max_tokens",
          "max_tokens must be at least 1, got %d. (parameter=max_tokens, value=%d)"
              .formatted(limit, limit));
    }
    boolean limited =
        root.path("max_tokens").isNumber() || root.path("max_completion_tokens").isNumber();
    boolean endless = limited || root.path("ignore_eos").asBoolean(false);
    int natural =
        endless ? Integer.MAX_VALUE : Math.max(NATURAL_TOKENS, integer(root, "min_tokens", 0));
    EngineRequest request =
        new EngineRequest(
            prompt,
            lora,
            root.path("cache_salt").asText(""),
            Math.min(limit, room),
            natural,
            tokens.answer(prompt, index));
    if (root.path("prompt_logprobs").isNumber()) {
      request.withoutCacheHits();
    }
    JsonNode extra = root.path("vllm_xargs");
    if (extra.path("kv_cache_report_mode").asText().equals("full")) {
      request.reportingHits(extra.path("session_id").asText(""));
    }
    return request;
  }

  private static int integer(JsonNode root, String name, int otherwise) throws ApiException {
    JsonNode value = root.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isIntegralNumber()) {
      throw invalid(
          "int_parsing",
          name,
          "Input should be a valid integer, unable to parse string as an integer");
    }
    return Math.clamp(value.asLong(), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  private static ApiException missing(String name, JsonNode root) {
    return new ApiException(
        400,
        "Bad Request",
        "body." + name,
        "1 validation error:\n  {'type': 'missing', 'loc': 'body.%s', 'msg': 'Field required', 'input': '<dict of %d items>'}"
            .formatted(name, root.size()));
  }

  private static ApiException invalid(String type, String name, String message) {
    return new ApiException(
        400,
        "Bad Request",
        "body." + name,
        "1 validation error:\n  {'type': '%s', 'loc': 'body.%s', 'msg': '%s'}"
            .formatted(type, name, message));
  }
}
