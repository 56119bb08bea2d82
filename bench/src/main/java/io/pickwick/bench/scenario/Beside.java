package io.pickwick.bench.scenario;

import io.pickwick.bench.replay.Comparison;
import io.pickwick.bench.report.Cell;
import io.pickwick.bench.report.Parameter;
import io.pickwick.bench.report.Section;
import io.pickwick.bench.report.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * The first experiment of a scenario beside what was published of the same.
 *
 * @param source who published it
 * @param measures what was
 */
record Beside(String source, List<Measure> measures, List<Row> rows) implements Layout {
  /**
   * A setting.
   *
   * @param name what it is called here
   * @param policy which policy of the experiment stands for it
   * @param published a number for each measure, in its unit; not-a-number where there is none, and
   *     empty where nothing was published
   */
  record Row(String name, String policy, List<Double> published) {
    Row {
      published = List.copyOf(published);
    }

    static Row of(String name, String policy, Double... published) {
      return new Row(name, policy, List.of(published));
    }
  }

  Beside {
    measures = List.copyOf(measures);
    rows = List.copyOf(rows);
  }

  @Override
  public Section section(Scenario scenario, Results results) {
    Experiment experiment = scenario.experiments().getFirst();
    Comparison comparison = results.of(experiment);
    List<Table.Column> columns = new ArrayList<>();
    for (Measure measure : measures) {
      columns.add(
          new Table.Column(
              measure.title(), "published", measure.unit(), measure.decimals(), Table.Best.NONE));
      columns.add(
          new Table.Column(
              measure.title(), "here", measure.unit(), measure.decimals(), Table.Best.NONE));
    }
    List<Table.Row> all = new ArrayList<>();
    for (Row row : rows) {
      List<Cell> cells = new ArrayList<>();
      for (int i = 0; i < measures.size(); i++) {
        cells.add(row.published.isEmpty() ? Cell.NONE : Cell.of(row.published.get(i)));
        cells.add(measures.get(i).cell(comparison, row.policy));
      }
      all.add(new Table.Row(row.name, cells));
    }
    return new Section(
        scenario.name() + ": " + scenario.title(),
        scenario.notes(),
        List.of(
            new Parameter("published by", source),
            new Parameter("engine", experiment.fleet().engine().name()),
            new Parameter("pods", Integer.toString(experiment.fleet().pods())),
            new Parameter("seeds", Integer.toString(experiment.seeds()))),
        List.of(new Table("", "setting", columns, all, List.of())),
        List.of());
  }
}
