package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class MarkupTest {
  @Test
  void elementsNestAndClose() {
    Markup markup = new Markup();
    markup.open("p", "class", "a").text("one ").element("b", "two").empty("br").close();
    assertThat(markup.toString()).isEqualTo("<p class=\"a\">one <b>two</b><br/></p>");
  }

  @Test
  void textAndAttributesAreEscaped() {
    Markup markup = new Markup().element("p", "<a href='x'>&\"", "title", "\"><script>");
    assertThat(markup.toString())
        .isEqualTo("<p title=\"&quot;&gt;&lt;script&gt;\">&lt;a href='x'&gt;&amp;&quot;</p>");
  }

  @Test
  void whatXmlCannotHoldIsToldByWhatCanBeSeen() {
    String text = "a\u0000b\u001bc\ud800d\uffffe\u0085f\n\tg😀";
    assertThat(new Markup().text(text).toString())
        .isEqualTo("a␀b␛c‹U+D800›d‹U+FFFF›e‹U+0085›f\n\tg😀");
  }

  @Test
  void scriptsCannotEndEarly() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Markup().raw("script", "'</script>'"));
    assertThatIllegalArgumentException().isThrownBy(() -> new Markup().raw("style", "]]>"));
  }

  @Test
  void whatIsLeftOpenIsNoPage() {
    Markup markup = new Markup().open("p");
    assertThatIllegalStateException().isThrownBy(markup::toString).withMessageContaining("p is");
  }
}
