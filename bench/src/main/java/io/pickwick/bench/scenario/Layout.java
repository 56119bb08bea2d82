package io.pickwick.bench.scenario;

import io.pickwick.bench.report.Section;

/** How the results of a scenario are shown. */
@FunctionalInterface
interface Layout {
  Section section(Scenario scenario, Results results);
}
