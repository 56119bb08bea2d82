package io.pickwick.bench.report;

import java.util.List;

/**
 * One comparison.
 *
 * @param title what was compared; used as its heading and in the list of contents
 * @param notes paragraphs before the tables: what is and is not shown
 * @param parameters what was set for this one
 * @param tables the numbers
 * @param figures the drawings
 */
public record Section(
    String title,
    List<String> notes,
    List<Parameter> parameters,
    List<Table> tables,
    List<Figure> figures) {
  /** Keeps its own copies. */
  public Section {
    notes = List.copyOf(notes);
    parameters = List.copyOf(parameters);
    tables = List.copyOf(tables);
    figures = List.copyOf(figures);
  }
}
