package io.pickwick.schedule.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpecTest {
  private static final String TEXT =
      """
      name: a
      count: 7
      share: 0.5
      on: true
      nothing:
      list:
      - x: 1
      - y: 2
      """;

  @Test
  void readsScalarsListsAndMappings() {
    Spec spec = Spec.parse("f.yaml", TEXT);
    assertThat(spec.need("name").text()).isEqualTo("a");
    assertThat(spec.need("count").integer(0, 10)).isEqualTo(7);
    assertThat(spec.need("share").decimal(0, 1)).isEqualTo(0.5);
    assertThat(spec.need("on").bool()).isTrue();
    assertThat(spec.get("nothing")).isEmpty();
    assertThat(spec.need("list").items()).hasSize(2);
    assertThat(spec.need("list").items().get(1).need("y").place()).isEqualTo("f.yaml:8:6");
  }

  @Test
  void jsonIsReadTheSameWay() {
    assertThat(Spec.parse("f.json", "{\"a\": [1, 2]}").need("a").items().get(1).integer(0, 9))
        .isEqualTo(2);
  }

  @Test
  void readsEveryDocumentOfATextWithItsOwnPlace() {
    List<Spec> documents =
        Spec.documents("f.yaml", "# nothing\n---\na: 1\n---\n\n---\nb: 2\n...\n---\n");
    assertThat(documents).hasSize(2);
    assertThat(documents.get(1).need("b").place()).isEqualTo("f.yaml:7:4");
    assertThat(Spec.documents("f.yaml", "")).isEmpty();
    assertThatThrownBy(() -> Spec.documents("f.yaml", "a: 1\n---\nb: [\n"))
        .isInstanceOf(SpecException.class)
        .hasMessageStartingWith("f.yaml:4:1: not valid YAML:");
  }

  @Test
  void anUnknownKeyIsAnsweredWithItsPlaceAndTheKnownOnes() {
    Spec spec = Spec.parse("f.yaml", TEXT);
    assertThatThrownBy(() -> spec.only("name", "count", "share", "on", "nothing"))
        .isInstanceOf(SpecException.class)
        .hasMessage(
            "f.yaml:7:1: \"list\": unknown key; known here: name, count, share, on, nothing");
  }

  @Test
  void eachMistakeNamesItsPlace() {
    Spec spec = Spec.parse("f.yaml", TEXT);
    assertThatThrownBy(() -> spec.need("name").integer(0, 1))
        .hasMessage("f.yaml:1:7: \"name\": a whole number is wanted here, not \"a\"");
    assertThatThrownBy(() -> spec.need("count").integer(0, 1))
        .hasMessage("f.yaml:2:8: \"count\": 7 is out of range; it must be from 0 to 1");
    assertThatThrownBy(() -> spec.need("count").bool())
        .hasMessage("f.yaml:2:8: \"count\": true or false is wanted here, not \"7\"");
    assertThatThrownBy(() -> spec.need("list").text())
        .hasMessage("f.yaml:7:1: \"list\": text is wanted here, not a list");
    assertThatThrownBy(() -> spec.need("name").entries())
        .hasMessage("f.yaml:1:7: \"name\": a mapping is wanted here, not \"a\"");
    assertThatThrownBy(() -> spec.need("missing")).hasMessage("f.yaml:1:1: \"missing\" is missing");
  }

  @Test
  void aDepthBombIsAMistakeLikeAnyOther() {
    assertThatThrownBy(
            () -> Spec.parse("f.yaml", "a: " + "[".repeat(100_000) + "]".repeat(100_000)))
        .isInstanceOf(SpecException.class)
        .hasMessage("f.yaml: nested too deeply to be read");
  }

  @Test
  void tornDuplicateAndEmptyDocumentsAreMistakes() {
    assertThatThrownBy(() -> Spec.parse("f.yaml", "a: [1,"))
        .isInstanceOf(SpecException.class)
        .hasMessageStartingWith("f.yaml:1:");
    assertThatThrownBy(() -> Spec.parse("f.yaml", "a: 1\na: 2").entries())
        .hasMessageContaining("f.yaml:2:4")
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> Spec.parse("f.yaml", "# only a comment\n"))
        .hasMessage("f.yaml: the document is empty");
  }
}
