package io.pickwick.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VisibleTextTest {
  @Test
  void whatCanBeSeenStays() {
    String text = "Größe שלום 漢字 ± ∞ 😀 \"'&<>\\ \u00a0\n\tx";
    assertThat(VisibleText.of(text)).isEqualTo(text);
  }

  @Test
  void whatControlsATerminalIsShownAsItsPicture() {
    assertThat(VisibleText.of("\u001b[31m\u0007\b\r\u007f\u009b")).isEqualTo("␛[31m␇␈␍␡‹U+009B›");
  }

  @Test
  void whatTurnsOrHidesTextIsShownByItsNumber() {
    assertThat(VisibleText.of("a\u202eb\u2066c\u200bd\ufeffe\u2028f\u00adg"))
        .isEqualTo("a‹U+202E›b‹U+2066›c‹U+200B›d‹U+FEFF›e‹U+2028›f‹U+00AD›g");
    assertThat(VisibleText.of("\udb40\udc41")).as("a tag").isEqualTo("‹U+E0041›");
  }

  @Test
  void whatIsNoCharacterIsShownByItsNumber() {
    assertThat(VisibleText.of("\ud800 \udc00 \uffff \ufdd0 \ud83f\udffe \ue000"))
        .isEqualTo("‹U+D800› ‹U+DC00› ‹U+FFFF› ‹U+FDD0› ‹U+1FFFE› ‹U+E000›");
  }

  @Test
  void whatStandsOnALineAsItIsIsPlain() {
    assertThat(VisibleText.isPlain("größer, שלום, 日本語, 🦜:  5 % «x» ")).isTrue();
    String[] hostile = {
      "\n",
      "\r",
      "\t",
      "\u0000",
      "\u001b",
      "\u007f",
      "\u0085",
      "\u009b",
      "\u2028",
      "\u2029",
      "\u200b",
      "\u200e",
      "\u061c",
      "\u202e",
      "\u2066",
      "\ufeff",
      "\ue000",
      "\ud800",
      "\uffff",
      "\udb40\udc41"
    };
    for (String one : hostile) {
      String name = "U+%04x".formatted(one.codePointAt(0));
      assertThat(VisibleText.isPlain("a" + one + "b")).as(name).isFalse();
      String shown = VisibleText.line("a" + one + "b");
      assertThat(VisibleText.isPlain(shown)).as(name).isTrue();
      assertThat(shown).startsWith("a").endsWith("b").hasSizeGreaterThan(2);
    }
  }

  @Test
  void oneLineStaysOne() {
    assertThat(VisibleText.line(" a\r\nb\t\u000bc\u0085d\u2029e "))
        .isEqualTo("a b c‹U+0085›d‹U+2029›e");
  }
}
