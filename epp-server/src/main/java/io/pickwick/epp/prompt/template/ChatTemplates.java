package io.pickwick.epp.prompt.template;

import io.pickwick.epp.prompt.template.jinja.TemplateException;
import io.pickwick.epp.prompt.token.SpecialTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The chat templates of a model and its special tokens, as its directory has them.
 *
 * <p>Safe for concurrent use.
 */
public final class ChatTemplates {
  /** The model types for which vLLM writes prompts in code, whatever the template says. */
  private static final Set<String> RENDERED_IN_CODE = Set.of("gpt_oss", "kimi_k3", "inkling");

  private static final String DEFAULT = "default";
  private static final String TOOL_USE = "tool_use";

  private final Map<String, ChatTemplate> templates;
  private final Optional<ChatTemplate> processor;
  private final Map<String, Object> specialTokens;
  private final Optional<String> obstacle;
  private final InstantSource clock;

  private ChatTemplates(
      Map<String, ChatTemplate> templates,
      Optional<ChatTemplate> processor,
      Map<String, Object> specialTokens,
      Optional<String> obstacle,
      InstantSource clock) {
    this.templates = templates;
    this.processor = processor;
    this.specialTokens = specialTokens;
    this.obstacle = obstacle;
    this.clock = clock;
  }

  /** One template, without special tokens. */
  public static ChatTemplates of(ChatTemplate template, InstantSource clock) {
    return of(template, Map.of(), clock);
  }

  /** One template and the special tokens it may name. */
  public static ChatTemplates of(
      ChatTemplate template, Map<String, Object> specialTokens, InstantSource clock) {
    return new ChatTemplates(
        Map.of(DEFAULT, template),
        Optional.empty(),
        Map.copyOf(specialTokens),
        Optional.empty(),
        clock);
  }

  /**
   * Loads what a model directory says: {@code chat_template.jinja}, {@code
   * additional_chat_templates/}, {@code chat_template.json} and {@code tokenizer_config.json}.
   * Empty when it has no template.
   *
   * @throws TemplateException when a template is not understood
   */
  public static Optional<ChatTemplates> load(Path directory) throws IOException, TemplateException {
    return load(directory, InstantSource.system());
  }

  /** As above, with the clock that templates read. */
  public static Optional<ChatTemplates> load(Path directory, InstantSource clock)
      throws IOException, TemplateException {
    Map<?, ?> config = object(directory.resolve("tokenizer_config.json"));
    Map<String, String> sources = files(directory);
    if (sources.isEmpty()) {
      sources = configured(config.get("chat_template"));
    }
    Optional<ChatTemplate> processor = Optional.empty();
    Object legacy = object(directory.resolve("chat_template.json")).get("chat_template");
    if (legacy instanceof String source && !sources.containsKey(DEFAULT)) {
      sources.put(DEFAULT, source);
    } else if (legacy instanceof String source
        && !Files.exists(directory.resolve("chat_template.jinja"))) {
      processor = Optional.of(ChatTemplate.parse("chat_template.json", source));
    }
    if (sources.isEmpty()) {
      return Optional.empty();
    }
    Map<String, ChatTemplate> templates = new LinkedHashMap<>();
    for (Map.Entry<String, String> source : sources.entrySet()) {
      String name = "chat template " + source.getKey();
      templates.put(source.getKey(), ChatTemplate.parse(name, source.getValue()));
    }
    return Optional.of(
        new ChatTemplates(
            Map.copyOf(templates),
            processor,
            Map.copyOf(specialTokens(directory, config)),
            obstacle(directory),
            clock));
  }

  private static Map<?, ?> object(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Map.of();
    }
    byte[] json = Files.readAllBytes(file);
    return JsonValues.read(json, 0, json.length) instanceof Map<?, ?> map ? map : Map.of();
  }

  private static Map<String, String> files(Path directory) throws IOException {
    Map<String, String> sources = new LinkedHashMap<>();
    Path only = directory.resolve("chat_template.jinja");
    if (Files.exists(only)) {
      sources.put(DEFAULT, text(only));
    }
    Path more = directory.resolve("additional_chat_templates");
    if (Files.isDirectory(more)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(more, "*.jinja")) {
        for (Path file : found) {
          String name = String.valueOf(file.getFileName());
          sources.put(name.substring(0, name.length() - ".jinja".length()), text(file));
        }
      }
    }
    return sources;
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }

  private static Map<String, String> configured(@Nullable Object setting) {
    Map<String, String> sources = new LinkedHashMap<>();
    if (setting instanceof String source) {
      sources.put(DEFAULT, source);
    } else if (setting instanceof List<?> list) {
      for (Object item : list) {
        if (item instanceof Map<?, ?> named
            && named.get("name") instanceof String name
            && named.get("template") instanceof String source) {
          sources.put(name, source);
        }
      }
    } else if (setting instanceof Map<?, ?> map) {
      map.forEach((name, source) -> {
        if (name instanceof String key && source instanceof String text) {
          sources.put(key, text);
        }
      });
    }
    return sources;
  }

  private static Map<String, Object> specialTokens(Path directory, Map<?, ?> config)
      throws IOException {
    Map<String, Object> tokens = new LinkedHashMap<>();
    addTokens(config, tokens);
    if (!config.containsKey("added_tokens_decoder")) {
      addTokens(object(directory.resolve("special_tokens_map.json")), tokens);
    }
    return tokens;
  }

  private static void addTokens(Map<?, ?> from, Map<String, Object> tokens) {
    from.forEach((key, value) -> {
      String name = String.valueOf(key);
      if (value instanceof String text && name.endsWith("_token")) {
        tokens.put(name, text);
      } else if (value instanceof Map<?, ?> token
          && SpecialTokens.NAMES.contains(name)
          && token.get("content") instanceof String text) {
        tokens.put(name, text);
      } else if (value instanceof Map<?, ?> extra && name.equals("extra_special_tokens")) {
        extra.forEach((extraName, text) -> {
          if (text instanceof String) {
            tokens.put(String.valueOf(extraName), text);
          }
        });
      }
    });
  }

  /** Why the engine would not use the template, if so. */
  private static Optional<String> obstacle(Path directory) throws IOException {
    Object type = object(directory.resolve("config.json")).get("model_type");
    if (type instanceof String model
        && (RENDERED_IN_CODE.contains(model) || model.startsWith("deepseek_v4"))) {
      return Optional.of("vLLM writes the prompts of " + model + " in code, not by a template");
    }
    boolean mistral = Files.exists(directory.resolve("tekken.json"));
    return mistral
        ? Optional.of("vLLM writes the prompts of Mistral's own tokenizer in code")
        : Optional.empty();
  }

  /**
   * Renders the body of a chat-completions request as the engine would. It may take milliseconds
   * for a long conversation, so it must not run on an event loop.
   */
  public ChatPrompt render(byte[] body, int offset, int length, ChatOptions options) {
    if (obstacle.isPresent()) {
      return new ChatPrompt.Unpredictable(obstacle.get());
    }
    try {
      if (!(JsonValues.read(body, offset, length) instanceof Map<?, ?> object)) {
        return new ChatPrompt.Unpredictable("the body is not a JSON object");
      }
      var request = new ChatRequest(object, options);
      request.check();
      String text = request.render(template(request.hasTools()), specialTokens, clock);
      return new ChatPrompt.Rendered(text, request.addSpecialTokens());
    } catch (IOException e) {
      return new ChatPrompt.Unpredictable("the body is not JSON");
    } catch (Unrenderable | TemplateException e) {
      return new ChatPrompt.Unpredictable(String.valueOf(e.getMessage()));
    }
  }

  private ChatTemplate template(boolean tools) throws Unrenderable {
    if (!tools && processor.isPresent()) {
      return processor.get();
    }
    ChatTemplate named = templates.get(tools ? TOOL_USE : DEFAULT);
    if (named == null) {
      named = templates.get(DEFAULT);
    }
    if (named == null) {
      throw new Unrenderable("the model has several chat templates and none is the default");
    }
    return named;
  }
}
