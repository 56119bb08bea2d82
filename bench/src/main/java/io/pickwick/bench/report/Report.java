package io.pickwick.bench.report;

import java.util.List;

/**
 * What a page tells: how it was made, and what came of it.
 *
 * @param title what it is about
 * @param command the command line that makes it again; empty if there is none
 * @param parameters what was set, in the order in which it is shown
 * @param sections one for each thing that was compared
 */
public record Report(
    String title, String command, List<Parameter> parameters, List<Section> sections) {
  /** Keeps its own copies. */
  public Report {
    parameters = List.copyOf(parameters);
    sections = List.copyOf(sections);
  }
}
