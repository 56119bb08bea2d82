package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void whatDoesNotPrintIsASpace() {
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
      assertThat(Printable.of("a" + one + "b")).as("U+%04x", one.codePointAt(0)).isEqualTo("a b");
    }
  }

  @Test
  void whatPrintsStaysAsItIs() {
    String text = "größer, שלום, 日本語, 🦜: 5 % «x»";
    assertThat(Printable.of(text)).isEqualTo(text);
  }
}
