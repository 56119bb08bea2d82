package io.pickwick.epp.prompt.token;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a {@code tokenizer_config.json} changes in the tokenizer beside it, as transformers 5 does
 * when it opens both ({@code TokenizersBackend.__init__}): tokens that the tokenizer doesn't know
 * are added, and {@code add_bos_token} or {@code add_eos_token}, if one is there, decide what is
 * put around a text.
 */
final class TokenizerConfig {
  private static final List<String> LISTED =
      List.of("additional_special_tokens", "extra_special_tokens");
  private static final String ADDED = "added_tokens";

  private final ObjectNode tokenizer;
  private final JsonNode config;
  private final Map<String, Integer> ids = new HashMap<>();
  private int largest = -1;

  private TokenizerConfig(ObjectNode tokenizer, JsonNode config) {
    this.tokenizer = tokenizer;
    this.config = config;
  }

  /** The tokenizer as both files make it. */
  static JsonNode apply(JsonNode tokenizer, JsonNode config) {
    if (!tokenizer.isObject()) {
      return tokenizer;
    }
    // Shallow on purpose: the vocabulary is large and stays as it is.
    ObjectNode copy = JsonNodeFactory.instance.objectNode();
    copy.setAll((ObjectNode) tokenizer);
    TokenizerConfig both = new TokenizerConfig(copy, config);
    both.addTokens();
    both.surround();
    return copy;
  }

  private void addTokens() {
    ArrayNode added = JsonNodeFactory.instance.arrayNode();
    for (JsonNode token : tokenizer.path(ADDED)) {
      added.add(token);
      ids.put(token.path("content").asText(), token.path("id").asInt());
      largest = Math.max(largest, token.path("id").asInt());
    }
    List<Map.Entry<String, JsonNode>> numbered =
        new ArrayList<>(config.path("added_tokens_decoder").properties());
    numbered.sort(Comparator.comparingInt(entry -> number(entry.getKey())));
    numbered.forEach(entry -> add(added, entry.getValue(), false));
    SpecialTokens.NAMES.forEach(name -> add(added, config.path(name), true));
    LISTED.forEach(name -> {
      if (config.path(name).isArray()) {
        config.path(name).forEach(token -> add(added, token, true));
      }
    });
    tokenizer.set(ADDED, added);
  }

  private void add(ArrayNode added, JsonNode token, boolean named) {
    Optional<String> content = content(token);
    if (content.isEmpty() || ids.containsKey(content.get())) {
      return;
    }
    JsonNode vocabulary = tokenizer.path("model").path("vocab");
    JsonNode inModel = vocabulary.path(content.get());
    int id = inModel.isInt() ? inModel.asInt() : Math.max(largest + 1, vocabulary.size());
    boolean special = named || token.path("special").asBoolean(false);
    added
        .addObject()
        .put("id", id)
        .put("content", content.get())
        .put("single_word", token.path("single_word").asBoolean(false))
        .put("lstrip", token.path("lstrip").asBoolean(false))
        .put("rstrip", token.path("rstrip").asBoolean(false))
        .put("normalized", token.path("normalized").asBoolean(!special))
        .put("special", special);
    ids.put(content.get(), id);
    largest = Math.max(largest, id);
  }

  private void surround() {
    if (!config.has("add_bos_token") && !config.has("add_eos_token")) {
      return;
    }
    ObjectNode template = JsonNodeFactory.instance.objectNode();
    template.put("type", "TemplateProcessing");
    ArrayNode single = template.putArray("single");
    ArrayNode pair = template.putArray("pair");
    ObjectNode special = template.putObject("special_tokens");
    if (config.path("add_bos_token").asBoolean(false)) {
      put("bos_token", single, special);
    }
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    if (config.path("add_eos_token").asBoolean(false)) {
      put("eos_token", single, special);
    }
    pair.addAll(single);
    pair.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
    tokenizer.set("post_processor", template);
  }

  private void put(String name, ArrayNode single, ObjectNode special) {
    content(config.path(name))
        .ifPresent(content -> {
          single.addObject().putObject("SpecialToken").put("id", content).put("type_id", 0);
          ObjectNode token = special.putObject(content).put("id", content);
          token.putArray("ids").add(ids.getOrDefault(content, 0));
          token.putArray("tokens").add(content);
        });
  }

  private static Optional<String> content(JsonNode token) {
    JsonNode content = token.isObject() ? token.path("content") : token;
    return content.isTextual() && !content.asText().isEmpty()
        ? Optional.of(content.asText())
        : Optional.empty();
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return Integer.MAX_VALUE;
    }
  }
}
