package io.pickwick.epp.prompt.template.jinja;

import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** {@code strftime} in the C locale. */
final class TimeFormat {
  private TimeFormat() {}

  static String format(Render render, String format, ZonedDateTime time) {
    render.make(format.length());
    var out = new StringBuilder();
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at++);
      if (c != '%' || at == format.length()) {
        out.append(c);
        continue;
      }
      char directive = format.charAt(at++);
      boolean plain = directive == '-' && at < format.length();
      if (plain) {
        directive = format.charAt(at++);
      }
      String text = directive(directive, time);
      out.append(plain ? unpadded(text) : text);
    }
    return out.toString();
  }

  private static String unpadded(String text) {
    String digits = Text.strip(text, "0", true, false);
    return digits.isEmpty() ? "0" : digits;
  }

  private static String directive(char directive, ZonedDateTime time) {
    return switch (directive) {
      case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b', 'h' ->
          time.getMonth().name().charAt(0) + Text.lower(time.getMonth().name()).substring(1, 3);
      case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'd' -> pad(time.getDayOfMonth(), 2);
      case 'D' -> directives("m/d/y", time);
      case 'e' -> (time.getDayOfMonth() < 10 ? " " : "") + time.getDayOfMonth();
      case 'f' -> pad(time.getNano() / 1000, 6);
      case 'F' -> directives("Y-m-d", time);
      case 'G' -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
      case 'H' -> pad(time.getHour(), 2);
      case 'I' -> pad(time.get(ChronoField.CLOCK_HOUR_OF_AMPM), 2);
      case 'j' -> pad(time.getDayOfYear(), 3);
      case 'm' -> pad(time.getMonthValue(), 2);
      case 'M' -> pad(time.getMinute(), 2);
      case 'n' -> "\n";
      case 'p' -> time.getHour() < 12 ? "AM" : "PM";
      case 'R' -> directives("H:M", time);
      case 's' -> Long.toString(time.toEpochSecond());
      case 'S' -> pad(time.getSecond(), 2);
      case 't' -> "\t";
      case 'T', 'X' -> directives("H:M:S", time);
      case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
      case 'V' -> pad(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2);
      case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
      case 'x' -> directives("m/d/y", time);
      case 'y' -> pad(time.getYear() % 100, 2);
      case 'Y' -> Integer.toString(time.getYear());
      case 'z', 'Z' -> "";
      case '%' -> "%";
      default -> throw new Failure("the time format %" + directive + " is not supported");
    };
  }

  private static String directives(String directives, ZonedDateTime time) {
    var out = new StringBuilder();
    for (int i = 0; i < directives.length(); i++) {
      char c = directives.charAt(i);
      out.append(Character.isLetter(c) ? directive(c, time) : Character.toString(c));
    }
    return out.toString();
  }

  private static String pad(int number, int width) {
    String digits = Integer.toString(number);
    return "0".repeat(Math.max(0, width - digits.length())) + digits;
  }
}
