package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MarkdownTextTest {
  /** Each was looked at in GitHub's own renderer (cmark-gfm), where it is text. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '§',
      commentCharacter = '¶',
      value = {
        "[a](http://x.y) ! \\[a\\](http<span>:</span>//x.y)",
        "[a]: /x ! \\[a\\]: /x",
        "<b>&lt;</b> ! &lt;b&gt;&amp;lt;&lt;/b&gt;",
        "a|b\\|c ! a\\|b\\\\\\|c",
        "*a* **b** _c_ ~~d~~ ! \\*a\\* \\*\\*b\\*\\* \\_c\\_ \\~\\~d\\~\\~",
        "`code` ! \\`code\\`",
        "# a # ! \\# a \\#",
        "#12 ! <span>#</span>12",
        "&#42; ! &amp;<span>#</span>42;",
        "www.x.y and WWW.x.y ! www\\.x.y and WWW\\.x.y",
        "a@x.y and @who ! a<span>@</span>x.y and <span>@</span>who",
        "a :smile: b ! a <span>:</span>smile: b",
        "$x$ and $$ ! <span>$</span>x<span>$</span> and <span>$</span><span>$</span>",
        "chat:turns=5,rate=3..60 ! chat:turns=5,rate=3..60",
        "http://127.0.0.1:8001 ! http<span>:</span>//127.0.0.1:8001",
      })
  void whatMarkdownActsOnIsText(String content, String markdown) {
    assertThat(MarkdownText.inline(content)).isEqualTo(markdown);
  }

  @Test
  void anImageIsText() {
    assertThat(MarkdownText.inline("![a](b)")).isEqualTo("\\!\\[a\\](b)");
  }

  @Test
  void whatCannotBeSeenIsShown() {
    assertThat(MarkdownText.inline("a\u001b[2Jb\u202ec\u0000")).isEqualTo("a␛\\[2Jb‹U+202E›c␀");
    assertThat(MarkdownText.code("a\u001b[2J\r\n\u202eb\rc"))
        .isEqualTo("    a␛[2J\n    ‹U+202E›b␍c\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\n| x | y |\n", "a\r\n\r\n# x", "a\n\n    x", "a\u000b\fx"})
  void nothingBeginsALineOfItsOwn(String content) {
    assertThat(MarkdownText.inline(content)).hasLineCount(1).startsWith("a ");
    assertThat(MarkdownText.paragraph(content)).hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource({
    "- a, \\- a",
    "+ a, \\+ a",
    "===, \\===",
    "1. a, 1\\. a",
    "17) a, 17\\) a",
    "1.5 s, 1.5 s",
    "3 pods - 2, 3 pods - 2",
    "> a, &gt; a",
    "---, \\---",
  })
  void aParagraphStaysOne(String content, String markdown) {
    assertThat(MarkdownText.paragraph(content)).isEqualTo(markdown);
  }
}
