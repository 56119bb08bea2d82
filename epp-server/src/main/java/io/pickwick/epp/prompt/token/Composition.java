package io.pickwick.epp.prompt.token;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/** Unicode's normal form C on UTF-8 bytes, as the Hugging Face library makes it. */
final class Composition {
  // Below U+0300 everything is composed, and so is what stands in these ranges: none of it is a
  // mark, can be composed with what is before it, or has another form. Only other text is decoded
  // and asked about.
  private static final int FIRST_DOUBTFUL_BYTE = 0xCC;
  private static final int[][] SAFE = {
    {0x0400, 0x0482}, {0x048A, 0x052F}, {0x2010, 0x2027}, {0x2030, 0x205E}, {0x2190, 0x21FF},
    {0x2460, 0x27FF}, {0x3000, 0x3029}, {0x3041, 0x3096}, {0x309D, 0x30FF}, {0x4E00, 0x9FFF},
    {0xAC00, 0xD7A3}, {0xFF01, 0xFFEF}, {0x1F300, 0x1FAFF}
  };

  // The library composes by an older Unicode, where these marks and vowel signs were not yet
  // assigned: to it each is a character on its own that nothing moves past or composes with. Found
  // by asking it about every character (tokenizers 0.21 and 0.23,
  // unicode-normalization-alignments).
  private static final int[][] UNASSIGNED = {
    {0x07FD, 0x07FD},
    {0x0897, 0x089F},
    {0x08CA, 0x08D3},
    {0x09FE, 0x09FE},
    {0x0C3C, 0x0C3C},
    {0x0D3B, 0x0D3C},
    {0x0EBA, 0x0EBA},
    {0x1715, 0x1715},
    {0x1ABF, 0x1ACE},
    {0x1DF6, 0x1DFA},
    {0xA82C, 0xA82C},
    {0x105C0, 0x105FF},
    {0x10D24, 0x10D27},
    {0x10D69, 0x10D6D},
    {0x10EAB, 0x10EAC},
    {0x10EFD, 0x10EFF},
    {0x10F46, 0x10F50},
    {0x10F82, 0x10F85},
    {0x11070, 0x11070},
    {0x1133B, 0x1133B},
    {0x11380, 0x113FF},
    {0x1145E, 0x1145E},
    {0x11839, 0x1183A},
    {0x11930, 0x11946},
    {0x119E0, 0x119E0},
    {0x11A34, 0x11A34},
    {0x11A47, 0x11A47},
    {0x11A99, 0x11A99},
    {0x11D42, 0x11D42},
    {0x11D44, 0x11D45},
    {0x11D97, 0x11D97},
    {0x11F41, 0x11F42},
    {0x16100, 0x1613F},
    {0x16D40, 0x16D7F},
    {0x16FF0, 0x16FF1},
    {0x1E08F, 0x1E08F},
    {0x1E130, 0x1E136},
    {0x1E2AE, 0x1E2AE},
    {0x1E2EC, 0x1E2EF},
    {0x1E4EC, 0x1E4EF},
    {0x1E5EE, 0x1E5EF}
  };

  private Composition() {}

  /** Whether composing would change nothing. */
  static boolean composed(byte[] utf8, int from, int to) {
    return !doubtful(utf8, from, to)
        || Normalizer.isNormalized(
            new String(utf8, from, to - from, StandardCharsets.UTF_8), Normalizer.Form.NFC);
  }

  /** The text in its composed form. */
  static byte[] compose(byte[] utf8, int from, int to) {
    String text = new String(utf8, from, to - from, StandardCharsets.UTF_8);
    StringBuilder composed = new StringBuilder(text.length());
    int told = 0;
    int at = 0;
    while (at < text.length()) {
      int codePoint = text.codePointAt(at);
      int behind = at + Character.charCount(codePoint);
      if (in(UNASSIGNED, codePoint)) {
        composed
            .append(Normalizer.normalize(text.substring(told, at), Normalizer.Form.NFC))
            .appendCodePoint(codePoint);
        told = behind;
      }
      at = behind;
    }
    composed.append(Normalizer.normalize(text.substring(told), Normalizer.Form.NFC));
    return composed.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static boolean doubtful(byte[] utf8, int from, int to) {
    int at = from;
    while (at < to) {
      if ((utf8[at] & 0xFF) < FIRST_DOUBTFUL_BYTE) {
        at++;
        continue;
      }
      int codePoint = CodePoints.codePoint(utf8, at, to);
      if (!in(SAFE, codePoint)) {
        return true;
      }
      at += codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    }
    return false;
  }

  private static boolean in(int[][] ranges, int codePoint) {
    for (int[] range : ranges) {
      if (codePoint <= range[1]) {
        return codePoint >= range[0];
      }
    }
    return false;
  }
}
