package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.report.Series.Point;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ReportPageTest {
  private static final Axis SECONDS = Axis.linear("since the start", "s");
  private static final Axis MILLIS = Axis.logarithmic("TTFT", "ms");
  private static final Axis SHARE = Axis.percent("requests");

  @TempDir private Path directory;

  private static Report of(Figure... figures) {
    return new Report(
        "A run",
        "",
        List.of(),
        List.of(new Section("one", List.of(), List.of(), List.of(), List.of(figures))));
  }

  private static Report small() {
    Table table =
        new Table(
            "",
            "policy",
            List.of(
                new Table.Column("TTFT", "mean", "ms", 0, Table.Best.LEAST),
                new Table.Column("TTFT", "p99", "ms", 0, Table.Best.LEAST),
                new Table.Column("", "hits", "%", 1, Table.Best.MOST)),
            List.of(
                new Table.Row("random", List.of(Cell.of(300, 12), Cell.of(4000), Cell.of(20))),
                new Table.Row("ours", List.of(Cell.of(90, 3), Cell.of(700), Cell.of(71.5))),
                new Table.Row("lpwl", List.of(Cell.of(95, 4), Cell.of(650), Cell.NONE))),
            List.of("A note."));
    Chart distribution =
        new Chart(
            "Time to first token",
            "Left is better.",
            MILLIS,
            SHARE,
            Chart.Mark.STEPS,
            List.of(
                new Series("random", List.of(Point.of(100, 50), Point.of(4000, 100))),
                new Series("ours", List.of(Point.of(50, 50), Point.of(700, 100)))));
    Panels queues =
        new Panels(
            "Queues",
            "",
            SECONDS,
            Axis.linear("waiting", "requests"),
            List.of(
                new Panels.Panel(
                    "ours",
                    "mean 1.5",
                    List.of(
                        new Series("pod 0", List.of(Point.of(1, 0), Point.of(2, 4))),
                        new Series("pod 1", List.of(Point.of(1, 1), Point.of(2, 1)))))));
    Bars bars = new Bars("Means", "", MILLIS, List.of(new Bars.Bar("ours", 90, 3)));
    return new Report(
        "A small run",
        "replay --seeds 2 > \"runs\"",
        List.of(new Parameter("pods", "2")),
        List.of(
            new Section(
                "chat",
                List.of("First."),
                List.of(new Parameter("seeds", "1, 2")),
                List.of(table),
                List.of(bars, distribution, queues))));
  }

  @Test
  void whatIsNotComparedIsNotTheBest() {
    Table table =
        new Table(
            "",
            "target",
            List.of(new Table.Column("ITL", "mean", "ms", 0, Table.Best.LEAST)),
            List.of(
                new Table.Row("a", List.of(Cell.of(5, 1).apart())),
                new Table.Row("b", List.of(Cell.of(7))),
                new Table.Row("c", List.of(Cell.of(9)))),
            List.of());
    Report report =
        new Report(
            "t",
            "",
            List.of(),
            List.of(new Section("one", List.of(), List.of(), List.of(table), List.of())));
    assertThat(ReportPage.html(report)).contains("best\">7<").doesNotContain("best\">5");
  }

  /** All but what is the same on every page. */
  private static String body(String html) {
    return html.replaceAll("(?s)(/\\*<!\\[CDATA\\[\\*/).*?(/\\*]]>\\*/)", "$1$2");
  }

  @Test
  void aSmallPageIsThisText() throws IOException {
    try (InputStream in = ReportPageTest.class.getResourceAsStream("small.html")) {
      String golden = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      assertThat(body(ReportPage.html(small()))).isEqualTo(golden);
    }
  }

  @Test
  void thePageIsWrittenAsItIs() throws IOException {
    Path file = directory.resolve("page.html");
    ReportPage.write(small(), file);
    assertThat(file).content().isEqualTo(ReportPage.html(small()));
  }

  @Test
  void nothingIsLoadedFromAnywhere() {
    String html = ReportPage.html(small());
    Document page = Pages.parsed(html);
    for (String name : List.of("img", "link", "iframe", "object", "image", "use", "base")) {
      assertThat(Pages.all(page, name, "")).as(name).isEmpty();
    }
    assertThat(Pages.all(page, "script", "")).allMatch(script -> !script.hasAttribute("src"));
    assertThat(html).doesNotContain("@import", "url(", "//cdn", "fetch(", "XMLHttpRequest");
    assertThat(html).contains("default-src &#39;none&#39;".replace("&#39;", "'"));
  }

  @Test
  void bestNumbersAreMarkedButNotThoseOfBounds() {
    Document page = Pages.parsed(ReportPage.html(small()));
    assertThat(Pages.all(page, "td", "best").stream().map(Element::getTextContent))
        .containsExactly("90 ± 3", "650");
  }

  @Test
  void whatNoFigureShowsHasNoButtonAndNoColour() {
    Document page = Pages.parsed(ReportPage.html(small()));
    assertThat(Pages.all(page, "button", "name").stream().map(Element::getTextContent))
        .containsExactly("ours", "random");
    assertThat(Pages.all(page, "svg", "swatch")).hasSize(2 + 2);
  }

  @Test
  void whateverNamesHoldStaysText() {
    String evil = "<script>alert('1')</script>\"'&\u0000\u202e\u001b]]>--><svg onload=x>";
    String told = "<script>alert('1')</script>\"'&␀‹U+202E›␛]]>--><svg onload=x>";
    Table table =
        new Table(
            evil,
            evil,
            List.of(new Table.Column(evil, evil, evil, 0, Table.Best.LEAST)),
            List.of(new Table.Row(evil, List.of(Cell.of(evil)))),
            List.of(evil));
    List<Series> series = List.of(new Series(evil, List.of(new Point(1, 2, evil))));
    Axis axis = Axis.linear(evil, evil);
    Report report =
        new Report(
            evil,
            evil,
            List.of(new Parameter(evil, evil)),
            List.of(
                new Section(
                    evil,
                    List.of(evil),
                    List.of(new Parameter(evil, evil)),
                    List.of(table),
                    List.of(
                        new Chart(evil, evil, axis, axis, Chart.Mark.POINTS, series),
                        new Chart(evil, evil, axis, axis, Chart.Mark.STEPS, series),
                        new Bars(evil, evil, axis, List.of(new Bars.Bar(evil, 1, 1))),
                        new Panels(
                            evil,
                            evil,
                            axis,
                            axis,
                            List.of(new Panels.Panel(evil, evil, series)))))));
    Document page = Pages.parsed(ReportPage.html(report));
    assertThat(Pages.all(page, "script", "")).hasSize(1);
    assertThat(Pages.said(page)).contains(told).doesNotContain("\u202e", "\u001b");
    Element head = Pages.all(page, "th", "").getLast();
    assertThat(head.getTextContent()).isEqualTo(told);
  }

  @Test
  void aReportOfNothingSaysSo() {
    Document page = Pages.parsed(ReportPage.html(new Report("Empty", "", List.of(), List.of())));
    assertThat(Pages.said(page)).contains("Empty").contains("There were no runs.");
  }

  @Test
  void emptyTablesAndFiguresAreDrawnAsEmpty() {
    List<Figure> figures = new ArrayList<>();
    for (Chart.Mark mark : Chart.Mark.values()) {
      figures.add(new Chart("none", "", MILLIS, SHARE, mark, List.of()));
      figures.add(new Chart("empty", "", MILLIS, SHARE, mark, List.of(new Series("a", List.of()))));
    }
    figures.add(new Panels("none", "", SECONDS, SHARE, List.of()));
    figures.add(new Panels("e", "", SECONDS, SHARE, List.of(new Panels.Panel("a", "", List.of()))));
    figures.add(new Bars("none", "", MILLIS, List.of()));
    Document page = checked(of(figures.toArray(Figure[]::new)));
    assertThat(
            Pages.all(page, "text", "").stream()
                .filter(text -> text.getTextContent().equals("nothing to show")))
        .hasSize(2 * 2 * 3 + 1);
  }

  @Test
  void onePointIsSeen() {
    Series one = new Series("a", List.of(Point.of(7, 100)));
    for (Chart.Mark mark : Chart.Mark.values()) {
      Document page = checked(of(new Chart("", "", MILLIS, SHARE, mark, List.of(one))));
      List<Element> lines = Pages.all(page, "polyline", "l");
      assertThat(lines).as(mark.name()).hasSize(2);
      double[] places = Pages.places(lines.getFirst());
      assertThat(places.length).isGreaterThanOrEqualTo(4);
      assertThat(List.of(places[0], places[1]))
          .isNotEqualTo(List.of(places[places.length - 2], places[places.length - 1]));
    }
    Document page =
        checked(
            of(
                new Panels(
                    "", "", SECONDS, SHARE, List.of(new Panels.Panel("a", "", List.of(one))))));
    assertThat(Pages.all(page, "polyline", "pod")).hasSize(1);
  }

  @Test
  void gapsStayGaps() {
    Series broken =
        new Series(
            "a",
            List.of(
                Point.of(1, 10),
                Point.of(2, 20),
                Point.of(3, Double.NaN),
                Point.of(4, 40),
                Point.of(5, Double.POSITIVE_INFINITY),
                Point.of(6, 50),
                Point.of(7, 60)));
    Document page =
        checked(of(new Chart("", "", SECONDS, SHARE, Chart.Mark.LINE, List.of(broken))));
    assertThat(Pages.all(page, "polyline", "l")).hasSize(2 * 3);
  }

  @Test
  void aDistributionOfFailedRequestsEndsBelowTheTop() {
    Series half = new Series("a", List.of(Point.of(10, 25), Point.of(20, 50)));
    Series all = new Series("b", List.of(Point.of(10, 50), Point.of(20, 100)));
    Document page =
        checked(of(new Chart("", "", MILLIS, SHARE, Chart.Mark.STEPS, List.of(half, all))));
    List<Element> lines = Pages.all(page, "polyline", "l");
    double[] failed = Pages.places(lines.get(0));
    double[] whole = Pages.places(lines.get(1));
    assertThat(failed[failed.length - 1]).isEqualTo((28 + 378) / 2.0);
    assertThat(whole[whole.length - 1]).isEqualTo(28);
  }

  @Test
  void ofManyPodsTheRangeIsDrawn() {
    List<Series> pods =
        IntStream.range(0, 64)
            .mapToObj(
                pod -> new Series("pod " + pod, List.of(Point.of(0, pod), Point.of(9, 2 * pod))))
            .toList();
    Document page =
        checked(of(new Panels("", "", SECONDS, SHARE, List.of(new Panels.Panel("a", "", pods)))));
    assertThat(Pages.all(page, "polyline", "pod")).isEmpty();
    assertThat(Pages.all(page, "polyline", "mean")).hasSize(1);
    assertThat(Pages.all(page, "polygon", "band")).hasSize(2);
    assertThat(Pages.said(page)).contains("pod 63: 126 %");
  }

  @Test
  void namesBesideLinesNeverLieOnEachOther() {
    List<Series> same =
        IntStream.range(0, 15)
            .mapToObj(i -> new Series("policy-" + i, List.of(Point.of(1, 50), Point.of(9, 50))))
            .toList();
    for (Chart.Mark mark : Chart.Mark.values()) {
      Document page = checked(of(new Chart("", "", SECONDS, SHARE, mark, same)));
      Element wide = Pages.all(page, "svg", "wide").getFirst();
      Map<String, List<Double>> heights = new TreeMap<>();
      for (Element text : Pages.all(page, "text", "")) {
        if (text.getParentNode() instanceof Element group
            && group.getAttribute("class").endsWith(" n")
            && wide.isSameNode(group.getParentNode())) {
          heights
              .computeIfAbsent(text.getAttribute("x"), _ -> new ArrayList<>())
              .add(Double.valueOf(text.getAttribute("y")));
        }
      }
      assertThat(heights.values().stream().mapToInt(List::size).sum()).isEqualTo(same.size());
      for (List<Double> column : heights.values()) {
        column.sort(null);
        for (int i = 1; i < column.size(); i++) {
          assertThat(column.get(i) - column.get(i - 1)).as(mark.name()).isGreaterThan(10.5);
        }
      }
    }
  }

  @Test
  void whateverTheNumbersThePageIsWholeAndNothingLeavesItsDrawing() {
    long seed = 11;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 60; round++) {
      List<Figure> figures = new ArrayList<>();
      for (Chart.Mark mark : Chart.Mark.values()) {
        figures.add(
            new Chart(
                "c", "", axis(random), axis(random), mark, series(random, random.nextInt(6))));
      }
      figures.add(
          new Panels(
              "p",
              "",
              axis(random),
              axis(random),
              List.of(
                  new Panels.Panel("a", "", series(random, 3)),
                  new Panels.Panel("b", "", series(random, 20)))));
      figures.add(
          new Bars(
              "b",
              "",
              axis(random),
              IntStream.range(0, 4)
                  .mapToObj(i -> new Bars.Bar("name " + i, any(random), any(random)))
                  .toList()));
      checked(of(figures.toArray(Figure[]::new)), "seed " + seed + ", round " + round);
    }
  }

  private static Axis axis(SplittableRandom random) {
    return switch (random.nextInt(3)) {
      case 0 -> MILLIS;
      case 1 -> SHARE;
      default -> SECONDS;
    };
  }

  private static List<Series> series(SplittableRandom random, int number) {
    return IntStream.range(0, number)
        .mapToObj(i ->
            new Series(
                "name " + i,
                IntStream.range(0, random.nextInt(8))
                    .mapToObj(_ -> Point.of(any(random), any(random)))
                    .toList()))
        .toList();
  }

  private static double any(SplittableRandom random) {
    return switch (random.nextInt(10)) {
      case 0 -> 0;
      case 1 -> Double.NaN;
      case 2 -> Double.POSITIVE_INFINITY;
      case 3 -> Double.MAX_VALUE;
      case 4 -> Double.MIN_VALUE;
      case 5 -> -random.nextDouble() * 100;
      case 6 -> Math.pow(10, random.nextDouble(-20, 20));
      default -> random.nextInt(100);
    };
  }

  private static Document checked(Report report) {
    return checked(report, report.title());
  }

  /** The page, when all of its shapes lie inside of their drawings. */
  private static Document checked(Report report, String about) {
    String html = ReportPage.html(report);
    assertThat(html.contains("NaN") || html.contains("Infinity")).as(about).isFalse();
    Document page = Pages.parsed(html);
    for (String shape : List.of("polyline", "polygon", "line", "circle")) {
      for (Element element : Pages.all(page, shape, "")) {
        double[] size = size(element);
        double[] places = Pages.places(element);
        for (int i = 0; i < places.length; i++) {
          assertThat(places[i]).as("%s: %s %d", about, shape, i).isBetween(-2.0, size[i % 2] + 2);
        }
      }
    }
    return page;
  }

  private static double[] size(Element shape) {
    org.w3c.dom.Node node = shape;
    while (!node.getNodeName().equals("svg")) {
      node = node.getParentNode();
    }
    String[] box = ((Element) node).getAttribute("viewBox").split(" ", -1);
    return new double[] {Double.parseDouble(box[2]), Double.parseDouble(box[3])};
  }
}
