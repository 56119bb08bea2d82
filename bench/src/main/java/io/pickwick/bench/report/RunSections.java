package io.pickwick.bench.report;

import io.pickwick.bench.replay.Estimate;
import io.pickwick.bench.report.MeasuredRun.Load;
import io.pickwick.bench.report.Table.Best;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes the sections of a report from runs: one for each workload and each of its loads, with the
 * tables and figures that compare policies, and before several loads one that compares these.
 *
 * <p>A number over several seeds is their mean with its 95 % confidence interval.
 */
public final class RunSections {
  private static final String WORST = "random";
  private static final String BEST = "pooled";

  private record Kind(String workload, List<Parameter> parameters) {}

  private record Quantity(Table.Column column, Measure measure, double factor) {}

  private static final List<Quantity> POLICIES =
      List.of(
          times("TTFT", "mean", "ms", 0, Measure.TTFT_MEAN, 1),
          times("TTFT", "p50", "ms", 0, Measure.TTFT_P50, 1),
          times("TTFT", "p90", "ms", 0, Measure.TTFT_P90, 1),
          times("TTFT", "p99", "ms", 0, Measure.TTFT_P99, 1),
          new Quantity(
              new Table.Column("within the SLO", "share", "%", 1, Best.MOST),
              Measure.GOOD_SHARE,
              100),
          new Quantity(
              new Table.Column("within the SLO", "rate", "/s", 2, Best.MOST), Measure.GOOD_RATE, 1),
          new Quantity(new Table.Column("pods", "hit ratio", "%", 1, Best.MOST), Measure.HITS, 100),
          new Quantity(
              new Table.Column("pods", "imbalance", "", 2, Best.LEAST), Measure.IMBALANCE, 1));

  private static final List<Quantity> LATENCIES =
      List.of(
          times("TPOT, ms", "mean", "", 1, Measure.TPOT_MEAN, 1),
          times("TPOT, ms", "p50", "", 1, Measure.TPOT_P50, 1),
          times("TPOT, ms", "p90", "", 1, Measure.TPOT_P90, 1),
          times("TPOT, ms", "p99", "", 1, Measure.TPOT_P99, 1),
          times("ITL, ms", "mean", "", 1, Measure.ITL_MEAN, 1),
          times("ITL, ms", "p50", "", 1, Measure.ITL_P50, 1),
          times("ITL, ms", "p90", "", 1, Measure.ITL_P90, 1),
          times("ITL, ms", "p99", "", 1, Measure.ITL_P99, 1),
          times("E2E, s", "mean", "", 2, Measure.E2E_MEAN, 0.001),
          times("E2E, s", "p50", "", 2, Measure.E2E_P50, 0.001),
          times("E2E, s", "p90", "", 2, Measure.E2E_P90, 0.001),
          times("E2E, s", "p99", "", 2, Measure.E2E_P99, 0.001));

  private final List<MeasuredRun> runs;
  private final List<String> names;

  private RunSections(Collection<MeasuredRun> runs) {
    this.runs = List.copyOf(runs);
    names = ranked(this.runs);
  }

  private static Quantity times(
      String group, String title, String unit, int decimals, Measure measure, double factor) {
    return new Quantity(
        new Table.Column(group, title, unit, decimals, Best.LEAST), measure, factor);
  }

  /**
   * The sections of these runs, in the order of their workloads and loads.
   *
   * @throws ReportException if a replay comes twice, since it would count as more seeds than there
   *     were
   */
  public static List<Section> of(Collection<MeasuredRun> runs) {
    Set<List<Object>> seen = new LinkedHashSet<>();
    Map<Kind, Map<Load, List<MeasuredRun>>> kinds = new LinkedHashMap<>();
    for (MeasuredRun run : runs) {
      Kind kind = new Kind(run.workload(), run.parameters());
      if (!run.live() && !seen.add(List.of(kind, run.load(), run.name(), run.seed()))) {
        throw new ReportException(
            "%s%s, policy %s, seed %d comes twice; each run counts once."
                .formatted(
                    run.workload(),
                    run.load().label().isEmpty() ? "" : " at " + run.load().label(),
                    run.name(),
                    run.seed()));
      }
      kinds
          .computeIfAbsent(
              kind,
              _ ->
                  new TreeMap<>(Comparator.comparingDouble(Load::order).thenComparing(Load::label)))
          .computeIfAbsent(run.load(), _ -> new ArrayList<>())
          .add(run);
    }
    List<Section> sections = new ArrayList<>();
    kinds.forEach((kind, loads) -> {
      String title = title(kind, kinds.keySet());
      List<Parameter> parameters = new ArrayList<>();
      if (!title.equals(kind.workload())) {
        parameters.add(new Parameter("workload", kind.workload()));
      }
      parameters.addAll(kind.parameters());
      if (loads.size() > 1) {
        sections.add(ladder(title, parameters, loads));
        parameters = List.of();
      }
      for (Map.Entry<Load, List<MeasuredRun>> load : loads.entrySet()) {
        String at = load.getKey().label();
        sections.add(
            new RunSections(load.getValue())
                .section(at.isEmpty() ? title : title + ", " + at, parameters));
      }
    });
    return sections;
  }

  /** What the workload is called, and if there are several of that name, what sets it apart. */
  private static String title(Kind kind, Set<Kind> all) {
    String name = name(kind.workload());
    List<Kind> same = all.stream().filter(one -> name(one.workload()).equals(name)).toList();
    if (same.size() == 1) {
      return name;
    }
    Stream<String> workload =
        same.stream().allMatch(one -> one.workload().equals(kind.workload()))
            ? Stream.of()
            : Stream.of(kind.workload().substring(name.length()));
    Stream<String> parameters =
        kind.parameters().stream()
            .filter(mine -> same.stream().anyMatch(one -> !one.parameters().contains(mine)))
            .map(mine -> mine.name() + " " + mine.value());
    String apart =
        Stream.concat(workload, parameters)
            .filter(one -> !one.isEmpty())
            .collect(Collectors.joining(", "));
    return apart.isEmpty() ? name : name + " (" + apart + ")";
  }

  /** A workload without its parameters. */
  static String name(String workload) {
    int colon = workload.indexOf(':');
    return colon <= 0 ? workload : workload.substring(0, colon);
  }

  /** The names, those with the least mean time to first token first. */
  private static List<String> ranked(Collection<MeasuredRun> runs) {
    return runs.stream()
        .collect(Collectors.groupingBy(MeasuredRun::name, LinkedHashMap::new, Collectors.toList()))
        .entrySet()
        .stream()
        .sorted(
            Comparator.comparingDouble(
                entry -> estimate(entry.getValue(), Measure.TTFT_MEAN, 1).mean()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static String noun(List<MeasuredRun> runs) {
    return runs.stream().allMatch(MeasuredRun::live) ? "target" : "policy";
  }

  private static Estimate estimate(List<MeasuredRun> runs, Measure measure, double factor) {
    double[] values = runs.stream().mapToDouble(run -> factor * run.value(measure)).toArray();
    return values.length == 0 ? new Estimate(Double.NaN, Double.NaN) : Estimate.of(values);
  }

  private static boolean failures(Collection<MeasuredRun> runs) {
    return runs.stream().anyMatch(run -> run.value(Measure.FAILED) > 0);
  }

  /**
   * The number of one name's runs among all. What is of answered requests only is not compared
   * where these runs have failures and another's have none: who refuses the slow ones looks fast.
   */
  private static Cell cell(
      List<MeasuredRun> its, List<MeasuredRun> all, Measure measure, double factor) {
    Cell.Measure cell = cell(estimate(its, measure, factor));
    boolean unlike =
        failures(its)
            && !measure.withFailed(its.stream().anyMatch(MeasuredRun::live))
            && measure.time()
            && all.stream().collect(Collectors.groupingBy(MeasuredRun::name)).values().stream()
                .anyMatch(others -> !failures(others));
    return unlike ? cell.apart() : cell;
  }

  private static Cell.Measure cell(Estimate estimate) {
    return Cell.of(estimate.mean(), estimate.halfWidth());
  }

  private List<MeasuredRun> of(String name) {
    return runs.stream().filter(run -> run.name().equals(name)).toList();
  }

  // Several loads.

  private static Section ladder(
      String title, List<Parameter> parameters, Map<Load, List<MeasuredRun>> loads) {
    List<MeasuredRun> all = loads.values().stream().flatMap(List::stream).toList();
    List<String> names = ranked(all);
    List<Table.Column> columns =
        loads.keySet().stream()
            .map(load ->
                new Table.Column(
                    "mean TTFT, ms",
                    load.label().isEmpty() ? "× 1" : load.label(),
                    "",
                    1,
                    Best.LEAST))
            .toList();
    List<Table.Row> rows = new ArrayList<>();
    List<Series> series = new ArrayList<>();
    for (String name : names) {
      List<Cell> cells = new ArrayList<>();
      List<Series.Point> points = new ArrayList<>();
      loads.forEach((load, runs) -> {
        List<MeasuredRun> its = runs.stream().filter(run -> run.name().equals(name)).toList();
        Estimate ttft = estimate(its, Measure.TTFT_MEAN, 1);
        cells.add(cell(its, runs, Measure.TTFT_MEAN, 1));
        if (!its.isEmpty()) {
          points.add(
              new Series.Point(
                  estimate(its, Measure.OUTPUT_RATE, 1).mean(), ttft.mean(), load.label()));
        }
      });
      rows.add(new Table.Row(name, cells));
      series.add(new Series(name, points));
    }
    return new Section(
        title + ", all loads",
        List.of(),
        parameters,
        List.of(new Table("", noun(all), columns, rows, List.of())),
        List.of(
            new Chart(
                "Throughput and time to first token",
                "A dot for each load, from the least to the most. Further right and further down is"
                    + " better.",
                Axis.linear("generated", "tokens/s"),
                Axis.logarithmic("mean TTFT", "ms"),
                Chart.Mark.POINTS,
                drawn(series))));
  }

  // One load.

  private Section section(String title, List<Parameter> parameters) {
    List<Figure> figures = new ArrayList<>();
    figures.add(means());
    distribution().ifPresent(figures::add);
    hits().ifPresent(figures::add);
    queues().ifPresent(figures::add);
    usage().ifPresent(figures::add);
    return new Section(
        title,
        Stream.concat(Stream.of(seeds()), told()).toList(),
        parameters,
        List.of(policies(), table("Latencies after the first token", LATENCIES, List.of())),
        figures);
  }

  /** What must be known of single runs. */
  private Stream<String> told() {
    return runs.stream()
        .flatMap(run ->
            run.notes().stream()
                .map(note -> "A run of %s (seed %d) %s.".formatted(run.name(), run.seed(), note)));
  }

  private String seeds() {
    Set<Long> seeds =
        runs.stream().map(MeasuredRun::seed).collect(Collectors.toCollection(LinkedHashSet::new));
    String known = "; ± is half the 95 % confidence interval by Student's distribution.";
    int most = names.stream().mapToInt(name -> of(name).size()).max().orElse(0);
    if (most <= 1) {
      return "One run each, so nothing tells how well these numbers are known.";
    }
    return seeds.size() == 1
        ? "Means over up to %d runs".formatted(most) + known
        : "Means over %d seeds (%s)"
                .formatted(
                    seeds.size(),
                    seeds.stream().map(String::valueOf).collect(Collectors.joining(", ")))
            + known;
  }

  private Table policies() {
    List<Table.Column> more = new ArrayList<>();
    if (hasBounds()) {
      more.add(new Table.Column("", "gap closed", "%", 1, Best.MOST));
    }
    more.add(new Table.Column("requests", "completed", "", 0, Best.NONE));
    more.add(new Table.Column("requests", "failed", "", 0, Best.LEAST));
    return table("", POLICIES, more);
  }

  private Table table(String title, List<Quantity> quantities, List<Table.Column> more) {
    List<Quantity> known =
        quantities.stream()
            .filter(one -> runs.stream().anyMatch(run -> !Double.isNaN(run.value(one.measure()))))
            .toList();
    List<Table.Column> columns = new ArrayList<>(known.stream().map(this::column).toList());
    columns.addAll(more);
    List<Table.Row> rows = new ArrayList<>();
    for (String name : names) {
      List<MeasuredRun> its = of(name);
      List<Cell> cells = new ArrayList<>();
      known.forEach(one -> cells.add(cell(its, runs, one.measure(), one.factor())));
      if (!more.isEmpty()) {
        if (hasBounds()) {
          cells.add(gap(its));
        }
        cells.add(Cell.of(its.stream().mapToDouble(run -> run.value(Measure.COMPLETED)).sum()));
        cells.add(Cell.of(its.stream().mapToDouble(run -> run.value(Measure.FAILED)).sum()));
      }
      rows.add(new Table.Row(name, cells));
    }
    return new Table(title, noun(runs), columns, rows, more.isEmpty() ? answered() : notes());
  }

  /** With more decimals, where the numbers are small. */
  private Table.Column column(Quantity quantity) {
    Table.Column column = quantity.column();
    double least =
        names.stream()
            .mapToDouble(name -> estimate(of(name), quantity.measure(), quantity.factor()).mean())
            .filter(mean -> mean > 0)
            .min()
            .orElse(100);
    return least < 100 && column.decimals() == 0
        ? new Table.Column(column.group(), column.title(), column.unit(), 1, column.best())
        : column;
  }

  private boolean hasBounds() {
    return names.contains(WORST) && names.contains(BEST);
  }

  /** What is to be known of latencies of which failures are left out. */
  private List<String> answered() {
    return failures(runs.stream().filter(MeasuredRun::live).toList())
        ? List.of(
            "TPOT and ITL are of answered requests only, as the means are; those of a target with"
                + " failed requests are never marked as the best where another has none.")
        : List.of();
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(
        "Requests are those of all seeds together. A failed one counts in the percentiles as having"
            + " taken for ever (∞)"
            + " and is left out of the means"
            + (runs.stream().anyMatch(MeasuredRun::live)
                ? "; where a file does not tell it with the failed ones, a percentile is missing."
                : "."));
    if (runs.stream().anyMatch(run -> !Double.isNaN(run.value(Measure.IMBALANCE)))) {
      notes.add("Imbalance: how long the busiest pod computed, by the mean of all.");
    }
    if (hasBounds()) {
      notes.add(
          "Gap closed: how much of the way from %s placement to one cache that all pods share (%s) the mean TTFT has gone, seed by seed."
              .formatted(WORST, BEST));
    }
    return notes;
  }

  private Cell gap(List<MeasuredRun> its) {
    List<Double> closed = new ArrayList<>();
    for (MeasuredRun run : its) {
      double from = ttft(WORST, run.seed());
      double to = ttft(BEST, run.seed());
      if (from > to) {
        closed.add(100 * (from - run.value(Measure.TTFT_MEAN)) / (from - to));
      }
    }
    return closed.isEmpty()
        ? Cell.NONE
        : cell(Estimate.of(closed.stream().mapToDouble(Double::doubleValue).toArray()));
  }

  private double ttft(String name, long seed) {
    return runs.stream()
        .filter(run -> run.name().equals(name) && run.seed() == seed)
        .mapToDouble(run -> run.value(Measure.TTFT_MEAN))
        .findFirst()
        .orElse(Double.NaN);
  }

  private Bars means() {
    return new Bars(
        "Mean time to first token",
        "With its 95 % confidence interval, where there are several seeds.",
        Axis.logarithmic("mean TTFT", "ms"),
        names.stream()
            .map(name -> {
              Estimate estimate = estimate(of(name), Measure.TTFT_MEAN, 1);
              return new Bars.Bar(name, estimate.mean(), estimate.halfWidth());
            })
            .toList());
  }

  private Optional<Figure> distribution() {
    List<Series> series = new ArrayList<>();
    for (String name : names) {
      double[] times =
          of(name).stream()
              .flatMap(run -> run.firstTokens().stream())
              .mapToDouble(Double::doubleValue)
              .sorted()
              .toArray();
      if (times.length > 0) {
        List<Series.Point> points = new ArrayList<>(times.length);
        for (int i = 0; i < times.length; i++) {
          points.add(Series.Point.of(times[i], 100.0 * (i + 1) / times.length));
        }
        series.add(new Series(name, points));
      }
    }
    if (series.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Chart(
            "Time to first token",
            "The share of requests that had their first token by then, all seeds together. Further"
                + " left is better; a line that ends below 100 % is one of failed requests.",
            Axis.logarithmic("TTFT", "ms"),
            Axis.percent("requests"),
            Chart.Mark.STEPS,
            drawn(series)));
  }

  private Optional<Figure> hits() {
    List<Series> series =
        firsts().stream()
            .filter(run -> !run.hits().isEmpty())
            .map(run -> new Series(run.name(), run.hits()))
            .toList();
    if (series.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Chart(
            "Hit ratio over time",
            "The share of the prompts' tokens that the pods' caches held, in stretches of the run"
                + ofFirst(),
            Axis.linear("since the start", "s"),
            Axis.percent("cached"),
            Chart.Mark.LINE,
            drawn(series)));
  }

  private Optional<Figure> queues() {
    return panels(
        "Queue of each pod over time",
        "Requests waiting: each pod a thin line, their mean the thick one; the longest queue is"
            + " named",
        Axis.linear("waiting", "requests"),
        true);
  }

  private Optional<Figure> usage() {
    return panels(
        "KV blocks in use of each pod over time",
        "Drawn like the queues",
        Axis.linear("in use", "%"),
        false);
  }

  private Optional<Figure> panels(String title, String caption, Axis y, boolean queues) {
    List<Panels.Panel> panels = new ArrayList<>();
    for (MeasuredRun run : firsts()) {
      MeasuredRun.PodSamples pods = run.pods();
      List<List<Double>> values = queues ? pods.waiting() : pods.kvUsage();
      if (!values.isEmpty()) {
        panels.add(
            new Panels.Panel(
                run.name(),
                "mean "
                    + NumberText.brief(
                        run.value(queues ? Measure.QUEUE : Measure.KV_USAGE) * (queues ? 1 : 100))
                    + (queues ? "" : " %"),
                pods(pods.seconds(), values)));
      }
    }
    return panels.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Panels(title, caption + ofFirst(), Axis.linear("since the start", "s"), y, panels));
  }

  private static List<Series> pods(List<Double> seconds, List<List<Double>> values) {
    List<Series> series = new ArrayList<>();
    for (int pod = 0; pod < values.size(); pod++) {
      List<Series.Point> points = new ArrayList<>(seconds.size());
      for (int i = 0; i < Math.min(seconds.size(), values.get(pod).size()); i++) {
        points.add(Series.Point.of(seconds.get(i), values.get(pod).get(i)));
      }
      series.add(new Series("pod " + pod, points));
    }
    return series;
  }

  /** The first run of each name, of those with the least seed. */
  private List<MeasuredRun> firsts() {
    return names.stream()
        .map(name ->
            of(name).stream().min(Comparator.comparingLong(MeasuredRun::seed)).orElseThrow())
        .toList();
  }

  private String ofFirst() {
    long[] seeds = firsts().stream().mapToLong(MeasuredRun::seed).distinct().toArray();
    return seeds.length == 1 ? "; of seed " + seeds[0] + "." : "; of each one's first seed.";
  }

  /** In the order of drawing: the best last, so that it is not hidden. */
  private static List<Series> drawn(List<Series> ranked) {
    return ranked.reversed();
  }
}
