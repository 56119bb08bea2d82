package io.pickwick.bench.report;

import io.pickwick.bench.report.Palette.Look;
import java.util.ArrayList;
import java.util.List;

/** Writes a table as HTML: the names keep their place when the numbers are moved sideways. */
final class TableMarkup {
  private final Table table;
  private final Palette palette;

  TableMarkup(Table table, Palette palette) {
    this.table = table;
    this.palette = palette;
  }

  void write(Markup to) {
    to.newline();
    if (!table.title().isBlank()) {
      to.element("h3", table.title());
    }
    to.open("div", "class", "scroll", "tabindex", "0");
    to.open("table").open("thead");
    head(to);
    to.close().open("tbody");
    List<Double> best = best();
    for (Table.Row row : table.rows()) {
      row(to, row, best);
    }
    to.close().close().close();
    for (String note : table.notes()) {
      to.element("p", note, "class", "note");
    }
  }

  private void head(Markup to) {
    List<Table.Column> columns = table.columns();
    boolean grouped = columns.stream().anyMatch(column -> !column.group().isEmpty());
    if (grouped) {
      to.open("tr").element("th", "");
      for (int i = 0; i < columns.size(); ) {
        String group = columns.get(i).group();
        int end = i + 1;
        while (end < columns.size() && !group.isEmpty() && columns.get(end).group().equals(group)) {
          end++;
        }
        to.element(
            "th",
            group,
            "class",
            group.isEmpty() ? "" : "group",
            "colspan",
            Integer.toString(end - i),
            "scope",
            "colgroup");
        i = end;
      }
      to.close();
    }
    to.open("tr").element("th", table.corner(), "scope", "col");
    for (int i = 0; i < columns.size(); i++) {
      Table.Column column = columns.get(i);
      to.open("th", "scope", "col", "class", edge(i)).text(column.title());
      if (!column.unit().isEmpty()) {
        to.text(" ").element("small", column.unit());
      }
      to.close();
    }
    to.close();
  }

  /** Whether a column begins another group than the one before. */
  private String edge(int column) {
    boolean begins =
        column > 0
            && !table.columns().get(column).group().equals(table.columns().get(column - 1).group());
    return begins ? "n edge" : "n";
  }

  private void row(Markup to, Table.Row row, List<Double> best) {
    Look look = palette.of(row.name());
    to.newline();
    to.open(
        "tr",
        "class",
        look.classes() + (look.ours() ? " ours" : ""),
        "data-k",
        Integer.toString(look.index()));
    to.open("th", "scope", "row");
    if (look.drawn()) {
      swatch(to, look);
    }
    to.text(row.name()).close();
    for (int i = 0; i < row.cells().size(); i++) {
      switch (row.cells().get(i)) {
        case Cell.Words words -> to.element("td", words.text(), "class", edge(i));
        case Cell.Measure measure -> {
          String mean = NumberText.cell(measure.mean(), table.columns().get(i).decimals());
          boolean marked = !look.bound() && measure.compared() && mean.equals(text(best.get(i), i));
          to.open("td", "class", edge(i) + (marked ? " best" : "")).text(mean);
          String known = NumberText.halfWidth(measure, table.columns().get(i).decimals());
          if (!known.isEmpty()) {
            to.text(" ").element("small", known);
          }
          to.close();
        }
      }
    }
    to.close();
  }

  private String text(double best, int column) {
    return Double.isFinite(best)
        ? NumberText.cell(best, table.columns().get(column).decimals())
        : "";
  }

  /** The best number of each column, not-a-number where none is. */
  private List<Double> best() {
    List<Double> best = new ArrayList<>();
    for (int i = 0; i < table.columns().size(); i++) {
      double found = Double.NaN;
      Table.Best wanted = table.columns().get(i).best();
      int competing = 0;
      for (Table.Row row : table.rows()) {
        if (wanted != Table.Best.NONE
            && !palette.of(row.name()).bound()
            && row.cells().get(i) instanceof Cell.Measure(double mean, double _, boolean compared)
            && compared
            && !Double.isNaN(mean)) {
          competing++;
          boolean better = wanted == Table.Best.LEAST ? mean < found : mean > found;
          found = Double.isNaN(found) || better ? mean : found;
        }
      }
      best.add(2 * equal(i, found) <= competing ? found : Double.NaN);
    }
    return best;
  }

  /** How many of those that compete show the same number; if most do, none is better. */
  private int equal(int column, double value) {
    int equal = 0;
    for (Table.Row row : table.rows()) {
      if (!palette.of(row.name()).bound()
          && row.cells().get(column)
              instanceof Cell.Measure(double mean, double _, boolean compared)
          && compared
          && text(mean, column).equals(text(value, column))) {
        equal++;
      }
    }
    return equal;
  }

  /** A piece of the line as which a name is drawn. */
  static void swatch(Markup to, Look look) {
    to.open("svg", "class", "swatch", "viewBox", "0 0 26 10", "aria-hidden", "true");
    to.empty(
        "line",
        "class",
        "l",
        "stroke-dasharray",
        look.dash().isEmpty() ? "none" : look.dash(),
        "x1",
        "0",
        "y1",
        "5",
        "x2",
        "26",
        "y2",
        "5");
    to.close();
  }
}
