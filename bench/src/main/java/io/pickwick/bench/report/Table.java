package io.pickwick.bench.report;

import java.util.List;

/**
 * Numbers, a row for each policy or target.
 *
 * @param title above it; may be empty
 * @param corner the heading of the rows' names
 * @param columns all but that of the names
 * @param rows each with a cell for each column
 * @param notes below it
 */
public record Table(
    String title, String corner, List<Column> columns, List<Row> rows, List<String> notes) {
  /** Which value of a column is shown as the best. */
  public enum Best {
    /** The least. */
    LEAST,
    /** The greatest. */
    MOST,
    /** None. */
    NONE
  }

  /**
   * A column.
   *
   * @param group what neighbours have in common, shown once above them; empty for none
   * @param title its own heading
   * @param unit of its numbers; empty for none
   * @param decimals of its numbers
   * @param best which number is marked; rows of bounds, such as pooled caches, never are
   */
  public record Column(String group, String title, String unit, int decimals, Best best) {}

  /**
   * A row.
   *
   * @param name of the policy or target; a name keeps its colour over the whole page
   * @param cells one for each column
   */
  public record Row(String name, List<Cell> cells) {
    /** Keeps its own copy. */
    public Row {
      cells = List.copyOf(cells);
    }
  }

  /** Holds the rows to the columns. */
  public Table {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
    notes = List.copyOf(notes);
    for (Row row : rows) {
      if (row.cells().size() != columns.size()) {
        throw new IllegalArgumentException(
            "The row %s has %d cells for %d columns."
                .formatted(row.name(), row.cells().size(), columns.size()));
      }
    }
  }
}
