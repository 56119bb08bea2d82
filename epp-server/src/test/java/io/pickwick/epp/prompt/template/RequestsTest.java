package io.pickwick.epp.prompt.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.epp.prompt.template.jinja.TemplateException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chat requests as vLLM 0.32 renders them; see src/test/golden. */
class RequestsTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-02-03T04:05:06Z"));
  private static final ObjectMapper JSON = new ObjectMapper();

  static List<JsonNode> lines(String file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    try (var reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    RequestsTest.class.getResourceAsStream(file), "no golden file " + file),
                StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(JSON.readTree(line));
      }
    }
    return lines;
  }

  private static ChatPrompt render(ChatTemplates templates, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return templates.render(bytes, 0, bytes.length, ChatOptions.DEFAULTS);
  }

  private static ChatTemplates templates(String source) throws TemplateException {
    Map<String, Object> tokens = Map.of("bos_token", "<s>", "eos_token", "</s>");
    return ChatTemplates.of(ChatTemplate.parse("golden", source), tokens, CLOCK);
  }

  /** Where vLLM refuses a request, we must not foretell a prompt; else it is the same text. */
  @Test
  void sameTextAsTheEngineOrNone() throws IOException, TemplateException {
    List<JsonNode> lines = lines("requests.jsonl");
    Map<String, ChatTemplates> templates = new HashMap<>();
    for (Map.Entry<String, JsonNode> source : lines.getFirst().get("templates").properties()) {
      templates.put(source.getKey(), templates(source.getValue().textValue()));
    }
    List<String> differences = new ArrayList<>();
    for (JsonNode golden : lines.subList(1, lines.size())) {
      ChatTemplates template =
          Objects.requireNonNull(templates.get(golden.get("template").textValue()), "template");
      String body = golden.get("body").toString();
      Optional<String> wanted = Optional.ofNullable(golden.get("expected").textValue());
      Optional<String> got =
          render(template, body) instanceof ChatPrompt.Rendered rendered
              ? Optional.of(rendered.text())
              : Optional.empty();
      if (!got.equals(wanted)) {
        differences.add(body + "\n  wanted " + wanted + "\n  got    " + got);
      }
    }
    assertThat(lines).hasSizeGreaterThan(1000);
    assertThat(differences).isEmpty();
  }

  /** The text that belongs to the token ids which running servers reported for these requests. */
  @Test
  void capturedServers() throws Exception {
    Path directory =
        Path.of(
                Objects.requireNonNull(
                        RequestsTest.class.getResource("captured/requests.jsonl"), "captured")
                    .toURI())
            .resolveSibling("");
    ChatTemplates templates = ChatTemplates.load(directory, CLOCK).orElseThrow();
    List<JsonNode> lines = lines("captured/requests.jsonl");
    assertThat(lines).hasSizeGreaterThan(10);
    for (JsonNode captured : lines) {
      assertThat(render(templates, captured.get("request").toString()))
          .as(captured.get("server").textValue() + " " + captured.get("step").textValue())
          .isEqualTo(new ChatPrompt.Rendered(captured.get("text").textValue(), false));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{}",
        "{\"messages\": 1}",
        "{\"messages\": []}",
        "{\"messages\": [1]}",
        "{\"messages\": [{\"role\": 1}]}",
        "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"chat_template\": \"x\"}",
        "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}],"
            + " \"chat_template_kwargs\": {\"chat_template\": \"x\"}}",
        "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"truncate_prompt_tokens\": 5}",
        "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}],"
            + " \"kv_transfer_params\": {\"prompt_token_ids\": [1]}}",
        "{\"messages\": [{\"role\": \"user\", \"content\":"
            + " [{\"type\": \"image_url\", \"image_url\": {\"url\": \"data:\"}}]}]}",
        "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"input_audio\"}]}]}",
        "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tools\": {}}",
        "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"add_special_tokens\": 1}"
      })
  void unpredictableRequests(String body) throws TemplateException {
    ChatTemplates templates = templates("{{ messages[0].content }}");
    assertThat(render(templates, body)).isInstanceOf(ChatPrompt.Unpredictable.class);
  }

  @Test
  void specialTokensWhenAskedFor() throws TemplateException {
    ChatTemplates templates = templates("{{ bos_token }}{{ messages[0].content }}");
    assertThat(
            render(
                templates,
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}],"
                    + " \"add_special_tokens\": true}"))
        .isEqualTo(new ChatPrompt.Rendered("<s>x", true));
  }

  @Test
  void settingsOfTheEngine() throws TemplateException {
    ChatTemplates templates =
        templates("{{ messages[0].content }} {{ thinking }} {{ tools is none }}");
    var options =
        new ChatOptions(Optional.of(ContentFormat.OPENAI), Map.of("thinking", true), true);
    byte[] body =
        ("{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tool_choice\": \"none\","
                + " \"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}]}")
            .getBytes(StandardCharsets.UTF_8);
    assertThat(templates.render(body, 0, body.length, options))
        .isEqualTo(new ChatPrompt.Rendered("[{'type': 'text', 'text': 'x'}] True True", false));
  }
}
