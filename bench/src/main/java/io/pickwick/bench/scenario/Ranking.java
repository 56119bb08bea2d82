package io.pickwick.bench.scenario;

import io.pickwick.bench.replay.Comparison;
import io.pickwick.bench.replay.Estimate;
import io.pickwick.bench.report.Axis;
import io.pickwick.bench.report.Cell;
import io.pickwick.bench.report.Chart;
import io.pickwick.bench.report.Parameter;
import io.pickwick.bench.report.Section;
import io.pickwick.bench.report.Series;
import io.pickwick.bench.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Policies on one workload: all measures, the gap closed, and how far each is from ours. */
final class Ranking implements Layout {
  private static final String OURS = "ours";
  private static final Set<String> BOUNDS = Set.of("clairvoyant", "pooled");

  private static final List<Measure> MEASURES =
      List.of(
          Measure.TTFT_MEAN,
          Measure.TTFT_P50,
          Measure.TTFT_P90,
          Measure.TTFT_P99,
          Measure.TPOT_MEAN,
          Measure.ITL_P99,
          Measure.E2E_MEAN,
          Measure.OUTPUT,
          Measure.GOOD,
          Measure.HITS,
          Measure.IMBALANCE,
          Measure.QUEUE,
          Measure.FAILED);

  @Override
  public Section section(Scenario scenario, Results results) {
    List<String> notes = new ArrayList<>(scenario.notes());
    List<Table> tables = new ArrayList<>();
    List<Chart> charts = new ArrayList<>();
    for (Experiment experiment : scenario.experiments()) {
      Comparison comparison = results.of(experiment);
      tables.add(table(experiment, comparison));
      charts.add(distribution(experiment, results));
      verdict(experiment, comparison).ifPresent(notes::add);
    }
    Experiment first = scenario.experiments().getFirst();
    return new Section(
        scenario.name() + ": " + scenario.title(),
        notes,
        List.of(
            new Parameter("engine", first.fleet().engine().name()),
            new Parameter("pods", Integer.toString(first.fleet().pods())),
            new Parameter("seeds", Integer.toString(first.seeds()))),
        tables,
        List.copyOf(charts));
  }

  private static Table table(Experiment experiment, Comparison comparison) {
    List<Table.Column> columns = new ArrayList<>(MEASURES.stream().map(Measure::column).toList());
    columns.add(new Table.Column("", "gap closed", "%", 1, Table.Best.MOST));
    columns.add(new Table.Column("", "TTFT above ours", "%", 1, Table.Best.NONE));
    List<Table.Row> rows = new ArrayList<>();
    for (String policy : comparison.policies()) {
      List<Cell> cells = new ArrayList<>();
      MEASURES.forEach(measure -> cells.add(measure.cell(comparison, policy)));
      cells.add(comparison.gapClosed(policy).map(Measure::cell).orElse(Cell.NONE));
      cells.add(
          policy.equals(OURS)
              ? Cell.NONE
              : comparison.excess(policy, OURS).map(Measure::cell).orElse(Cell.NONE));
      rows.add(new Table.Row(policy, cells));
    }
    return new Table(experiment.label(), "policy", columns, rows, List.of());
  }

  /** In words, whom ours is ahead of: where the whole interval of the paired difference is. */
  private static Optional<String> verdict(Experiment experiment, Comparison comparison) {
    if (!comparison.policies().contains(OURS)) {
      return Optional.empty();
    }
    List<String> ahead = new ArrayList<>();
    List<String> level = new ArrayList<>();
    List<String> behind = new ArrayList<>();
    for (String policy : comparison.policies()) {
      Estimate excess =
          comparison.excess(policy, OURS).orElse(new Estimate(Double.NaN, Double.NaN));
      if (policy.equals(OURS) || BOUNDS.contains(policy) || Double.isNaN(excess.halfWidth())) {
        continue;
      }
      boolean sure = Math.abs(excess.mean()) > excess.halfWidth();
      (sure ? excess.mean() > 0 ? ahead : behind : level).add(policy);
    }
    String closed =
        comparison
            .gapClosed(OURS)
            .map(gap ->
                String.format(
                    Locale.ROOT,
                    "Ours closes %.1f ± %.1f %% of the gap in mean TTFT from random to pooled. ",
                    gap.mean(),
                    gap.halfWidth()))
            .orElse("");
    return Optional.of(
        "%s: %sBy mean TTFT, paired by seed, ours is ahead of %s; level (the interval of 95 %% holds 0) with %s; behind %s."
            .formatted(experiment.label(), closed, names(ahead), names(level), names(behind)));
  }

  private static String names(List<String> policies) {
    return policies.isEmpty() ? "none" : String.join(", ", policies);
  }

  private static Chart distribution(Experiment experiment, Results results) {
    List<Series> series = new ArrayList<>();
    for (Trial trial : experiment.trials()) {
      if (trial.seed() == 1) {
        List<Double> percentiles = results.outcome(trial).percentiles();
        List<Series.Point> points = new ArrayList<>();
        for (int i = 0; i < percentiles.size(); i++) {
          points.add(Series.Point.of(percentiles.get(i), i + 1));
        }
        series.add(new Series(trial.policy(), points));
      }
    }
    return new Chart(
        experiment.label() + ": time to first token",
        "Share of the requests of seed 1 that had their first token by then.",
        Axis.logarithmic("TTFT", "ms"),
        Axis.percent("requests"),
        Chart.Mark.STEPS,
        series);
  }
}
