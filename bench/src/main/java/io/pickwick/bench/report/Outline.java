package io.pickwick.bench.report;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * A line through places of a drawing, without those that it would pass anyway.
 *
 * <p>Which are left out is decided by the algorithm of Ramer, Douglas and Peucker: a stretch
 * becomes straight if no place of it is further away than can be seen.
 */
final class Outline {
  /** In units of the drawing, which are about as large as a pixel. */
  private static final double SEEN = 0.3;

  /** A place. */
  record Place(double x, double y) {
    boolean shown() {
      return Double.isFinite(x) && Double.isFinite(y);
    }
  }

  private Outline() {}

  /** The lines between the gaps, each as SVG has the points of a polyline. */
  static List<String> lines(List<Place> places) {
    List<String> lines = new ArrayList<>();
    List<Place> line = new ArrayList<>();
    for (Place place : places) {
      if (place.shown()) {
        line.add(place);
      } else if (!line.isEmpty()) {
        lines.add(points(line));
        line = new ArrayList<>();
      }
    }
    if (!line.isEmpty()) {
      lines.add(points(line));
    }
    return lines;
  }

  private static String points(List<Place> line) {
    StringBuilder text = new StringBuilder();
    List<Place> kept = thinned(line);
    if (kept.size() == 1) {
      // A line of one point would not be seen.
      Place only = kept.getFirst();
      kept = List.of(new Place(only.x() - 2, only.y()), new Place(only.x() + 2, only.y()));
    }
    for (Place place : kept) {
      text.append(text.isEmpty() ? "" : " ")
          .append(NumberText.place(place.x()))
          .append(',')
          .append(NumberText.place(place.y()));
    }
    return text.toString();
  }

  /** Those places that can be seen to matter. */
  static List<Place> thinned(List<Place> line) {
    if (line.isEmpty()) {
      return List.of();
    }
    BitSet kept = new BitSet(line.size());
    kept.set(0);
    kept.set(line.size() - 1);
    Deque<int[]> stretches = new ArrayDeque<>();
    stretches.push(new int[] {0, line.size() - 1});
    while (!stretches.isEmpty()) {
      int[] stretch = stretches.pop();
      double most = SEEN;
      int farthest = -1;
      for (int i = stretch[0] + 1; i < stretch[1]; i++) {
        double distance = distance(line.get(i), line.get(stretch[0]), line.get(stretch[1]));
        if (distance > most) {
          most = distance;
          farthest = i;
        }
      }
      if (farthest >= 0) {
        kept.set(farthest);
        stretches.push(new int[] {stretch[0], farthest});
        stretches.push(new int[] {farthest, stretch[1]});
      }
    }
    return kept.stream().mapToObj(line::get).toList();
  }

  private static double distance(Place place, Place from, Place to) {
    double width = to.x() - from.x();
    double height = to.y() - from.y();
    double length = Math.hypot(width, height);
    double along =
        length == 0
            ? 0
            : ((place.x() - from.x()) * width + (place.y() - from.y()) * height) / length / length;
    double share = Math.clamp(along, 0, 1);
    return Math.hypot(place.x() - from.x() - share * width, place.y() - from.y() - share * height);
  }
}
