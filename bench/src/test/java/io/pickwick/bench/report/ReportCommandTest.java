package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.command.CommandLines;
import io.pickwick.bench.replay.ReplayCommand;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import picocli.CommandLine;

class ReportCommandTest {
  private static final String SMALL =
      "shared-prefix:groups=6,prompts=4,requests=60,system=300,question=50,output=10,rate=";

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Object command, String... args) {
    return CommandLines.of(command)
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args);
  }

  private String replayed(String rate) {
    String file = directory.resolve("runs-" + rate).toString();
    assertThat(
            run(
                new ReplayCommand(),
                "--workload",
                SMALL + rate,
                "--pods",
                "3",
                "--seeds",
                "2",
                "--policies",
                "random,ours,pooled",
                "--out",
                file))
        .as(err.toString())
        .isZero();
    return file;
  }

  @Test
  void replaysBecomeAPageAndTables() throws Exception {
    Path page = directory.resolve("page.html");
    Path text = directory.resolve("tables.md");
    String slow = replayed("20");
    String fast = replayed("60");
    String[] args = {slow, fast, "--out", page.toString(), "--markdown", text.toString()};
    assertThat(run(new ReportCommand(), args)).as(err.toString()).isZero();

    String html = Files.readString(page);
    Document parsed = Pages.parsed(html);
    assertThat(Pages.said(parsed))
        .contains("Policies on shared-prefix")
        .contains("report " + slow + " " + fast + " --out " + page)
        .contains("shared-prefix, 60 req/s")
        .contains("gap closed");
    assertThat(Pages.all(parsed, "svg", "small")).as("panels").hasSize(2 * 2 * 3);
    assertThat(Files.readString(text)).contains("## shared-prefix, 20 req/s").contains("| ours |");

    assertThat(run(new ReportCommand(), args)).isZero();
    assertThat(page).as("the same bytes again").content().isEqualTo(html);
  }

  @Test
  void withoutAFileTheTablesArePrinted() {
    assertThat(
            run(
                new ReportCommand(),
                replayed("20"),
                "--title",
                "My title",
                "--made-by",
                "replay x"))
        .isZero();
    assertThat(out.toString())
        .contains("# My title")
        .contains("\n    replay x\n    ")
        .contains("| policy | TTFT mean, ms |");
  }

  @Test
  void wrongFilesAreSaidAndNothingIsWritten() throws Exception {
    Path page = directory.resolve("page.html");
    Path empty = Files.writeString(directory.resolve("empty"), "");
    Path other = Files.writeString(directory.resolve("other"), "{\"a\":1}");
    assertThat(run(new ReportCommand(), empty.toString(), "--out", page.toString()))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("There is no run in these files.");
    assertThat(run(new ReportCommand(), other.toString(), "--out", page.toString()))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("other, run 1: this is neither");
    assertThat(run(new ReportCommand(), "nowhere", "--out", page.toString()))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("There is no file nowhere.");
    assertThat(page).doesNotExist();
  }

  @Test
  void aPlaceThatCannotBeWrittenIsSaidBeforeAnythingIsRead() {
    Path page = directory.resolve("missing").resolve("page.html");
    assertThat(run(new ReportCommand(), "nowhere", "--out", page.toString()))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString())
        .contains("--out: There is no folder " + page.getParent() + " for page.html; make it.");
    assertThat(run(new ReportCommand(), "nowhere", "--markdown", directory.toString()))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--markdown: " + directory + " is a folder; name a file.");
  }

  @Test
  void aFileThatIsReadIsNotWritten() throws Exception {
    Path runs = Files.writeString(directory.resolve("runs"), "{}");
    assertThat(run(new ReportCommand(), runs.toString(), "--out", runs.toString()))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("runs is read, and can't be written as well");
    assertThat(runs).hasContent("{}");
  }

  @Test
  void aFileThatIsReadIsNotWrittenUnderAnotherName() throws Exception {
    Path runs = Files.writeString(directory.resolve("runs"), "{}");
    Path link = Files.createSymbolicLink(directory.resolve("link"), runs);
    Path around = directory.resolve(".").resolve("runs");
    for (Path other : List.of(link, around)) {
      for (String option : List.of("--out", "--markdown")) {
        assertThat(run(new ReportCommand(), runs.toString(), option, other.toString()))
            .isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains(other + " is read, and can't be written as well");
        assertThat(runs).hasContent("{}");
      }
    }
  }

  @Test
  void thePageAndTheTablesAreTwoFiles() throws Exception {
    Path runs = Files.writeString(directory.resolve("runs"), "{\"mean_ttft_ms\":1}");
    Path page = directory.resolve("page");
    Path around = directory.resolve(".").resolve("page");
    String[] args = {runs.toString(), "--out", page.toString(), "--markdown", around.toString()};
    assertThat(run(new ReportCommand(), args)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString())
        .contains("--out %s and --markdown %s are one file; name two.".formatted(page, around));
    assertThat(page).doesNotExist();
  }

  @Test
  void tablesThatCannotBePrintedAreNotLostInSilence() throws Exception {
    Path runs = Files.writeString(directory.resolve("runs"), "{\"mean_ttft_ms\":1}");
    Writer broken =
        new FilterWriter(new StringWriter()) {
          @Override
          public void write(String text, int from, int length) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    int status =
        CommandLines.of(new ReportCommand())
            .setOut(new PrintWriter(broken))
            .setErr(new PrintWriter(err))
            .execute(runs.toString());
    assertThat(status).isEqualTo(1);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines(
            "report: not all could be printed: standard output takes no more.");
  }

  @Test
  void argumentsAreQuotedAsAShellNeedsThem() {
    String file = replayed("20");
    assertThat(run(new ReportCommand(), file, "--title", "It's 5 $")).isZero();
    assertThat(out.toString()).contains("--title 'It'\\''s 5 $'");
  }
}
