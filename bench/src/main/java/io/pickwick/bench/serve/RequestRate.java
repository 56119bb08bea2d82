package io.pickwick.bench.serve;

import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadRequest;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/** The rate at which requests are ordered, as it stands in a workload that was written down. */
final class RequestRate {
  private static final String KEY = "rate";

  private RequestRate() {}

  /**
   * A workload at the rate of {@code --request-rate}.
   *
   * @param rate a number, or {@code inf} for all at once; empty for as the workload has it
   * @throws ServeException if it is no rate, or the workload names one itself
   */
  static String into(String workload, String rate) throws ServeException {
    if (rate.isEmpty()) {
      return workload;
    }
    Optional<String> own = parameter(workload, KEY);
    if (own.isPresent()) {
      throw new ServeException(
          "--request-rate %s and rate=%s in the workload: give one of the two."
              .formatted(rate, own.get()));
    }
    return workload + (workload.contains(":") ? "," : ":") + KEY + "=" + word(rate);
  }

  private static String word(String rate) throws ServeException {
    if (rate.toLowerCase(Locale.ROOT).matches("\\+?inf(inity)?")) {
      return "inf";
    }
    if (!(number(rate) > 0)) {
      throw new ServeException(
          "--request-rate %s is no rate; give requests a second above 0, or inf for all at once."
              .formatted(rate));
    }
    return rate;
  }

  /**
   * The requests a second that were ordered; empty if they come all at once, at several rates, or
   * as a trace has them, and for conversations, of which a rate is that of their beginnings.
   */
  static OptionalDouble of(String spec, Workload made) {
    if (made.requests().stream().anyMatch(WorkloadRequest::follows)) {
      return OptionalDouble.empty();
    }
    double rate = parameter(spec, KEY).map(RequestRate::number).orElse(Double.NaN);
    double scale = parameter(spec, "scale").map(RequestRate::number).orElse(1.0);
    return rate > 0 && scale > 0 ? OptionalDouble.of(rate * scale) : OptionalDouble.empty();
  }

  /** Not-a-number if it is none. */
  private static double number(String text) {
    return text.matches("[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?")
        ? Double.parseDouble(text)
        : Double.NaN;
  }

  private static Optional<String> parameter(String spec, String key) {
    return Stream.of(spec.substring(spec.indexOf(':') + 1).split(",", -1))
        .map(String::strip)
        .filter(part -> part.startsWith(key + "="))
        .map(part -> part.substring(key.length() + 1).strip())
        .findFirst();
  }
}
