package io.pickwick.epp.prompt.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pickwick.epp.prompt.template.jinja.TemplateException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Whole templates of the public families with many conversations; see src/test/golden. */
class ChatsTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-02-03T04:05:06Z"));

  private static Object value(JsonNode json) throws IOException {
    byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
    return JsonValues.read(text, 0, text.length);
  }

  private static void putAll(Map<String, Object> variables, Object values) {
    ((Map<?, ?>) values).forEach((name, value) -> variables.put((String) name, value));
  }

  @Test
  void sameTextAsJinja() throws IOException, TemplateException {
    List<JsonNode> lines = RequestsTest.lines("chats.jsonl");
    JsonNode header = lines.getFirst();
    Map<String, ChatTemplate> templates = new HashMap<>();
    for (Map.Entry<String, JsonNode> source : header.get("sources").properties()) {
      String name = source.getKey();
      ChatTemplate template = ChatTemplate.parse(name, source.getValue().textValue());
      assertThat(template.format().name().toLowerCase(Locale.ROOT))
          .as("content format of " + name)
          .isEqualTo(header.get("formats").get(name).textValue());
      templates.put(name, template);
    }
    assertThat(templates).hasSizeGreaterThan(20);
    List<?> chats = (List<?>) value(header.get("chats"));
    List<?> settings = (List<?>) value(header.get("settings"));
    List<String> differences = new ArrayList<>();
    for (JsonNode golden : lines.subList(1, lines.size())) {
      Map<String, Object> variables = new HashMap<>();
      putAll(variables, value(header.get("defaults")));
      putAll(variables, settings.get(golden.get("setting").intValue()));
      variables.put("messages", chats.get(golden.get("chat").intValue()));
      String name = golden.get("template").textValue();
      String wanted =
          golden.get("expected").isNull() ? "(error)" : golden.get("expected").textValue();
      String got;
      try {
        got = Objects.requireNonNull(templates.get(name), name).render(variables, CLOCK);
      } catch (TemplateException e) {
        got = "(error)";
      }
      if (!got.equals(wanted)) {
        differences.add(
            name
                + ", chat "
                + golden.get("chat")
                + ", setting "
                + golden.get("setting")
                + "\n  wanted "
                + wanted
                + "\n  got    "
                + got);
      }
    }
    assertThat(lines).hasSizeGreaterThan(2000);
    assertThat(differences).isEmpty();
  }
}
