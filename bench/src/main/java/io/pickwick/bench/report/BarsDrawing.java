package io.pickwick.bench.report;

import io.pickwick.bench.report.Palette.Look;
import java.util.stream.DoubleStream;

/**
 * Draws numbers as SVG, a dot for each with its interval as a line through it.
 *
 * <p>Dots, not columns: on a logarithmic axis nothing begins at zero.
 */
final class BarsDrawing {
  private static final double LINE = 24;

  private final Bars bars;
  private final Palette palette;
  private final boolean narrow;
  private final Frame frame;
  private final double width;
  private final double height;

  private BarsDrawing(Bars bars, Palette palette, boolean narrow) {
    this.bars = bars;
    this.palette = palette;
    this.narrow = narrow;
    width = narrow ? 360 : 880;
    height = 52 + LINE * Math.max(1, bars.bars().size());
    int longest = bars.bars().stream().mapToInt(one -> name(one).length()).max().orElse(0);
    double numbers = Frame.LETTER * (narrow ? 7 : 18) + 10;
    frame =
        new Frame(
            14 + Frame.LETTER * longest,
            8,
            width - numbers,
            height - 42,
            Scale.of(bars.x(), ends(bars), 14 + Frame.LETTER * longest, width - numbers)
                .withRoom(4),
            Scale.of(Axis.percent(""), DoubleStream.empty(), height - 42, 8));
  }

  /** Draws it in both widths. */
  static void draw(Markup to, Bars bars, Palette palette) {
    new BarsDrawing(bars, palette, false).draw(to);
    new BarsDrawing(bars, palette, true).draw(to);
  }

  private static DoubleStream ends(Bars bars) {
    return bars.bars().stream()
        .flatMapToDouble(one ->
            Double.isFinite(one.halfWidth())
                ? DoubleStream.of(
                    one.value(), one.value() - one.halfWidth(), one.value() + one.halfWidth())
                : DoubleStream.of(one.value()));
  }

  private String name(Bars.Bar bar) {
    return ChartDrawing.shortened(bar.name(), narrow ? 15 : 28);
  }

  private void draw(Markup to) {
    to.newline();
    to.open(
        "svg",
        "class",
        narrow ? "bars narrow" : "bars wide",
        "viewBox",
        "0 0 " + NumberText.place(width) + " " + NumberText.place(height),
        "role",
        "img",
        "aria-label",
        bars.title());
    frame.marksOfX(to, narrow ? 4 : 8, "");
    to.label("t a e", frame.right(), height - 6, bars.x().text() + " →");
    for (int i = 0; i < bars.bars().size(); i++) {
      bar(to, bars.bars().get(i), frame.top() + LINE * (i + 0.5));
    }
    to.close();
  }

  private void bar(Markup to, Bars.Bar bar, double y) {
    Look look = palette.of(bar.name());
    to.open("g", "class", look.classes() + " n");
    to.open(
        "text",
        "class",
        look.ours() ? "e ours" : "e",
        "x",
        NumberText.place(frame.left() - 8),
        "y",
        NumberText.place(y + 4));
    to.text(name(bar));
    if (!name(bar).equals(bar.name())) {
      to.element("title", bar.name());
    }
    to.close();
    double at = frame.x().place(bar.value());
    double low = frame.x().place(bar.value() - bar.halfWidth());
    double high = frame.x().place(bar.value() + bar.halfWidth());
    to.segment("g", frame.left(), y, frame.right(), y);
    if (Double.isFinite(high)) {
      // Where a logarithmic axis can't reach its lower end, the interval begins at the edge.
      to.segment("l", Double.isFinite(low) ? low : frame.left(), y, high, y);
    }
    if (Double.isFinite(at)) {
      to.dot("p", look.ours() ? "6" : "4.5", at, y);
    }
    int decimals = NumberText.decimals(bar.value());
    String value = NumberText.fixed(bar.value(), decimals);
    boolean known = !narrow && Double.isFinite(bar.value()) && bar.halfWidth() > 0;
    to.label(
        "t s",
        frame.right() + 12,
        y + 4,
        known ? value + " ± " + NumberText.fixed(bar.halfWidth(), decimals) : value);
    to.close();
  }
}
