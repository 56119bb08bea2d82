package io.pickwick.bench.report;

/** A drawing. */
public sealed interface Figure permits Bars, Chart, Panels {
  /** Above it. */
  String title();

  /** Below it: what to look for; may be empty. */
  String caption();
}
