package io.pickwick.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * From a quantity to its place in a drawing, and where the axis is marked.
 *
 * <p>Every scale has a length, whatever it is made for: no points, a single one, or such as are not
 * numbers.
 */
final class Scale {
  /** Beyond that, differences would no longer be numbers. */
  private static final double LARGEST = 1e300;

  private static final double SMALLEST = 1e-300;

  /** Which part of a logarithmic axis is left free at each end. */
  private static final double ROOM = 0.04;

  /** Which multiples of powers of ten are marked: the first that are few enough. */
  private static final List<List<Double>> MULTIPLES =
      List.of(
          List.of(1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0),
          List.of(1.0, 2.0, 5.0),
          List.of(1.0, 3.0),
          List.of(1.0));

  private final boolean logarithmic;
  private final double least;
  private final double most;
  private final double from;
  private final double to;

  private Scale(boolean logarithmic, double least, double most, double from, double to) {
    this.logarithmic = logarithmic;
    this.least = least;
    this.most = most;
    this.from = from;
    this.to = to;
  }

  /** For an axis on which these values lie, drawn between two places. */
  static Scale of(Axis axis, DoubleStream values, double from, double to) {
    double[] shown =
        values
            .filter(value -> Double.isFinite(value) && (value > 0 || !axis.logarithmic()))
            .toArray();
    double least = axis.least();
    double most = axis.most();
    if (Double.isNaN(least)) {
      least = DoubleStream.of(shown).min().orElse(axis.logarithmic() ? 1 : 0);
    }
    if (Double.isNaN(most)) {
      most = DoubleStream.of(shown).max().orElse(axis.logarithmic() ? 10 : 1);
    }
    if (axis.logarithmic()) {
      least = Math.clamp(least, SMALLEST, LARGEST);
      most = Math.clamp(most, SMALLEST, LARGEST);
      if (!(most > least * 1.01)) {
        return new Scale(true, Math.min(least, most) / 2, Math.max(least, most) * 2, from, to);
      }
      return new Scale(true, least, most, from, to);
    }
    least = Math.clamp(least, -LARGEST, LARGEST);
    most = Math.clamp(most, -LARGEST, LARGEST);
    if (!(most - least > SMALLEST)) {
      most = least + Math.max(1, Math.abs(least) / 10);
    }
    return new Scale(false, least, most, from, to);
  }

  /** The same with some room around what it is for; a linear one ends at a mark instead. */
  Scale withRoom(int marks) {
    if (logarithmic) {
      double room = Math.exp(ROOM * (Math.log(most) - Math.log(least)));
      return new Scale(
          true, Math.max(SMALLEST, least / room), Math.min(LARGEST, most * room), from, to);
    }
    double step = step(marks);
    return new Scale(false, least, Math.ceil(most / step - 1e-9) * step, from, to);
  }

  /** Where a value is; not-a-number if it can't be shown. */
  double place(double value) {
    if (!Double.isFinite(value) || (logarithmic && value <= 0)) {
      return Double.NaN;
    }
    double share =
        logarithmic
            ? (Math.log(value) - Math.log(least)) / (Math.log(most) - Math.log(least))
            : (value - least) / (most - least);
    return from + (to - from) * Math.clamp(share, 0, 1);
  }

  /** The values to mark: some, but no more than that many. */
  List<Double> marks(int number) {
    List<Double> marks = logarithmic ? powers(number) : List.of();
    return marks.size() < 2 ? steps(number) : marks;
  }

  private List<Double> steps(int number) {
    double step = step(number);
    List<Double> marks = new ArrayList<>();
    long first = Math.round(Math.ceil(least / step - 1e-9));
    for (int i = 0; i <= number; i++) {
      double mark = (first + i) * step;
      if (mark <= most + step * 1e-6) {
        marks.add(mark);
      }
    }
    return marks;
  }

  private double step(int number) {
    double rough = (most - least) / Math.max(1, number);
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    for (double factor : new double[] {1, 2, 2.5, 5}) {
      if (factor * power >= rough * 0.999 && (factor != 2.5 || power >= 10)) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  private List<Double> powers(int number) {
    int first = (int) Math.floor(Math.log10(least));
    int last = (int) Math.ceil(Math.log10(most));
    for (int stride = 1; ; stride++) {
      for (List<Double> multiples : stride == 1 ? MULTIPLES : List.of(List.of(1.0))) {
        List<Double> marks = new ArrayList<>();
        for (int power = first; power <= last; power += stride) {
          for (double multiple : multiples) {
            double mark = multiple * Math.pow(10, power);
            if (mark >= least * 0.999 && mark <= most * 1.001) {
              marks.add(mark);
            }
          }
        }
        if (marks.size() <= number) {
          return marks;
        }
      }
    }
  }

  /** What a script needs to know to read a value off a place. */
  String described() {
    return String.join(
        " ",
        NumberText.place(from),
        NumberText.place(to),
        Double.toString(least),
        Double.toString(most),
        logarithmic ? "log" : "linear");
  }
}
