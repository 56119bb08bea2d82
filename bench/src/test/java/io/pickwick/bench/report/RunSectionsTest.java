package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.pickwick.bench.report.MeasuredRun.Load;
import io.pickwick.bench.report.MeasuredRun.PodSamples;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunSectionsTest {
  private static final Load ONCE = new Load("", 1);

  private static MeasuredRun run(String name, long seed, double ttft) {
    return run(name, seed, ttft, ONCE, false);
  }

  private static MeasuredRun run(String name, long seed, double ttft, Load load, boolean live) {
    Map<Measure, Double> values = new EnumMap<>(Measure.class);
    values.put(Measure.TTFT_MEAN, ttft);
    values.put(Measure.COMPLETED, 10.0);
    values.put(Measure.FAILED, 1.0);
    values.put(Measure.OUTPUT_RATE, 100 * load.order());
    return new MeasuredRun(
        "chat:users=2",
        load,
        name,
        seed,
        live,
        List.of(new Parameter("pods", "2")),
        List.of(),
        values,
        List.of(ttft, 2 * ttft, Double.POSITIVE_INFINITY),
        new PodSamples(List.of(1.0, 2.0), List.of(List.of(0.0, 3.0)), List.of(List.of(10.0, 20.0))),
        List.of(Series.Point.of(1, 50)));
  }

  private static Cell cell(Table table, String row, String column) {
    for (int i = 0; i < table.columns().size(); i++) {
      if ((table.columns().get(i).group() + " " + table.columns().get(i).title())
          .strip()
          .equals(column)) {
        int at = i;
        return table.rows().stream()
            .filter(one -> one.name().equals(row))
            .map(one -> one.cells().get(at))
            .findFirst()
            .orElseThrow();
      }
    }
    throw new AssertionError(column + " is not in " + table.columns());
  }

  private static List<MeasuredRun> three() {
    return List.of(
        run("random", 1, 200),
        run("ours", 1, 110),
        run("pooled", 1, 100),
        run("random", 2, 300),
        run("ours", 2, 120),
        run("pooled", 2, 100));
  }

  @Test
  void policiesAreRankedWithTheirMeansAndHowMuchOfTheGapTheyClose() {
    List<Section> sections = RunSections.of(three());
    assertThat(sections).hasSize(1);
    Section section = sections.getFirst();
    assertThat(section.title()).isEqualTo("chat");
    assertThat(section.parameters())
        .containsExactly(new Parameter("workload", "chat:users=2"), new Parameter("pods", "2"));
    assertThat(section.notes().getFirst()).contains("2 seeds (1, 2)");
    Table table = section.tables().getFirst();
    assertThat(table.rows().stream().map(Table.Row::name))
        .containsExactly("pooled", "ours", "random");
    Cell.Measure mean = (Cell.Measure) cell(table, "ours", "TTFT mean");
    assertThat(mean.mean()).isEqualTo(115);
    // Student's 97.5 % quantile of one degree of freedom by the standard error of 110 and 120.
    assertThat(mean.halfWidth()).isCloseTo(12.706 * 5, within(1e-9));
    assertThat(((Cell.Measure) cell(table, "ours", "gap closed")).mean()).isEqualTo(90);
    assertThat(((Cell.Measure) cell(table, "random", "gap closed")).mean()).isZero();
    assertThat(((Cell.Measure) cell(table, "pooled", "gap closed")).mean()).isEqualTo(100);
    assertThat(cell(table, "ours", "requests completed")).isEqualTo(Cell.of(20));
    assertThat(cell(table, "ours", "requests failed")).isEqualTo(Cell.of(2));
  }

  private static MeasuredRun target(String name, double failed, double time) {
    return new MeasuredRun(
        "chat",
        ONCE,
        name,
        1,
        true,
        List.of(),
        List.of("was ended early"),
        Map.of(
            Measure.TTFT_MEAN,
            time,
            Measure.TTFT_P50,
            time,
            Measure.ITL_P50,
            time,
            Measure.FAILED,
            failed),
        List.of(),
        PodSamples.NONE,
        List.of());
  }

  @Test
  void whoFailsIsNotTheBestOfAnsweredRequests() {
    List<Table> tables =
        RunSections.of(List.of(target("refuses", 3, 1), target("answers", 0, 2)))
            .getFirst()
            .tables();
    assertThat(cell(tables.getFirst(), "refuses", "TTFT mean"))
        .isEqualTo(new Cell.Measure(1, Double.NaN, false));
    assertThat(cell(tables.getFirst(), "refuses", "TTFT p50"))
        .as("with them")
        .isEqualTo(Cell.of(1));
    assertThat(cell(tables.getLast(), "refuses", "ITL, ms p50"))
        .isEqualTo(new Cell.Measure(1, Double.NaN, false));
    assertThat(cell(tables.getLast(), "answers", "ITL, ms p50")).isEqualTo(Cell.of(2));
    assertThat(tables.getLast().notes())
        .singleElement()
        .asString()
        .startsWith("TPOT and ITL are of answered requests only");
    List<Table> both =
        RunSections.of(List.of(target("refuses", 3, 1), target("too", 1, 2))).getFirst().tables();
    assertThat(cell(both.getLast(), "refuses", "ITL, ms p50")).isEqualTo(Cell.of(1));
    List<Table> none = RunSections.of(List.of(target("a", 0, 1))).getFirst().tables();
    assertThat(none.getLast().notes()).isEmpty();
  }

  @Test
  void whatMustBeKnownOfARunIsSaid() {
    assertThat(RunSections.of(List.of(target("a", 0, 1))).getFirst().notes())
        .contains("A run of a (seed 1) was ended early.");
  }

  @Test
  void withoutBothBoundsThereIsNoGap() {
    Table table =
        RunSections.of(List.of(run("random", 1, 200), run("ours", 1, 110)))
            .getFirst()
            .tables()
            .getFirst();
    assertThat(table.columns().stream().map(Table.Column::title)).doesNotContain("gap closed");
    assertThat(String.join(" ", table.notes())).doesNotContain("Gap closed");
  }

  @Test
  void wherePooledIsNotAheadThereIsNoGap() {
    List<MeasuredRun> runs =
        List.of(run("random", 1, 90), run("ours", 1, 80), run("pooled", 1, 100));
    Table table = RunSections.of(runs).getFirst().tables().getFirst();
    assertThat(cell(table, "ours", "gap closed")).isEqualTo(Cell.NONE);
  }

  @Test
  void measuresThatNobodyKnowsHaveNoColumn() {
    Table table = RunSections.of(three()).getFirst().tables().getFirst();
    assertThat(table.columns().stream().map(Table.Column::title))
        .containsExactly("mean", "gap closed", "completed", "failed");
  }

  @Test
  void theFiguresTellTheRuns() {
    List<Figure> figures = RunSections.of(three()).getFirst().figures();
    assertThat(figures.stream().map(Figure::title))
        .containsExactly(
            "Mean time to first token",
            "Time to first token",
            "Hit ratio over time",
            "Queue of each pod over time",
            "KV blocks in use of each pod over time");
    Chart distribution = (Chart) figures.get(1);
    Series ours = distribution.series().get(1);
    assertThat(ours.name()).isEqualTo("ours");
    assertThat(ours.points().get(1).x()).isEqualTo(120);
    assertThat(ours.points().get(1).y()).as("of six").isCloseTo(100.0 / 3, within(1e-9));
    assertThat(ours.points().getLast().x()).as("the failed").isInfinite();
    Panels queues = (Panels) figures.get(3);
    assertThat(queues.panels().getFirst().series().getFirst().points())
        .containsExactly(Series.Point.of(1, 0), Series.Point.of(2, 3));
  }

  @Test
  void loadsAreComparedBeforeEachIsTold() {
    List<MeasuredRun> runs = new ArrayList<>();
    for (double rate : new double[] {40, 12}) {
      Load load = new Load(NumberText.tick(rate) + " req/s", rate);
      runs.add(run("ours", 1, rate, load, false));
      runs.add(run("random", 1, 2 * rate, load, false));
    }
    List<Section> sections = RunSections.of(runs);
    assertThat(sections.stream().map(Section::title))
        .containsExactly("chat, all loads", "chat, 12 req/s", "chat, 40 req/s");
    Chart ladder = (Chart) sections.getFirst().figures().getFirst();
    assertThat(ladder.mark()).isEqualTo(Chart.Mark.POINTS);
    assertThat(ladder.series().getLast().points())
        .containsExactly(
            new Series.Point(1200, 12, "12 req/s"), new Series.Point(4000, 40, "40 req/s"));
    assertThat(sections.getFirst().tables().getFirst().columns().stream().map(Table.Column::title))
        .containsExactly("12 req/s", "40 req/s");
  }

  @Test
  void aReplayCountsOnceButARealRunMayBeRepeated() {
    List<MeasuredRun> twice = List.of(run("ours", 1, 100), run("ours", 1, 100));
    assertThatExceptionOfType(ReportException.class)
        .isThrownBy(() -> RunSections.of(twice))
        .withMessage("chat:users=2, policy ours, seed 1 comes twice; each run counts once.");
    List<MeasuredRun> live = List.of(run("a", 1, 100, ONCE, true), run("a", 1, 120, ONCE, true));
    Table table = RunSections.of(live).getFirst().tables().getFirst();
    assertThat(table.corner()).isEqualTo("target");
    assertThat(((Cell.Measure) cell(table, "a", "TTFT mean")).mean()).isEqualTo(110);
  }

  @Test
  void ofNoRunsThereIsNothingToTell() {
    assertThat(RunSections.of(List.of())).isEmpty();
  }

  @Test
  void workloadsOfTheSameNameAreSetApart() {
    MeasuredRun one = run("ours", 1, 100);
    MeasuredRun other =
        new MeasuredRun(
            one.workload(),
            one.load(),
            one.name(),
            one.seed(),
            false,
            List.of(new Parameter("pods", "8")),
            List.of(),
            one.values(),
            List.of(),
            PodSamples.NONE,
            List.of());
    assertThat(RunSections.of(List.of(one, other)).stream().map(Section::title))
        .containsExactly("chat (pods 2)", "chat (pods 8)");
  }
}
