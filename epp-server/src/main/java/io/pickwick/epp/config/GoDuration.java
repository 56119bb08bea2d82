package io.pickwick.epp.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads durations as the field writes them, in Go's form: {@code 50ms}, {@code 2s}, {@code 1m30s}.
 */
public final class GoDuration implements ITypeConverter<Duration> {
  private static final Pattern WHOLE =
      Pattern.compile("([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+|0");
  private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)(ns|us|µs|ms|s|m|h)");

  @Override
  public Duration convert(String value) {
    if (!WHOLE.matcher(value).matches()) {
      throw new TypeConversionException(
          "'" + value + "' is not a duration; write it as 50ms, 2s or 1m30s");
    }
    BigDecimal nanos = BigDecimal.ZERO;
    for (Matcher part = PART.matcher(value); part.find(); ) {
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(nanosPer(part.group(2))));
    }
    return Duration.ofNanos(nanos.longValue());
  }

  /** A duration in the form that {@link #convert} reads. */
  public static String format(Duration duration) {
    if (duration.isZero()) {
      return "0s";
    }
    return duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }

  private static BigDecimal nanosPer(String unit) {
    return BigDecimal.valueOf(
        switch (unit) {
          case "ns" -> 1L;
          case "us", "µs" -> 1_000L;
          case "ms" -> 1_000_000L;
          case "s" -> 1_000_000_000L;
          case "m" -> 60_000_000_000L;
          default -> 3_600_000_000_000L;
        });
  }
}
