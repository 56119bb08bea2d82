package io.pickwick.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A report as Markdown: all but the drawings, of which the points with labels become tables. */
public final class ReportMarkdown {
  private ReportMarkdown() {}

  /** The whole of it. */
  public static String of(Report report) {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(MarkdownText.inline(report.title())).append('\n');
    if (!report.command().isBlank()) {
      text.append('\n');
      text.append(MarkdownText.code(report.command()));
    }
    parameters(text, report.parameters());
    for (Section section : report.sections()) {
      text.append("\n## ").append(MarkdownText.inline(section.title())).append('\n');
      section
          .notes()
          .forEach(note -> text.append('\n').append(MarkdownText.paragraph(note)).append('\n'));
      parameters(text, section.parameters());
      for (Table table : section.tables()) {
        text.append('\n').append(of(table));
      }
      for (Figure figure : section.figures()) {
        if (figure instanceof Chart chart && chart.mark() == Chart.Mark.POINTS) {
          text.append('\n').append(of(points(chart)));
        }
      }
    }
    return text.toString();
  }

  /** One table, its title and its notes around it. */
  public static String of(Table table) {
    StringBuilder text = new StringBuilder();
    if (!table.title().isBlank()) {
      text.append("**").append(MarkdownText.inline(table.title())).append("**\n\n");
    }
    row(
        text,
        MarkdownText.inline(table.corner()),
        table.columns().stream().map(ReportMarkdown::head).toList());
    text.append("|---|").append("---:|".repeat(table.columns().size())).append('\n');
    for (Table.Row row : table.rows()) {
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < row.cells().size(); i++) {
        cells.add(cell(row.cells().get(i), table.columns().get(i).decimals()));
      }
      row(text, MarkdownText.inline(row.name()), cells);
    }
    table
        .notes()
        .forEach(note -> text.append('\n').append(MarkdownText.paragraph(note)).append('\n'));
    return text.toString();
  }

  private static void parameters(StringBuilder text, List<Parameter> parameters) {
    if (!parameters.isEmpty()) {
      text.append('\n');
      text.append(
          MarkdownText.paragraph(
              parameters.stream()
                  .map(one -> one.name() + " " + one.value())
                  .collect(Collectors.joining("; ", "", "."))));
      text.append('\n');
    }
  }

  private static Table points(Chart chart) {
    List<Table.Row> rows =
        chart.series().stream()
            .flatMap(series ->
                series.points().stream()
                    .map(point ->
                        new Table.Row(
                            series.name(),
                            List.of(
                                Cell.of(point.label()), Cell.of(point.x()), Cell.of(point.y())))))
            .toList();
    return new Table(
        chart.title(),
        "",
        List.of(
            new Table.Column("", "at", "", 0, Table.Best.NONE),
            new Table.Column("", chart.x().title(), chart.x().unit(), 0, Table.Best.NONE),
            new Table.Column("", chart.y().title(), chart.y().unit(), 0, Table.Best.NONE)),
        rows,
        List.of());
  }

  private static String head(Table.Column column) {
    // A group may have the unit of all its columns: "TPOT, ms" and "mean" are "TPOT mean, ms".
    int comma = column.group().lastIndexOf(", ");
    String group = comma < 0 ? column.group() : column.group().substring(0, comma);
    String unit = comma < 0 ? column.unit() : column.group().substring(comma + 2);
    String title = group.isEmpty() ? column.title() : group + " " + column.title();
    return MarkdownText.inline(unit.isEmpty() ? title : title + ", " + unit);
  }

  private static String cell(Cell cell, int decimals) {
    return switch (cell) {
      case Cell.Words words -> MarkdownText.inline(words.text());
      case Cell.Measure measure -> {
        yield (NumberText.cell(measure.mean(), decimals)
                + " "
                + NumberText.halfWidth(measure, decimals))
            .strip();
      }
    };
  }

  private static void row(StringBuilder text, String name, List<String> cells) {
    text.append("| ").append(name).append(" |");
    cells.forEach(cell -> text.append(' ').append(cell).append(" |"));
    text.append('\n');
  }
}
