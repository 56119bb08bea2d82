package io.pickwick.bench.scenario;

import io.pickwick.bench.replay.Comparison;
import io.pickwick.bench.report.Axis;
import io.pickwick.bench.report.Cell;
import io.pickwick.bench.report.Chart;
import io.pickwick.bench.report.Figure;
import io.pickwick.bench.report.Parameter;
import io.pickwick.bench.report.Section;
import io.pickwick.bench.report.Series;
import io.pickwick.bench.report.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * Experiments that differ in one thing: a table for each measure, a row for each experiment, a
 * column for each policy.
 *
 * @param axis what differs
 * @param pareto whether throughput and time to first token are drawn against each other
 */
record Sweep(String axis, List<Measure> measures, boolean pareto) implements Layout {
  Sweep {
    measures = List.copyOf(measures);
  }

  @Override
  public Section section(Scenario scenario, Results results) {
    List<String> policies =
        scenario.experiments().stream().flatMap(one -> one.policies().stream()).distinct().toList();
    List<Table> tables = new ArrayList<>();
    for (Measure measure : measures) {
      List<Table.Column> columns =
          policies.stream()
              .map(policy -> new Table.Column("", policy, "", measure.decimals(), Table.Best.NONE))
              .toList();
      List<Table.Row> rows = new ArrayList<>();
      for (Experiment experiment : scenario.experiments()) {
        Comparison comparison = results.of(experiment);
        List<Cell> cells =
            policies.stream()
                .map(policy ->
                    experiment.policies().contains(policy)
                        ? measure.cell(comparison, policy)
                        : Cell.NONE)
                .toList();
        rows.add(new Table.Row(experiment.label(), cells));
      }
      String unit = measure.unit().isEmpty() ? "" : ", " + measure.unit();
      tables.add(new Table(measure.title() + unit, axis, columns, rows, List.of()));
    }
    Experiment first = scenario.experiments().getFirst();
    List<Figure> figures =
        pareto ? List.of(frontier(scenario.experiments(), results, policies)) : List.of();
    return new Section(
        scenario.name() + ": " + scenario.title(),
        scenario.notes(),
        List.of(
            new Parameter("engine", first.fleet().engine().name()),
            new Parameter("pods", Integer.toString(first.fleet().pods())),
            new Parameter("seeds", Integer.toString(first.seeds()))),
        tables,
        figures);
  }

  private static Chart frontier(
      List<Experiment> experiments, Results results, List<String> policies) {
    List<Series> series = new ArrayList<>();
    for (String policy : policies) {
      List<Series.Point> points = new ArrayList<>();
      for (Experiment experiment : experiments) {
        if (experiment.policies().contains(policy)) {
          Comparison comparison = results.of(experiment);
          points.add(
              new Series.Point(
                  comparison.estimate(policy, Measure.OUTPUT.value()).mean(),
                  comparison.estimate(policy, Measure.TTFT_MEAN.value()).mean(),
                  experiment.label()));
        }
      }
      series.add(new Series(policy, points));
    }
    return new Chart(
        "Throughput and time to first token",
        "Right and down is better; each point is one rate.",
        Axis.linear("output", "tok/s"),
        Axis.logarithmic("TTFT mean", "ms"),
        Chart.Mark.LINE,
        series);
  }
}
