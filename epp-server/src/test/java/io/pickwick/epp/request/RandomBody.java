package io.pickwick.epp.request;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/** A request body that could come from a client, or nearly so. */
final class RandomBody {
  private static final String[] KEYS = {
    "model",
    "stream",
    "priority",
    "cache_salt",
    "messages",
    "input",
    "prompt",
    "token_ids",
    "prompt_embeds",
    "stream_options",
    "max_tokens",
    "max_output_tokens",
    "max_completion_tokens",
    "sampling_params",
    "tools",
    "functions",
    "chat_template",
    "chat_template_kwargs",
    "documents",
    "instructions",
    "previous_response_id",
    "reasoning",
    "system",
    "features",
    "temperature",
    "",
    "a key that is longer than any of the keys that are known and longer than 64 bytes \u00fc"
  };

  private final Random random;
  private final Api api;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  RandomBody(Random random, Api api) {
    this.random = random;
    this.api = api;
  }

  byte[] bytes() {
    space();
    write("{");
    int others = random.nextInt(6);
    int modelAt = random.nextInt(40) == 0 ? -1 : random.nextInt(others + 1);
    int promptAt = random.nextInt(40) == 0 ? -1 : random.nextInt(others + 1);
    boolean first = true;
    for (int i = 0; i <= others; i++) {
      if (i == modelAt) {
        first = member(first, "model");
      }
      if (i == promptAt) {
        first = member(first, promptKey());
      }
      if (i < others) {
        first = member(first, KEYS[random.nextInt(KEYS.length)]);
      }
    }
    space();
    write("}");
    space();
    return out.toByteArray();
  }

  private String promptKey() {
    return switch (api) {
      case COMPLETIONS -> "prompt";
      case EMBEDDINGS, RESPONSES -> "input";
      case GENERATE -> "token_ids";
      case CHAT_COMPLETIONS, MESSAGES, PASSTHROUGH -> "messages";
    };
  }

  private boolean member(boolean first, String key) {
    if (!first) {
      write(",");
    }
    space();
    key(key);
    space();
    write(":");
    space();
    if (random.nextInt(25) == 0) {
      any(2);
      space();
      return false;
    }
    switch (key) {
      case "model", "cache_salt" -> string(text(12) + "m");
      case "stream" -> write(pick("true", "false", "null"));
      case "priority", "max_tokens", "max_output_tokens", "max_completion_tokens" -> number();
      case "messages" -> messages();
      case "input" -> {
        if (random.nextBoolean()) {
          string(text(40));
        } else if (api == Api.EMBEDDINGS) {
          prompts();
        } else {
          messages();
        }
      }
      case "prompt" -> {
        if (random.nextBoolean()) {
          string(text(40));
        } else {
          prompts();
        }
      }
      case "token_ids" -> ids();
      case "stream_options" ->
          write(
              pick(
                  "{\"include_usage\" :true}",
                  "{\"include_usage\":true,\"include_usage\":0}",
                  "{\"x\":{\"include_usage\":true}}"));
      case "sampling_params" ->
          write(
              pick(
                  "{\"max_tokens\":17}",
                  "{\"max_tokens\":{\"max_tokens\":1}}",
                  "{\"stop\":[\"max_tokens\"], \"max_tokens\":8e0}"));
      case "tools" -> array(() -> any(3), 3);
      default -> any(3);
    }
    space();
    return false;
  }

  private void prompts() {
    switch (random.nextInt(3)) {
      case 0 -> array(() -> string(text(30)), 4);
      case 1 -> ids();
      default -> array(this::ids, 3);
    }
  }

  private void ids() {
    array(
        () ->
            write(
                random.nextInt(60) == 0
                    ? pick("-1", "1.0", "4294967296", "1e2", "99999999999999999999")
                    : Long.toString(random.nextLong(random.nextBoolean() ? 200_000 : 1L << 32))),
        12);
  }

  private void messages() {
    array(
        () -> {
          write("{");
          int members = random.nextInt(5);
          for (int i = 0; i < members; i++) {
            if (i > 0) {
              write(",");
            }
            message();
          }
          write("}");
        },
        4);
  }

  private void message() {
    String key =
        pick("content", "content", "role", "role", "name", "tool_calls", "type", "cache_control");
    key(key);
    write(":");
    switch (key) {
      case "role" -> {
        if (random.nextInt(9) == 0) {
          any(1);
        } else {
          string(pick("user", "assistant", "system", text(90)));
        }
      }
      case "content" -> {
        switch (random.nextInt(4)) {
          case 0 -> any(2);
          case 1 -> array(this::part, 4);
          default -> string(text(random.nextInt(8) == 0 ? 900 : 60));
        }
      }
      default -> any(2);
    }
  }

  private void part() {
    if (random.nextInt(8) == 0) {
      any(2);
      return;
    }
    write("{");
    int members = random.nextInt(4);
    for (int i = 0; i < members; i++) {
      if (i > 0) {
        write(" , ");
      }
      String key =
          pick("text", "text", "type", "type", "image_url", "video", "cache_control", "id");
      key(key);
      write(":");
      if (random.nextInt(6) == 0) {
        any(2);
      } else if (key.equals("type")) {
        string(pick("text", "image_url", "input_audio", "tool_use", "image"));
      } else {
        string(text(40));
      }
    }
    write("}");
  }

  private void any(int depth) {
    switch (random.nextInt(depth == 0 ? 4 : 6)) {
      case 0, 1 -> string(text(random.nextInt(20) == 0 ? 3_000 : 30));
      case 2 -> number();
      case 3 -> write(pick("true", "false", "null"));
      case 4 -> array(() -> any(depth - 1), 4);
      default -> {
        write("{");
        int members = random.nextInt(4);
        for (int i = 0; i < members; i++) {
          if (i > 0) {
            write(",");
          }
          space();
          key(
              random.nextInt(4) == 0
                  ? KEYS[random.nextInt(KEYS.length)]
                  : pick("a", "cache_control", "role"));
          space();
          write(":");
          any(depth - 1);
        }
        write("}");
      }
    }
  }

  private void array(Runnable element, int most) {
    write("[");
    space();
    int elements = random.nextInt(most + 1);
    for (int i = 0; i < elements; i++) {
      if (i > 0) {
        write(",");
        space();
      }
      element.run();
      space();
    }
    write("]");
  }

  private void number() {
    write(
        pick(
            "0",
            "-0",
            "7",
            "-12",
            "128000",
            "2147483647",
            "2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "123456789012345678901234567890",
            "1.5",
            "0.25e-10",
            "1E+4",
            "-0.0e0"));
  }

  private String text(int most) {
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(most + 1); length > 0; length--) {
      switch (random.nextInt(12)) {
        case 0 -> text.append(pick("\"", "\\", "/", "\n", "\t", "\u0000", "\u001f", "\u007f"));
        case 1 ->
            text.append(pick("\u00e9", "\u07ff", "\u0800", "\u4e2d\u6587", "\uffff", "\u0080"));
        case 2 -> text.appendCodePoint(random.nextBoolean() ? 0x1f600 : 0x10ffff);
        default -> text.append((char) ('a' + random.nextInt(26)));
      }
    }
    return text.toString();
  }

  private void string(String text) {
    write("\"");
    escaped(text);
    if (random.nextInt(300) == 0) {
      write(pick("\\ud800", "\\udfff", "\\ud83d\\ud83d\\ude00", "\\ude00\\ud83d", "\\ud83d\\n"));
    }
    write("\"");
  }

  /** Jackson refuses a key with half of a surrogate pair, so there is none. */
  private void key(String text) {
    write("\"");
    escaped(text);
    write("\"");
  }

  private void escaped(String text) {
    text.codePoints()
        .forEach(point -> {
          if (random.nextInt(40) == 0 || point < ' ') {
            for (char c : Character.toChars(point)) {
              write(String.format(random.nextBoolean() ? "\\u%04x" : "\\u%04X", (int) c));
            }
          } else if (point == '"' || point == '\\' || (point == '/' && random.nextBoolean())) {
            write("\\" + (char) point);
          } else {
            write(Character.toString(point));
          }
        });
  }

  private void space() {
    while (random.nextInt(6) == 0) {
      write(pick(" ", "\n", "\t", "\r", "  "));
    }
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private void write(String text) {
    out.writeBytes(text.getBytes(UTF_8));
  }
}
