package io.pickwick.bench.report;

import io.pickwick.bench.command.VisibleText;
import java.util.regex.Pattern;

/**
 * Text of others in Markdown, so that it stays text: no link, image, heading, row, emphasis or
 * HTML.
 *
 * <p>What Markdown itself acts on (GitHub Flavored Markdown 0.29) is escaped. What GitHub acts on
 * after it, in the text that is left (addresses and mentions, numbers of issues, {@code :names:} of
 * emojis, formulas), is parted by elements that say nothing, which is what GitHub's documentation
 * does with a dollar sign.
 */
final class MarkdownText {
  private static final Pattern INLINE = Pattern.compile("[\\\\`*_\\[\\]|!~]");
  private static final Pattern LATER = Pattern.compile("[@$]|#(?=\\w)|:(?=//|[\\w+-]+:)");
  private static final Pattern HASH = Pattern.compile("(?<!<span>)#");
  private static final Pattern WWW = Pattern.compile("(?i)\\bwww\\.");

  /** A mark of a list or a line of a heading is a mark only at the begin. */
  private static final Pattern BLOCK = Pattern.compile("^((?=[-+=])|[0-9]{1,9}(?=[.)](?: |$)))");

  private MarkdownText() {}

  /** On one line, behind something else on it: a heading, or a cell of a table. */
  static String inline(String content) {
    String text = VisibleText.line(content);
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    text = INLINE.matcher(text).replaceAll("\\\\$0");
    text = LATER.matcher(text).replaceAll("<span>$0</span>");
    text = HASH.matcher(text).replaceAll("\\\\#");
    return WWW.matcher(text).replaceAll(www -> www.group().replace(".", "\\\\."));
  }

  /** A paragraph of one line. */
  static String paragraph(String content) {
    return BLOCK.matcher(inline(content)).replaceFirst("$1\\\\");
  }

  /** Lines of code, indented as such; nothing in them is more than text. */
  static String code(String content) {
    StringBuilder text = new StringBuilder();
    VisibleText.of(content.replace("\r\n", "\n"))
        .lines()
        .forEach(line -> text.append("    ").append(line).append('\n'));
    return text.toString();
  }
}
