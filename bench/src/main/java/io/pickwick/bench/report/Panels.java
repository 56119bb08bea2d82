package io.pickwick.bench.report;

import java.util.List;

/**
 * The same small drawing once for each policy, all over the same axes, so that they compare.
 *
 * @param panels in the order of reading
 */
public record Panels(String title, String caption, Axis x, Axis y, List<Panel> panels)
    implements Figure {
  /**
   * One of them.
   *
   * @param name of the policy or target
   * @param note a few words beside the name, such as a mean; may be empty
   * @param series one for each pod; of many their range and their middle are drawn
   */
  public record Panel(String name, String note, List<Series> series) {
    /** Keeps its own copy. */
    public Panel {
      series = List.copyOf(series);
    }
  }

  /** Keeps its own copy. */
  public Panels {
    panels = List.copyOf(panels);
  }
}
