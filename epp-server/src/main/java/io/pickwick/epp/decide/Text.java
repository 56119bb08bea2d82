package io.pickwick.epp.decide;

/** What clients wrote, made fit for a log line or a header. */
final class Text {
  private static final int LONGEST = 256;

  private Text() {}

  /** The same text with control characters as {@code ?}, cut after 256 characters. */
  static String printable(String text) {
    int end = Math.min(text.length(), LONGEST);
    int at = 0;
    while (at < end && !Character.isISOControl(text.charAt(at))) {
      at++;
    }
    if (at == text.length()) {
      return text;
    }
    StringBuilder printable = new StringBuilder(end).append(text, 0, at);
    for (; at < end; at++) {
      char c = text.charAt(at);
      printable.append(Character.isISOControl(c) ? '?' : c);
    }
    return printable.toString();
  }
}
