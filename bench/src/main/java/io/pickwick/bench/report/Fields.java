package io.pickwick.bench.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.pickwick.bench.command.VisibleText;
import io.pickwick.bench.report.MeasuredRun.Load;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what both kinds of results have, in the tolerance that a report can afford. */
final class Fields {
  private static final Pattern RATE = Pattern.compile("(?<=[:,])rate=([^,]*)(,|$)");

  private static final Pattern SHORT = Pattern.compile("^(kv|ttft|tpot)\\b");

  /** No run takes longer. */
  private static final double LONGEST_MS = 100 * 86_400_000.0;

  /** Up to it each whole number is told from the next. */
  private static final double MOST = 0x1p53;

  private Fields() {}

  /** Text that must be there. */
  static String text(JsonNode of, String key) {
    JsonNode value = of.path(key);
    if (!value.isTextual() || value.asText().isBlank()) {
      throw new ReportException("\"" + key + "\" is missing.");
    }
    return value.asText();
  }

  /** A number; not-a-number for anything else. */
  static double number(JsonNode value) {
    return value.isNumber() ? value.asDouble() : Double.NaN;
  }

  /**
   * A number of what is measured; not-a-number for anything else.
   *
   * @param name of the field, for the answer
   * @param most what it can't exceed; it is never less than 0
   * @throws ReportException if it is out of that range
   */
  static double measured(JsonNode value, String name, double most) {
    double number = number(value);
    if (value.isNumber() && !(number >= 0 && number <= most)) {
      throw new ReportException(
          "%s is %s; it is %s."
              .formatted(
                  name,
                  value.asText(),
                  most == Double.MAX_VALUE
                      ? "a finite number and not less than 0"
                      : "a number from 0 to " + NumberText.tick(most)));
    }
    return number;
  }

  /**
   * A time in milliseconds that a result of a load generator tells; not-a-number if it does not.
   *
   * @param under what the field's name begins with in the answer
   * @throws ReportException if it is no number, or none that a time can be
   */
  static double time(JsonNode of, String key, String under) {
    JsonNode value = of.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return Double.NaN;
    }
    return time(value, under + key, 1);
  }

  /**
   * A time in milliseconds.
   *
   * @param factor from what stands there to milliseconds
   * @throws ReportException if it is no number, or none that a time can be
   */
  static double time(JsonNode value, String name, double factor) {
    double time = factor * number(value);
    if (!(time >= 0 && time <= LONGEST_MS)) {
      throw new ReportException(
          "%s is %s; it is a time from 0 to 100 days.".formatted(name, shown(value)));
    }
    return time;
  }

  /**
   * How many there are; not-a-number if it is not told.
   *
   * @param under what the field's name begins with in the answer
   * @throws ReportException if it is no whole number, or less than 0
   */
  static double count(JsonNode of, String key, String under) {
    JsonNode value = of.path(key);
    if (value.isMissingNode() || value.isNull()) {
      return Double.NaN;
    }
    double count = number(value);
    if (!(count >= 0 && count <= MOST && count == Math.rint(count))) {
      throw new ReportException(
          "%s%s is %s; it is a whole number and not less than 0."
              .formatted(under, key, shown(value)));
    }
    return count;
  }

  private static String shown(JsonNode value) {
    String text = VisibleText.line(value.toString());
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }

  /** The numbers of a list, each as {@link #measured}. */
  static List<Double> numbers(JsonNode list, String name, double most) {
    List<Double> numbers = new ArrayList<>(list.size());
    list.forEach(value -> numbers.add(measured(value, name, most)));
    return numbers;
  }

  /** The numbers of a list of what has no end, each as {@link #measured}. */
  static List<Double> numbers(JsonNode list, String name) {
    return numbers(list, name, Double.MAX_VALUE);
  }

  /** The workload without its rate, so that the same one at several rates is seen as such. */
  static String withoutRate(String workload) {
    String rest = RATE.matcher(workload).replaceFirst("");
    return rest.endsWith(",") || rest.endsWith(":") ? rest.substring(0, rest.length() - 1) : rest;
  }

  /** The load that a workload has by its rate and by being faster than written. */
  static Load load(String workload, double scale) {
    Matcher rate = RATE.matcher(workload);
    String label = "";
    double order = Double.isNaN(scale) ? 1 : scale;
    if (rate.find()) {
      String given = rate.group(1);
      try {
        double each = Double.parseDouble(given);
        order *= each;
        label = NumberText.tick(each) + " req/s";
      } catch (NumberFormatException _) {
        label = "rate " + given;
      }
    }
    if (scale != 1 && !Double.isNaN(scale)) {
      label = (label.isEmpty() ? "" : label + " ") + "× " + NumberText.tick(scale);
    }
    return new Load(label, order);
  }

  /** Each plain field of an object that is not told otherwise, as a parameter. */
  static List<Parameter> parameters(JsonNode of, List<String> but) {
    List<Parameter> parameters = new ArrayList<>();
    of.properties()
        .forEach(field -> {
          if (field.getValue().isValueNode()
              && !field.getValue().isNull()
              && !but.contains(field.getKey())) {
            parameters.add(new Parameter(words(field.getKey()), value(field.getValue())));
          }
        });
    return parameters;
  }

  private static String value(JsonNode value) {
    if (value.isBoolean()) {
      return value.asBoolean() ? "yes" : "no";
    }
    return value.isNumber() ? NumberText.tick(value.asDouble()) : value.asText();
  }

  /** A key as words: what is written together in JSON is apart, and its unit last. */
  static String words(String key) {
    String words =
        key.replaceAll("([a-z0-9])([A-Z])", "$1 $2")
            .replace('_', ' ')
            .toLowerCase(Locale.ROOT)
            .replaceAll(" ms$", ", ms");
    return SHORT.matcher(words).replaceFirst(found -> found.group().toUpperCase(Locale.ROOT));
  }
}
