package io.pickwick.bench.report;

import java.util.List;

/**
 * Lines over common axes, a colour for each.
 *
 * @param series drawn in this order, so the last is on top
 */
public record Chart(String title, String caption, Axis x, Axis y, Mark mark, List<Series> series)
    implements Figure {
  /** How points become a line. */
  public enum Mark {
    /** Straight from point to point. */
    LINE,
    /** A distribution: y is the share of what did not exceed x, and jumps there. */
    STEPS,
    /** Each point shown with its label, joined by a thin line in their order. */
    POINTS
  }

  /** Keeps its own copy. */
  public Chart {
    series = List.copyOf(series);
  }
}
