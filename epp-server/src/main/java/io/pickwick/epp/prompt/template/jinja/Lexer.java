package io.pickwick.epp.prompt.template.jinja;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens as Jinja2 does with {@code trim_blocks} and {@code lstrip_blocks}.
 */
final class Lexer {
  private static final Pattern FLOAT =
      Pattern.compile("(\\d+_)*\\d+((\\.(\\d+_)*\\d+)?[eE][+\\-]?(\\d+_)*\\d+|\\.(\\d+_)*\\d+)");
  private static final Pattern INTEGER =
      Pattern.compile(
          "0[bB](_?[0-1])+|0[oO](_?[0-7])+|0[xX](_?[0-9a-fA-F])+|[1-9](_?\\d)*|0(_?0)*");
  private static final String[] OPERATORS = {
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}",
    ">", "<", "=", ".", ":", "|", ",", ";"
  };

  private final String name;
  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int line = 1;
  private boolean lineStarting = true;

  private Lexer(String name, String source) {
    this.name = name;
    this.source = source;
  }

  static List<Token> tokens(String name, String source) throws TemplateException {
    String lines = source.replace("\r\n", "\n").replace('\r', '\n');
    if (lines.endsWith("\n")) {
      lines = lines.substring(0, lines.length() - 1);
    }
    var lexer = new Lexer(name, lines);
    lexer.run();
    return lexer.tokens;
  }

  private void run() throws TemplateException {
    while (position < source.length()) {
      int tag = nextTag(position);
      if (tag < 0) {
        data(source.substring(position), ' ', false);
        break;
      }
      char kind = source.charAt(tag + 1);
      String text = source.substring(position, tag);
      int after = tag + 2;
      char sign = signAt(after);
      int begin = sign == ' ' ? after : after + 1;
      int raw = kind == '%' ? rawBegin(begin) : -1;
      data(text, sign, kind != '{');
      if (raw >= 0) {
        advanceTo(raw);
        raw();
      } else if (kind == '#') {
        advanceTo(begin);
        comment();
      } else {
        boolean block = kind == '%';
        add(block ? Token.Type.BLOCK_BEGIN : Token.Type.VARIABLE_BEGIN, "");
        advanceTo(begin);
        tag(block);
      }
    }
    add(Token.Type.EOF, "");
  }

  private int nextTag(int from) {
    int at = source.indexOf('{', from);
    while (at >= 0 && at + 1 < source.length()) {
      char next = source.charAt(at + 1);
      if (next == '{' || next == '%' || next == '#') {
        return at;
      }
      at = source.indexOf('{', at + 1);
    }
    return -1;
  }

  /** The text in front of a tag; {@code sign} is the tag's whitespace control. */
  private void data(String text, char sign, boolean lstrip) {
    String kept = text;
    if (sign == '-') {
      kept = Text.stripRight(text);
    } else if (sign != '+' && lstrip) {
      int lineStart = text.lastIndexOf('\n') + 1;
      if ((lineStart > 0 || lineStarting)
          && lineStart < text.length()
          && Text.isSpace(text, lineStart)) {
        kept = text.substring(0, lineStart);
      }
    }
    if (!kept.isEmpty()) {
      add(Token.Type.DATA, kept);
    }
    advanceTo(position + text.length());
  }

  private char signAt(int at) {
    if (at < source.length()) {
      char sign = source.charAt(at);
      if (sign == '-' || sign == '+') {
        return sign;
      }
    }
    return ' ';
  }

  /** Where the content of a raw block starts, or -1 when this tag does not begin one. */
  private int rawBegin(int from) {
    int at = skipSpace(from);
    if (!source.startsWith("raw", at)) {
      return -1;
    }
    at = skipSpace(at + 3);
    if (source.startsWith("-%}", at)) {
      return skipSpace(at + 3);
    }
    return source.startsWith("%}", at) ? at + 2 : -1;
  }

  private void raw() throws TemplateException {
    int tag = source.indexOf("{%", position);
    while (tag >= 0) {
      char sign = signAt(tag + 2);
      int at = skipSpace(sign == ' ' ? tag + 2 : tag + 3);
      if (source.startsWith("endraw", at)) {
        int end = blockEnd(skipSpace(at + 6));
        if (end >= 0) {
          data(source.substring(position, tag), sign, true);
          advanceTo(end);
          return;
        }
      }
      tag = source.indexOf("{%", tag + 2);
    }
    throw fail("Missing end of raw directive");
  }

  private void comment() throws TemplateException {
    int close = source.indexOf("#}", position);
    if (close < 0) {
      throw fail("Missing end of comment tag");
    }
    char sign = close > position ? source.charAt(close - 1) : ' ';
    int end = close + 2;
    if (sign == '-') {
      end = skipSpace(end);
    } else if (sign != '+' && end < source.length() && source.charAt(end) == '\n') {
      end++;
    }
    advanceTo(end);
  }

  private int blockEnd(int at) {
    if (source.startsWith("+%}", at)) {
      return at + 3;
    }
    if (source.startsWith("-%}", at)) {
      return skipSpace(at + 3);
    }
    if (source.startsWith("%}", at)) {
      return at + 2 < source.length() && source.charAt(at + 2) == '\n' ? at + 3 : at + 2;
    }
    return -1;
  }

  private int variableEnd(int at) {
    if (source.startsWith("-}}", at)) {
      return skipSpace(at + 3);
    }
    return source.startsWith("}}", at) ? at + 2 : -1;
  }

  private void tag(boolean block) throws TemplateException {
    Deque<Character> open = new ArrayDeque<>();
    while (true) {
      if (open.isEmpty()) {
        int end = block ? blockEnd(position) : variableEnd(position);
        if (end >= 0) {
          add(block ? Token.Type.BLOCK_END : Token.Type.VARIABLE_END, "");
          advanceTo(end);
          return;
        }
      }
      if (position >= source.length()) {
        return;
      }
      int space = skipSpace(position);
      if (space > position) {
        advanceTo(space);
      } else if (!number() && !word() && !string()) {
        operator(open);
      }
    }
  }

  private boolean number() throws TemplateException {
    char first = source.charAt(position);
    if (!Character.isDigit(first)) {
      return false;
    }
    Matcher matcher = FLOAT.matcher(source).region(position, source.length());
    boolean afterDot = position > 0 && source.charAt(position - 1) == '.';
    if (!afterDot && matcher.lookingAt()) {
      add(Token.Type.FLOAT, Double.parseDouble(matcher.group().replace("_", "")));
      advanceTo(matcher.end());
      return true;
    }
    matcher = INTEGER.matcher(source).region(position, source.length());
    if (matcher.lookingAt()) {
      add(Token.Type.INTEGER, integer(matcher.group().replace("_", "")));
      advanceTo(matcher.end());
      return true;
    }
    return false;
  }

  private static Object integer(String digits) {
    int radix = 10;
    if (digits.length() > 1 && digits.charAt(0) == '0') {
      radix =
          switch (digits.charAt(1)) {
            case 'b', 'B' -> 2;
            case 'o', 'O' -> 8;
            case 'x', 'X' -> 16;
            default -> 10;
          };
    }
    return Numbers.whole(new BigInteger(radix == 10 ? digits : digits.substring(2), radix));
  }

  private boolean word() throws TemplateException {
    int end = position;
    while (end < source.length() && isWord(source.codePointAt(end))) {
      end += Character.charCount(source.codePointAt(end));
    }
    if (end == position) {
      return false;
    }
    String word = source.substring(position, end);
    if (!Character.isUnicodeIdentifierStart(word.codePointAt(0)) && word.charAt(0) != '_') {
      throw fail("Invalid character in identifier");
    }
    add(Token.Type.NAME, word);
    advanceTo(end);
    return true;
  }

  private static boolean isWord(int codePoint) {
    return codePoint == '_' || Character.isLetterOrDigit(codePoint);
  }

  private boolean string() throws TemplateException {
    char quote = source.charAt(position);
    if (quote != '\'' && quote != '"') {
      return false;
    }
    int at = position + 1;
    while (at < source.length() && source.charAt(at) != quote) {
      at += source.charAt(at) == '\\' ? 2 : 1;
    }
    if (at >= source.length()) {
      throw fail("unexpected char '" + quote + "'");
    }
    add(Token.Type.STRING, unescaped(source.substring(position + 1, at)));
    advanceTo(at + 1);
    return true;
  }

  private String unescaped(String text) throws TemplateException {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    var out = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char escape = text.charAt(at++);
      switch (escape) {
        case '\n' -> {}
        case '\\', '\'', '"' -> out.append(escape);
        case 'a' -> out.append('\u0007');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'v' -> out.append('\u000b');
        case 'x' -> at = hex(text, at, 2, out);
        case 'u' -> at = hex(text, at, 4, out);
        case 'U' -> at = hex(text, at, 8, out);
        case 'N' -> throw fail("named characters (\\N{...}) are not supported");
        default -> {
          if (escape >= '0' && escape <= '7') {
            int end = at;
            while (end < text.length() && end < at + 2 && isOctal(text.charAt(end))) {
              end++;
            }
            out.appendCodePoint(Integer.parseInt(text.substring(at - 1, end), 8));
            at = end;
          } else {
            out.append('\\').append(escape);
          }
        }
      }
    }
    return out.toString();
  }

  private static boolean isOctal(char c) {
    return c >= '0' && c <= '7';
  }

  private int hex(String text, int at, int digits, StringBuilder out) throws TemplateException {
    int end = at + digits;
    int value = 0;
    for (int i = at; i < end; i++) {
      int digit = i < text.length() ? Character.digit(text.charAt(i), 16) : -1;
      if (digit < 0) {
        throw fail("truncated escape in a string");
      }
      value = value << 4 | digit;
    }
    if (!Character.isValidCodePoint(value)) {
      throw fail("illegal Unicode character in a string");
    }
    out.appendCodePoint(value);
    return end;
  }

  private void operator(Deque<Character> open) throws TemplateException {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, position)) {
        balance(operator.charAt(0), open);
        add(Token.Type.OPERATOR, operator);
        advanceTo(position + operator.length());
        return;
      }
    }
    throw fail("unexpected char '" + Character.toString(source.codePointAt(position)) + "'");
  }

  private void balance(char operator, Deque<Character> open) throws TemplateException {
    switch (operator) {
      case '{' -> open.push('}');
      case '(' -> open.push(')');
      case '[' -> open.push(']');
      case '}', ')', ']' -> {
        if (open.isEmpty()) {
          throw fail("unexpected '" + operator + "'");
        }
        char expected = open.pop();
        if (expected != operator) {
          throw fail("unexpected '" + operator + "', expected '" + expected + "'");
        }
      }
      default -> {}
    }
  }

  private int skipSpace(int from) {
    int at = from;
    while (at < source.length() && Text.isSpace(source.charAt(at))) {
      at++;
    }
    return at;
  }

  private void advanceTo(int to) {
    for (int i = position; i < to; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    if (to > position) {
      lineStarting = source.charAt(to - 1) == '\n';
    }
    position = to;
  }

  private void add(Token.Type type, Object value) {
    tokens.add(new Token(line, type, value));
  }

  private TemplateException fail(String message) {
    return new TemplateException(name + ", line " + line + ": " + message);
  }
}
