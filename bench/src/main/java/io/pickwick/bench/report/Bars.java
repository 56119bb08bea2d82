package io.pickwick.bench.report;

import java.util.List;

/**
 * One number for each name and how well it is known, below each other to be ranked by eye.
 *
 * @param x the axis of the number
 * @param bars from top to bottom
 */
public record Bars(String title, String caption, Axis x, List<Bar> bars) implements Figure {
  /**
   * A number.
   *
   * @param name of the policy or target
   * @param value not-a-number where there is none
   * @param halfWidth of its 95 % confidence interval; not-a-number if that is not known
   */
  public record Bar(String name, double value, double halfWidth) {}

  /** Keeps its own copy. */
  public Bars {
    bars = List.copyOf(bars);
  }
}
