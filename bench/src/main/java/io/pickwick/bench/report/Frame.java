package io.pickwick.bench.report;

import io.pickwick.bench.report.Outline.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * The area of a drawing in which the lines are, with its axes.
 *
 * @param left its edge, in units of the drawing as all others
 * @param top its edge
 * @param right its edge
 * @param bottom its edge
 * @param x the scale from left to right
 * @param y the scale from bottom to top
 */
record Frame(double left, double top, double right, double bottom, Scale x, Scale y) {
  /** The height of a line of text. */
  static final double TEXT = 13;

  /** About how wide a letter is. */
  static final double LETTER = 6.7;

  static Frame of(
      double left,
      double top,
      double right,
      double bottom,
      Axis x,
      DoubleStream xs,
      Axis y,
      DoubleStream ys,
      int yMarks) {
    Scale across = Scale.of(x, xs, left, right);
    Scale up = Scale.of(y, ys, bottom, top);
    return new Frame(left, top, right, bottom, across, up.withRoom(yMarks));
  }

  /**
   * Draws the grid and what its lines stand for.
   *
   * @param unit written after the last mark of x; empty for none
   */
  void axes(Markup to, int xMarks, int yMarks, String unit) {
    for (double mark : y.marks(yMarks)) {
      double at = y.place(mark);
      to.segment("g", left, at, right, at);
      to.label("t e", left - 6, at + 4, NumberText.tick(mark));
    }
    marksOfX(to, xMarks, unit);
    to.segment("b", left, bottom, right, bottom);
  }

  /** Draws the grid of x alone. */
  void marksOfX(Markup to, int number, String unit) {
    List<Double> marks = x.marks(number);
    for (int i = 0; i < marks.size(); i++) {
      double at = x.place(marks.get(i));
      to.segment("g", at, top, at, bottom);
      boolean last = i == marks.size() - 1 && !unit.isEmpty();
      String text = NumberText.tick(marks.get(i));
      to.label(
          last && at > right - 20 ? "t e" : "t m",
          last && at > right - 20 ? right : at,
          bottom + TEXT + 3,
          last ? text + " " + unit : text);
    }
  }

  /** Where a point is; not-a-number where an axis can't show it. */
  Place place(Series.Point point) {
    return new Place(x.place(point.x()), y.place(point.y()));
  }

  /** How a script reads values off places. */
  String[] described(String... more) {
    List<String> all = new ArrayList<>(List.of(more));
    all.addAll(List.of("data-x", x.described(), "data-y", y.described()));
    return all.toArray(String[]::new);
  }
}
