package io.pickwick.bench.report;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Points of one line.
 *
 * @param name of the policy, target or pod
 * @param points in the order in which they are joined; where a coordinate is not finite, or not
 *     positive on a logarithmic axis, the line has a gap
 */
public record Series(String name, List<Point> points) {
  /**
   * A point.
   *
   * @param label what is said of it when it is shown by itself; may be empty
   */
  public record Point(double x, double y, String label) {
    /** Without a label. */
    public static Point of(double x, double y) {
      return new Point(x, y, "");
    }
  }

  /** All coordinates of one axis, of the points that can be shown. */
  static DoubleStream coordinates(Stream<Series> all, ToDoubleFunction<Point> axis) {
    return all.flatMap(series -> series.points().stream())
        .filter(point -> Double.isFinite(point.x()) && Double.isFinite(point.y()))
        .mapToDouble(axis);
  }

  /** Keeps its own copy. */
  public Series {
    points = List.copyOf(points);
  }
}
