package io.pickwick.bench.scenario;

import io.pickwick.bench.report.Section;
import java.util.List;

/**
 * A comparison with a name.
 *
 * @param name how it is asked for
 * @param title what it is, in a line
 * @param notes what is assumed, and what is and is not comparable
 * @param experiments what is run
 * @param layout how it is shown
 */
record Scenario(
    String name, String title, List<String> notes, List<Experiment> experiments, Layout layout) {
  Scenario {
    notes = List.copyOf(notes);
    experiments = List.copyOf(experiments);
  }

  /** What came of it. */
  Section section(Results results) {
    return layout.section(this, results);
  }
}
