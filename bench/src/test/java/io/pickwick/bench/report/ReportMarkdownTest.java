package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReportMarkdownTest {
  private static final Table.Column TTFT =
      new Table.Column("TTFT", "mean", "ms", 0, Table.Best.LEAST);
  private static final Table.Column HITS = new Table.Column("", "hits", "%", 1, Table.Best.MOST);

  private static Table table(Table.Row... rows) {
    return new Table("", "policy", List.of(TTFT, HITS), List.of(rows), List.of());
  }

  @Test
  void aSmallReportIsThisText() {
    Table table =
        table(
            new Table.Row("random", List.of(Cell.of(12345.6, 10), Cell.of(1.25))),
            new Table.Row("ours/lambda=0.5", List.of(Cell.of(88, Double.NaN), Cell.of("a|b"))));
    Chart ladder =
        new Chart(
            "Load and wait",
            "",
            Axis.linear("output", "tokens/s"),
            Axis.logarithmic("TTFT", "ms"),
            Chart.Mark.POINTS,
            List.of(new Series("ours/lambda=0.5", List.of(new Series.Point(100, 20, "3 req/s")))));
    Report report =
        new Report(
            "A run",
            "replay --seeds 2",
            List.of(new Parameter("pods", "8"), new Parameter("seeds", "1, 2")),
            List.of(
                new Section(
                    "chat", List.of("First."), List.of(), List.of(table), List.of(ladder))));

    assertThat(ReportMarkdown.of(report))
        .isEqualTo(
            """
            # A run

                replay --seeds 2

            pods 8; seeds 1, 2.

            ## chat

            First.

            | policy | TTFT mean, ms | hits, % |
            |---|---:|---:|
            | random | 12,346 ± 10 | 1.3 |
            | ours/lambda=0.5 | 88 | a\\|b |

            **Load and wait**

            |  | at | output, tokens/s | TTFT, ms |
            |---|---:|---:|---:|
            | ours/lambda=0.5 | 3 req/s | 100 | 20 |
            """);
  }

  @Test
  void numbersThatAreNoneStayReadable() {
    Table.Row row =
        new Table.Row("x", List.of(Cell.of(Double.NaN), Cell.of(Double.POSITIVE_INFINITY, 3)));
    assertThat(ReportMarkdown.of(table(row))).contains("| x | – | ∞ |");
    Table.Row huge = new Table.Row("y", List.of(Cell.of(1.5e300), Cell.of(-0.01)));
    assertThat(ReportMarkdown.of(table(huge))).contains("| y | 1.50e+300 | 0.0 |");
  }

  @Test
  void theUnitOfAGroupStandsLast() {
    Table.Column column = new Table.Column("TPOT, ms", "mean", "", 0, Table.Best.NONE);
    assertThat(ReportMarkdown.of(new Table("", "policy", List.of(column), List.of(), List.of())))
        .contains("| policy | TPOT mean, ms |");
  }

  @Test
  void namesCannotBreakTheTable() {
    Table.Row row = new Table.Row("a|b\n*c* <script> `d`", List.of(Cell.of(-1), Cell.NONE));
    assertThat(ReportMarkdown.of(table(row)))
        .contains("| a\\|b \\*c\\* &lt;script&gt; \\`d\\` | −1 | – |");
  }

  @Test
  void rowsHaveACellForEachColumn() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> table(new Table.Row("short", List.of(Cell.of(1)))))
        .withMessageContaining("short has 1 cells for 2 columns");
  }

  @Test
  void aReportOfNothingIsItsTitle() {
    assertThat(ReportMarkdown.of(new Report("Nothing", " ", List.of(), List.of())))
        .isEqualTo("# Nothing\n");
  }
}
