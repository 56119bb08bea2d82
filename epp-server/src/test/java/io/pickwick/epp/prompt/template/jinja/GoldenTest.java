package io.pickwick.epp.prompt.template.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.epp.prompt.template.JsonValues;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What Jinja2 3.1.6 made of the same templates; see src/test/golden. */
class GoldenTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-02-03T04:05:06Z"));

  @Test
  void singleFeatures() throws IOException {
    assertThat(differences("features.jsonl", 1000)).isEmpty();
  }

  @Test
  void randomTemplates() throws IOException {
    assertThat(differences("fuzz.jsonl", 2000)).isEmpty();
  }

  /** The cases whose text differs, or which fail on one side only. */
  private static List<String> differences(String file, int atLeast) throws IOException {
    var json = new ObjectMapper();
    List<String> differences = new ArrayList<>();
    int cases = 0;
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    JsonValues.class.getResourceAsStream(file), "no golden file " + file),
                StandardCharsets.UTF_8))) {
      Map<String, Object> variables = variables(json.readTree(lines.readLine()));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode golden = json.readTree(line);
        String template = golden.get("template").textValue();
        String wanted =
            golden.get("expected").isNull() ? "(error)" : golden.get("expected").textValue();
        String got = rendered(template, variables);
        if (!got.equals(wanted)) {
          differences.add(template + "\n  wanted " + wanted + "\n  got    " + got);
        }
        cases++;
      }
    }
    assertThat(cases).isGreaterThan(atLeast);
    return differences;
  }

  private static Map<String, Object> variables(JsonNode header) throws IOException {
    Map<String, Object> variables = new LinkedHashMap<>();
    byte[] text = header.get("variables").toString().getBytes(StandardCharsets.UTF_8);
    Values.map(JsonValues.read(text, 0, text.length))
        .forEach((name, value) -> variables.put((String) name, value));
    return variables;
  }

  private static String rendered(String template, Map<String, Object> variables) {
    try {
      return Template.parse("golden", template).render(variables, CLOCK);
    } catch (TemplateException e) {
      return "(error)";
    }
  }

  @Test
  void messagesSayTheLineAndWhatIsWrong() {
    assertThatThrownBy(() -> Template.parse("chat", "a\nb {% include 'x' %}"))
        .isInstanceOf(TemplateException.class)
        .hasMessage("chat, line 2: the tag 'include' is not supported in chat templates");
    assertThatThrownBy(
            () -> Template.parse("chat", "\n\n{{ x.y.z }}").render(Map.of("x", "s"), CLOCK))
        .isInstanceOf(TemplateException.class)
        .hasMessage("chat, line 3: 'str object' has no attribute 'y'");
    assertThatThrownBy(
            () -> Template.parse("chat", "{{ raise_exception('roles!') }}").render(Map.of(), CLOCK))
        .isInstanceOf(TemplateException.class)
        .hasMessage("chat, line 1: roles!");
  }
}
