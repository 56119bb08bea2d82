package io.pickwick.bench.simulate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Iterator;
import java.util.Map;

/**
 * The chat template of the model that comes with the simulator, by hand.
 *
 * <p>It says what {@code model/chat_template.jinja} says. It is not rendered by the picker's own
 * interpreter, so that the picker is held against somebody else.
 */
final class TinyTemplate {
  private static final String START = "<|im_start|>";
  private static final String END = "<|im_end|>\n";

  private TinyTemplate() {}

  /** The text of a chat request's prompt. */
  static String render(JsonNode body) {
    StringBuilder text = new StringBuilder();
    JsonNode messages = body.path("messages");
    if (!messages.path(0).path("role").asText().equals("system")) {
      text.append(START).append("system\nYou are a helpful assistant.").append(END);
    }
    JsonNode tools = body.path("tools");
    if (tools.isArray() && !tools.isEmpty()) {
      text.append(START).append("system\n# Tools\n");
      for (JsonNode tool : tools) {
        json(tool, text);
        text.append('\n');
      }
      text.append(END);
    }
    for (JsonNode message : messages) {
      text.append(START).append(message.path("role").asText()).append('\n');
      JsonNode content = message.path("content");
      if (content.isTextual()) {
        text.append(content.asText());
      }
      for (JsonNode part : content) {
        if (part.path("type").asText().equals("text")) {
          text.append(part.path("text").asText());
        }
      }
      text.append(END);
    }
    if (body.path("add_generation_prompt").asBoolean(true)) {
      text.append(START).append("assistant\n");
    }
    return text.toString();
  }

  /** As Python's {@code json.dumps} with {@code ensure_ascii=False}: a space behind , and :. */
  private static void json(JsonNode value, StringBuilder text) {
    if (value.isObject()) {
      text.append('{');
      Iterator<Map.Entry<String, JsonNode>> fields = value.properties().iterator();
      while (fields.hasNext()) {
        Map.Entry<String, JsonNode> field = fields.next();
        json(TextNode.valueOf(field.getKey()), text);
        text.append(": ");
        json(field.getValue(), text);
        text.append(fields.hasNext() ? ", " : "");
      }
      text.append('}');
    } else if (value.isArray()) {
      text.append('[');
      for (int i = 0; i < value.size(); i++) {
        text.append(i > 0 ? ", " : "");
        json(value.get(i), text);
      }
      text.append(']');
    } else {
      text.append(value);
    }
  }
}
