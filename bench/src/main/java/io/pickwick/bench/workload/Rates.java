package io.pickwick.bench.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How arrivals are written.
 *
 * <ul>
 *   <li>{@code rate=5}: 5 a second, with {@code burstiness}; {@code rate=inf}: all at once
 *   <li>{@code rate=3..60}: the stages of llm-d's ladder from 3 to 60, after its warm-up; with
 *       {@code ladder-steps} and {@code ladder-seconds}, that many even ones; with {@code
 *       ramp=linear} or {@code exponential}, from request to request
 *   <li>{@code rate=3x20+10x20}: 3 a second for 20 s, then 10 for 20 s
 *   <li>{@code burst=50x10}: 50 at once every 10 s
 *   <li>{@code warmup=15x50}: a stage before those of a ladder, not to be measured; 0 for none
 * </ul>
 */
final class Rates {
  /*
   * The ladder of llm-d's "KV-cache wins you can see" (precise-prefix-cache-aware guide,
   * inference-perf, 150 groups x 5 prompts). The warm-up has as many requests as there are prompts,
   * so that each is asked once before the first stage.
   */
  private static final Stage WARM_UP = new Stage(15, 50, true);

  private static final List<Stage> LADDER =
      List.of(
          new Stage(3, 20, false),
          new Stage(10, 20, false),
          new Stage(15, 20, false),
          new Stage(20, 38, false),
          new Stage(22, 34, false),
          new Stage(25, 30, false),
          new Stage(30, 25, false),
          new Stage(35, 21, false),
          new Stage(40, 38, false),
          new Stage(43, 36, false),
          new Stage(46, 33, false),
          new Stage(49, 30, false),
          new Stage(52, 29, false),
          new Stage(55, 27, false),
          new Stage(57, 26, false),
          new Stage(60, 25, false));

  private static final int MOST_STEPS = 1000;
  private static final double LEAST = 0.0001;
  private static final double MOST_RATE = 1e6;
  private static final double MOST_SECONDS = 86_400.0 * WorkloadException.MOST_DAYS;

  private enum Growth {
    STEPS,
    LINEAR,
    EXPONENTIAL
  }

  private final Options options;
  private final String count;
  private final String rate;
  private final Growth growth;
  private final Optional<String> steps;
  private final double stepSeconds;
  private final Optional<String> warmUp;
  private final Optional<String> burst;
  private final double burstiness;

  private Rates(Options options, String fallback, String count) {
    this.options = options;
    this.count = count;
    this.rate = options.text("rate", fallback);
    this.growth = options.choice("ramp", Growth.STEPS);
    this.steps = options.optional("ladder-steps", "llm-d's");
    this.stepSeconds = options.number("ladder-seconds", 30, LEAST, MOST_SECONDS);
    this.warmUp = options.optional("warmup", "0 (15x50 before llm-d's steps)");
    this.burst = options.optional("burst", "none");
    String shape = options.text("burstiness", "1");
    this.burstiness =
        shape.equals("inf")
            ? Double.POSITIVE_INFINITY
            : options.number("burstiness", shape, LEAST, MOST_RATE);
  }

  /**
   * Reads them.
   *
   * @param fallback the rate if none is given
   * @param count the key that says how many come, of which stages know their own
   */
  static Arrivals read(Options options, String fallback, String count) {
    return new Rates(options, fallback, count).arrivals();
  }

  private Arrivals arrivals() {
    int dots = rate.indexOf("..");
    if (dots < 0) {
      options.refuse("rate=FROM..TO", "ramp", "ladder-steps", "ladder-seconds");
    }
    if (burst.isPresent()) {
      options.refuse("no burst", "rate", "warmup", "burstiness");
      return bursts(burst.get());
    }
    if (dots >= 0) {
      return growing(
          options.number("rate", rate, rate.substring(0, dots), LEAST, MOST_RATE),
          options.number("rate", rate, rate.substring(dots + 2), LEAST, MOST_RATE));
    }
    if (rate.contains("x")) {
      options.refuse("one rate", "burstiness");
      List<Stage> stages = new ArrayList<>();
      for (String stage : rate.split("\\+", -1)) {
        stages.add(stage("rate", stage, false));
      }
      return ladder(Optional.empty(), stages);
    }
    options.refuse("a ladder of rates", "warmup");
    if (rate.equals("inf")) {
      options.refuse("a finite rate", "burstiness");
      return new Arrivals.AtOnce();
    }
    return new Arrivals.Steady(options.number("rate", rate, LEAST, MOST_RATE), burstiness);
  }

  private Arrivals growing(double from, double to) {
    if (from > to) {
      throw options.refused("rate", rate, "give the smaller one first");
    }
    if (growth != Growth.STEPS) {
      options.refuse("ramp=steps", "ladder-steps", "ladder-seconds", "warmup");
      return new Arrivals.Ramp(from, to, growth == Growth.EXPONENTIAL, burstiness);
    }
    options.refuse("one rate, or a linear or exponential ramp", "burstiness");
    if (steps.isPresent()) {
      int many = options.count("ladder-steps", steps.get(), 1);
      if (many > MOST_STEPS) {
        throw options.refused("ladder-steps", steps.get(), "give at most " + MOST_STEPS);
      }
      List<Stage> stages = new ArrayList<>();
      for (int step = 0; step < many; step++) {
        double share = many == 1 ? 0 : (double) step / (many - 1);
        stages.add(new Stage(from + (to - from) * share, stepSeconds, false));
      }
      return ladder(Optional.empty(), stages);
    }
    options.refuse("ladder-steps=COUNT", "ladder-seconds");
    List<Stage> stages =
        LADDER.stream().filter(stage -> stage.rate() >= from && stage.rate() <= to).toList();
    if (stages.isEmpty()) {
      throw options.refused(
          "rate",
          rate,
          "llm-d's ladder has no such step; say how many to make, as in ladder-steps=10");
    }
    return ladder(Optional.of(WARM_UP), stages);
  }

  private Arrivals ladder(Optional<Stage> usual, List<Stage> stages) {
    options.refuse("a rate without stages", count);
    List<Stage> all = new ArrayList<>();
    if (warmUp.isEmpty()) {
      usual.ifPresent(all::add);
    } else if (!warmUp.get().equals("0")) {
      all.add(stage("warmup", warmUp.get(), true));
    }
    all.addAll(stages);
    long requests = all.stream().mapToLong(Stage::requests).sum();
    if (requests > Options.MOST_TOKENS) {
      throw options.refused("rate", rate, "that makes too many requests; take shorter stages");
    }
    if (requests == 0) {
      throw options.refused("rate", rate, "that makes no request; take longer stages");
    }
    return new Arrivals.Ladder(all);
  }

  private Stage stage(String key, String text, boolean isWarmUp) {
    int x = text.indexOf('x');
    if (x < 0) {
      throw options.refused(key, text, "give a rate and seconds, as in 15x50");
    }
    Stage stage =
        new Stage(
            options.number(key, text, text.substring(0, x), LEAST, MOST_RATE),
            options.number(key, text, text.substring(x + 1), LEAST, MOST_SECONDS),
            isWarmUp);
    if (stage.requests() == 0) {
      throw options.refused(key, text, "that makes no request; take a longer stage");
    }
    return stage;
  }

  private Arrivals bursts(String text) {
    int x = text.indexOf('x');
    if (x < 0) {
      throw options.refused("burst", text, "give a size and seconds, as in 50x10");
    }
    return new Arrivals.Bursts(
        options.count("burst", text, text.substring(0, x), 1),
        options.number("burst", text, text.substring(x + 1), LEAST, MOST_SECONDS));
  }
}
