package io.pickwick.bench.report;

import io.pickwick.bench.command.CommandLines;
import io.pickwick.bench.command.Faults;
import io.pickwick.bench.command.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code report}: a page and tables from the files of runs. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = "Makes a page of tables and figures from files of replay, serve-bench or vLLM.")
public final class ReportCommand implements Callable<Integer> {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._/,:=@%+-]+");

  @Parameters(
      paramLabel = "RUNS",
      arity = "1..*",
      description =
          "what replay --out, serve-bench --result-json or vLLM's --save-result has written")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "the page, in HTML; without this or --markdown the tables are printed")
  private @Nullable Path page;

  @Option(names = "--markdown", paramLabel = "FILE", description = "the tables, in Markdown")
  private @Nullable Path markdown;

  @Option(names = "--title", defaultValue = "", description = "the page's title")
  private String title = "";

  @Option(
      names = "--made-by",
      paramLabel = "COMMAND",
      description = "a command line that made the runs, to be shown on the page; may be repeated")
  private List<String> madeBy = new ArrayList<>();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    checkPlaces();
    try {
      List<MeasuredRun> runs = new ArrayList<>();
      for (Path file : files) {
        runs.addAll(RunFile.read(file));
      }
      if (runs.isEmpty()) {
        throw new ReportException("There is no run in these files.");
      }
      write(report(runs));
      return 0;
    } catch (ReportException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  /** Before anything is read, so that nothing is half done. */
  private void checkPlaces() {
    if (page != null && markdown != null && same(page, markdown)) {
      throw wrong("--out %s and --markdown %s are one file; name two.".formatted(page, markdown));
    }
    for (Path place : Stream.of(page, markdown).flatMap(Stream::ofNullable).toList()) {
      if (files.stream().anyMatch(file -> same(file, place))) {
        throw wrong(
            "%s is read, and can't be written as well; name another file.".formatted(place));
      }
      try {
        WholeFile.check(place);
      } catch (IOException e) {
        throw wrong((place.equals(page) ? "--out: " : "--markdown: ") + Faults.words(e));
      }
    }
  }

  /** Whether two names are of one file; what is there and no file may be used twice. */
  private static boolean same(Path one, Path other) {
    try {
      if (Files.exists(one) && Files.exists(other)) {
        return Files.isRegularFile(one) && Files.isSameFile(one, other);
      }
      return place(one).equals(place(other));
    } catch (IOException _) {
      // What can't be found out is said when it is read or written.
      return false;
    }
  }

  /** Where a file is or would be. */
  private static Path place(Path file) throws IOException {
    if (Files.exists(file)) {
      return file.toRealPath();
    }
    Path whole = file.toAbsolutePath().normalize();
    Path folder = whole.getParent();
    return folder != null && Files.exists(folder)
        ? folder.toRealPath().resolve(whole.getFileName())
        : whole;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Report report(List<MeasuredRun> runs) {
    return new Report(
        title.isBlank() ? titled(runs) : title,
        Stream.concat(madeBy.stream(), Stream.of(own())).collect(Collectors.joining("\n")),
        List.of(),
        RunSections.of(runs));
  }

  private static String titled(List<MeasuredRun> runs) {
    String workloads =
        runs.stream()
            .map(run -> RunSections.name(run.workload()))
            .distinct()
            .collect(Collectors.joining(", "));
    boolean live = runs.stream().allMatch(MeasuredRun::live);
    return (live ? "Targets under " : "Policies on ") + workloads;
  }

  /** The command line as it was. */
  private String own() {
    CommandLine root = spec.commandLine();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    return root.getCommandName()
        + " "
        + root.getParseResult().originalArgs().stream()
            .map(ReportCommand::quoted)
            .collect(Collectors.joining(" "));
  }

  private static String quoted(String argument) {
    return PLAIN.matcher(argument).matches()
        ? argument
        : "'" + argument.replace("'", "'\\''") + "'";
  }

  private void write(Report report) throws IOException {
    Path html = page;
    Path text = markdown;
    if (html != null) {
      ReportPage.write(report, html);
    }
    if (text != null) {
      WholeFile.write(text, ReportMarkdown.of(report));
    }
    if (html == null && text == null) {
      CommandLines.say(spec.commandLine(), ReportMarkdown.of(report).stripTrailing());
    }
  }
}
