package io.pickwick.bench.report;

import io.pickwick.bench.report.Outline.Place;
import io.pickwick.bench.report.Palette.Look;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Draws panels as SVG, small enough to stand side by side and the same on every page.
 *
 * <p>Up to a dozen lines are all drawn, thin, with their mean over them. Of more the range and the
 * middle half are filled, with the median over them: more lines could not be told apart.
 */
final class PanelsDrawing {
  private static final int LINES = 12;
  private static final double WIDTH = 320;
  private static final double HEIGHT = 150;
  private static final int MARKS = 3;

  private final Panels panels;
  private final Palette palette;
  private final Frame frame;

  PanelsDrawing(Panels panels, Palette palette) {
    this.panels = panels;
    this.palette = palette;
    frame =
        Frame.of(
            40,
            10,
            WIDTH - 10,
            HEIGHT - 22,
            panels.x(),
            coordinates(panels, Series.Point::x),
            panels.y(),
            coordinates(panels, Series.Point::y),
            MARKS);
  }

  private static DoubleStream coordinates(Panels panels, ToDoubleFunction<Series.Point> axis) {
    return Series.coordinates(
        panels.panels().stream().flatMap(panel -> panel.series().stream()), axis);
  }

  void draw(Markup to) {
    to.open("div", "class", "panels");
    for (Panels.Panel panel : panels.panels()) {
      draw(to, panel);
    }
    to.close();
  }

  private void draw(Markup to, Panels.Panel panel) {
    Look look = palette.of(panel.name());
    to.newline();
    to.open("div", "class", "panel " + look.classes());
    to.open("h4").element("span", panel.name(), "class", "name");
    to.element("small", panel.note()).close();
    to.open(
        "svg",
        frame.described(
            "class",
            "small",
            "viewBox",
            "0 0 " + NumberText.place(WIDTH) + " " + NumberText.place(HEIGHT),
            "role",
            "img",
            "aria-label",
            panels.title() + ": " + panel.name()));
    frame.axes(to, 4, MARKS, panels.x().unit());
    List<List<Place>> lines =
        panel.series().stream()
            .map(series -> series.points().stream().map(frame::place).toList())
            .filter(line -> line.stream().anyMatch(Place::shown))
            .toList();
    if (lines.size() > LINES) {
      range(to, lines);
    } else {
      lines.forEach(line -> polylines(to, "l pod", line));
      if (lines.size() > 1) {
        polylines(to, "l mean", across(lines, PanelsDrawing::mean));
      }
    }
    peak(to, panel);
    to.close().close();
  }

  private static void polylines(Markup to, String classes, List<Place> places) {
    for (String points : Outline.lines(places)) {
      to.empty("polyline", "class", classes, "points", points);
    }
  }

  private interface Level {
    double of(double[] sorted);
  }

  private static double mean(double[] sorted) {
    return Arrays.stream(sorted).average().orElse(Double.NaN);
  }

  /** The lines' heights, one after another, summed up at each place. */
  private static List<Place> across(List<List<Place>> lines, Level level) {
    int length = lines.stream().mapToInt(List::size).max().orElse(0);
    List<Place> places = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      int index = i;
      List<Place> here =
          lines.stream()
              .filter(line -> index < line.size() && line.get(index).shown())
              .map(line -> line.get(index))
              .toList();
      double[] heights = here.stream().mapToDouble(Place::y).sorted().toArray();
      places.add(
          heights.length == 0
              ? new Place(Double.NaN, Double.NaN)
              : new Place(here.getFirst().x(), level.of(heights)));
    }
    return places;
  }

  private static void range(Markup to, List<List<Place>> lines) {
    band(to, "band", lines, 0, 1);
    band(to, "band", lines, 0.25, 0.75);
    polylines(to, "l mean", across(lines, sorted -> quantile(sorted, 0.5)));
  }

  private static double quantile(double[] sorted, double share) {
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }

  private static void band(
      Markup to, String classes, List<List<Place>> lines, double low, double high) {
    List<Place> edge = new ArrayList<>(shown(across(lines, sorted -> quantile(sorted, low))));
    List<Place> back = new ArrayList<>(shown(across(lines, sorted -> quantile(sorted, high))));
    Collections.reverse(back);
    edge = new ArrayList<>(Outline.thinned(edge));
    edge.addAll(Outline.thinned(back));
    StringBuilder points = new StringBuilder();
    edge.forEach(place ->
        points
            .append(points.isEmpty() ? "" : " ")
            .append(NumberText.place(place.x()))
            .append(',')
            .append(NumberText.place(place.y())));
    to.empty("polygon", "class", classes, "points", points.toString());
  }

  private static List<Place> shown(List<Place> places) {
    return places.stream().filter(Place::shown).toList();
  }

  /** Names the pod that has most, there where it has. */
  private void peak(Markup to, Panels.Panel panel) {
    String name = "";
    Series.Point most = Series.Point.of(Double.NaN, Double.NEGATIVE_INFINITY);
    for (Series series : panel.series()) {
      for (Series.Point point : series.points()) {
        if (frame.place(point).shown() && point.y() > most.y()) {
          most = point;
          name = series.name();
        }
      }
    }
    Place at = frame.place(most);
    if (!at.shown()) {
      to.label("t m", WIDTH / 2, HEIGHT / 2, "nothing to show");
      return;
    }
    to.dot("dot", "2.6", at.x(), at.y());
    String text =
        (name.isEmpty() ? "" : ChartDrawing.shortened(name, 16) + ": ")
            + NumberText.tick(most.y())
            + (panels.y().unit().equals("%") ? " %" : "");
    boolean left = at.x() + 8 + Frame.LETTER * text.length() > WIDTH;
    to.label(
        left ? "n e" : "n s",
        left ? at.x() - 6 : at.x() + 6,
        Math.clamp(at.y() + 4, 14, frame.bottom() - 4),
        text);
  }
}
