package io.pickwick.bench.micro;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command {@code micro}: the JMH benchmarks of this package.
 *
 * <p>Forks, warm-ups and times are those that each benchmark says of itself; JMH's own options
 * override them.
 */
@Command(
    name = "micro",
    mixinStandardHelpOptions = true,
    description = "Runs micro-benchmarks; start it in the repository's root, which some read from.",
    footer = {
      "",
      "For example: micro Scheduler -- -p endpoints=100 -prof gc",
      "What there is: micro -- -l     JMH's options: micro -- -h"
    })
public final class MicroCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "REGEX | -- OPTION",
      description = "Which benchmarks, by regular expressions; after --, options of JMH.")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    CommandLineOptions options;
    try {
      options = new CommandLineOptions(arguments.toArray(String[]::new));
    } catch (CommandLineOptionException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 2;
    }
    if (options.shouldHelp()) {
      options.showHelp();
      return 0;
    }
    Runner runner = new Runner(options);
    try {
      if (options.shouldList()) {
        runner.list();
      } else {
        runner.run();
      }
      return 0;
    } catch (NoBenchmarksException e) {
      spec.commandLine()
          .getErr()
          .println("No benchmark matches " + options.getIncludes() + "; micro -- -l lists them.");
      return 2;
    } catch (RunnerException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
  }
}
