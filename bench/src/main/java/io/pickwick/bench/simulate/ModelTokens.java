package io.pickwick.bench.simulate;

import com.fasterxml.jackson.databind.JsonNode;
import io.pickwick.epp.prompt.template.ChatOptions;
import io.pickwick.epp.prompt.template.ChatPrompt;
import io.pickwick.epp.prompt.template.ChatTemplates;
import io.pickwick.epp.prompt.template.jinja.TemplateException;
import io.pickwick.epp.prompt.token.Tokenizer;
import io.pickwick.epp.prompt.token.TokenizerException;
import io.pickwick.epp.prompt.token.Tokenizers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** Tokens by a model's own tokenizer and chat template. */
final class ModelTokens implements PodTokens {
  private static final List<String> BUNDLED =
      List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "config.json");

  private final Tokenizer tokenizer;
  private final Chats chats;
  private final int[] words;

  /** How the model's chats become text. */
  private interface Chats {
    ChatPrompt render(JsonNode body);
  }

  private ModelTokens(Tokenizer tokenizer, Chats chats) {
    this.tokenizer = tokenizer;
    this.chats = chats;
    // A word of one token comes back as that token when the answer returns as a message.
    this.words =
        Vocabulary.words().stream()
            .map(word -> encode(word, false))
            .filter(tokens -> tokens.length == 1)
            .mapToInt(tokens -> tokens[0])
            .toArray();
    if (words.length == 0) {
      throw new IllegalArgumentException("The tokenizer has none of the words that models say.");
    }
  }

  /** The tokenizer and the chat template of a model's directory. */
  static ModelTokens of(Path directory) throws IOException {
    try {
      Optional<ChatTemplates> templates = ChatTemplates.load(directory);
      return new ModelTokens(Tokenizers.load(directory), body -> rendered(templates, body));
    } catch (TokenizerException | TemplateException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** The small model that comes with the simulator. */
  static ModelTokens tiny() throws IOException {
    Path directory = Files.createTempDirectory("pickwick-model");
    try {
      return new ModelTokens(
          Tokenizers.load(unpack(directory)),
          body -> new ChatPrompt.Rendered(TinyTemplate.render(body), false));
    } catch (TokenizerException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      remove(directory);
    }
  }

  private static ChatPrompt rendered(Optional<ChatTemplates> templates, JsonNode body) {
    if (templates.isEmpty()) {
      return new ChatPrompt.Unpredictable("The model's directory has no chat template.");
    }
    byte[] json = body.toString().getBytes(StandardCharsets.UTF_8);
    return templates.get().render(json, 0, json.length, ChatOptions.DEFAULTS);
  }

  /** Writes the small model that comes with the simulator into a directory. */
  static Path unpack(Path directory) throws IOException {
    for (String name : BUNDLED) {
      try (InputStream in = ModelTokens.class.getResourceAsStream("/model/" + name)) {
        if (in == null) {
          throw new IOException("/model/" + name + " is missing from the jar");
        }
        Files.write(directory.resolve(name), in.readAllBytes());
      }
    }
    return directory;
  }

  private static void remove(Path directory) throws IOException {
    for (String name : BUNDLED) {
      Files.deleteIfExists(directory.resolve(name));
    }
    Files.deleteIfExists(directory);
  }

  @Override
  public int[] completion(JsonNode prompt, boolean special) {
    if (!prompt.isArray()) {
      return encode(prompt.asText(), special);
    }
    int[] tokens = new int[prompt.size()];
    Arrays.setAll(tokens, i -> prompt.get(i).asInt());
    return tokens;
  }

  @Override
  public int[] chat(JsonNode body) throws ApiException {
    return switch (chats.render(body)) {
      case ChatPrompt.Rendered rendered -> encode(rendered.text(), rendered.addSpecialTokens());
      case ChatPrompt.Unpredictable why ->
          throw new ApiException(400, "BadRequestError", "messages", why.reason());
    };
  }

  @Override
  public IntUnaryOperator answer(int[] prompt, int choice) {
    long seed = 31L * Arrays.hashCode(prompt) + choice;
    return index -> {
      long mixed = (seed + index * 0x9E3779B97F4A7C15L) * 0xD6E8FEB86659FD93L;
      return words[(int) ((mixed >>> 33) % words.length)];
    };
  }

  @Override
  public String text(int token) {
    return tokenizer.text(token).orElse("");
  }

  @Override
  public String text(int[] tokens) {
    StringBuilder text = new StringBuilder();
    for (int token : tokens) {
      text.append(text(token));
    }
    return text.toString();
  }

  private int[] encode(String text, boolean special) {
    IntStream.Builder tokens = IntStream.builder();
    tokenizer.encode(text, special, tokens::add);
    return tokens.build().toArray();
  }
}
