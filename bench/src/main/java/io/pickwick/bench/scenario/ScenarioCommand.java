package io.pickwick.bench.scenario;

import io.pickwick.bench.command.CommandLines;
import io.pickwick.bench.command.Faults;
import io.pickwick.bench.command.WholeFile;
import io.pickwick.bench.command.Within;
import io.pickwick.bench.envoy.EnvoyUnavailableException;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.report.Report;
import io.pickwick.bench.report.ReportMarkdown;
import io.pickwick.bench.report.ReportPage;
import io.pickwick.bench.report.Section;
import io.pickwick.bench.workload.WorkloadException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command {@code scenario}: comparisons by their names.
 *
 * <p>The tables go to the standard output, what is under way to the standard error.
 */
@Command(
    name = "scenario",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Runs named comparisons in virtual time; list tells which there are.")
public final class ScenarioCommand implements Callable<Integer> {
  private static final String LIST = "list";
  private static final String ALL = "all";

  @Parameters(
      paramLabel = "NAME",
      arity = "1..*",
      description = "scenarios, or all of them with all, or list")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--traces",
      paramLabel = "DIR",
      defaultValue = "traces",
      description = "where Mooncake's traces are: FAST25-release/traces of its repository")
  private Path traces = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "writes results.md and results.html, and for each scenario its runs as lines of JSON")
  private @Nullable Path out;

  @Option(
      names = "--seeds",
      defaultValue = "0",
      description = "how many seeds, from 1 on; 0: as many as each scenario has")
  @Within(least = 0, most = 10_000)
  private int seeds;

  @Option(names = "--threads", defaultValue = "2", description = "runs at the same time")
  @Within(least = 1, most = 1024)
  private int threads;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (names.equals(List.of(LIST))) {
      say(list());
      return 0;
    }
    List<Scenario> chosen = chosen();
    Traces files = new Traces(traces);
    checkTraces(chosen, files);
    Path folder = out;
    if (folder != null) {
      checkFolder(folder);
    }
    try {
      run(chosen, files);
      return 0;
    } catch (WorkloadException e) {
      throw wrong(String.valueOf(e.getMessage()));
    } catch (EnvoyUnavailableException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
  }

  private void run(List<Scenario> chosen, Traces files)
      throws EnvoyUnavailableException, IOException, InterruptedException {
    PrintWriter told = spec.commandLine().getErr();
    Trials trials =
        new Trials(
            files,
            threads,
            line -> {
              told.println(line);
              told.flush();
            });
    Results results = new Results(trials.run(wanted(chosen)));
    List<Section> sections =
        new ArrayList<>(chosen.stream().map(one -> one.section(results)).toList());
    if (names.contains(LiveScenario.NAME)) {
      sections.add(
          LiveScenario.section(LiveScenario.real(Launcher.pickwick()), LiveScenario.virtual()));
    }
    Report report = new Report("Policies compared", line(), List.of(), sections);
    String markdown = ReportMarkdown.of(report);
    Path folder = out;
    if (folder != null) {
      WholeFile.write(folder.resolve("results.md"), markdown);
      ReportPage.write(report, folder.resolve("results.html"));
      for (Scenario scenario : chosen) {
        WholeFile.write(
            folder.resolve(scenario.name() + ".jsonl"),
            results.lines(scenario).stream().collect(Collectors.joining("\n", "", "\n")));
      }
    }
    say(markdown);
  }

  /** All runs, each with what it is called: that of the first comparison that needs it. */
  private static Map<Trial, String> wanted(List<Scenario> chosen) {
    Map<Trial, String> wanted = new LinkedHashMap<>();
    for (Scenario scenario : chosen) {
      for (Experiment experiment : scenario.experiments()) {
        String label = experiment.label();
        String name = label.startsWith(scenario.name()) ? label : scenario.name() + ", " + label;
        experiment.trials().forEach(trial -> wanted.putIfAbsent(trial, name));
      }
    }
    return wanted;
  }

  private void checkFolder(Path folder) {
    try {
      Files.createDirectories(folder);
      WholeFile.check(folder.resolve("results.md"));
    } catch (IOException e) {
      throw wrong("--out %s can't be used: %s.".formatted(folder, Faults.words(e)));
    }
  }

  private String line() {
    return "pickwick-bench scenario "
        + String.join(" ", names)
        + " --traces "
        + traces
        + (seeds > 0 ? " --seeds " + seeds : "");
  }

  private List<Scenario> chosen() {
    List<Scenario> chosen = new ArrayList<>();
    for (String name : names) {
      if (name.equals(ALL)) {
        chosen.addAll(Scenarios.table());
      } else if (!name.equals(LiveScenario.NAME)) {
        chosen.add(
            Scenarios.named(name)
                .orElseThrow(() ->
                    wrong(
                        "There is no scenario \"%s\"; there are %s, live and all."
                            .formatted(
                                name,
                                Scenarios.table().stream()
                                    .map(Scenario::name)
                                    .collect(Collectors.joining(", "))))));
      }
    }
    return chosen.stream().distinct().map(this::seeded).toList();
  }

  private Scenario seeded(Scenario scenario) {
    return seeds == 0
        ? scenario
        : new Scenario(
            scenario.name(),
            scenario.title(),
            scenario.notes(),
            scenario.experiments().stream().map(one -> one.with(seeds, one.policies())).toList(),
            scenario.layout());
  }

  private void checkTraces(List<Scenario> chosen, Traces files) {
    for (Scenario scenario : chosen) {
      for (Experiment experiment : scenario.experiments()) {
        files
            .missing(experiment.workload())
            .ifPresent(file -> {
              throw wrong(
                  "The scenario %s needs %s (or .gz, .xz), which is not in %s; give the folder with --traces. It is in FAST25-release/traces of https://github.com/kvcache-ai/Mooncake."
                      .formatted(scenario.name(), file, traces.toAbsolutePath()));
            });
      }
    }
  }

  private static String list() {
    return Stream.concat(
            Scenarios.table().stream().map(one -> line(one.name(), one.title())),
            Stream.of(line(LiveScenario.NAME, LiveScenario.TITLE + "; needs an Envoy, not in all")))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private static String line(String name, String title) {
    return "%-14s%s".formatted(name, title);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private void say(String text) throws IOException {
    CommandLines.say(spec.commandLine(), text);
  }
}
