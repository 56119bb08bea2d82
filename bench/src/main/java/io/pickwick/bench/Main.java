package io.pickwick.bench;

import io.pickwick.bench.command.CommandLines;
import io.pickwick.bench.demo.DemoCommand;
import io.pickwick.bench.feed.FeedCommand;
import io.pickwick.bench.feed.PublishCommand;
import io.pickwick.bench.load.EchoCommand;
import io.pickwick.bench.load.LoadCommand;
import io.pickwick.bench.load.TrainCommand;
import io.pickwick.bench.micro.MicroCommand;
import io.pickwick.bench.replay.ReplayCommand;
import io.pickwick.bench.report.ReportCommand;
import io.pickwick.bench.scenario.ScenarioCommand;
import io.pickwick.bench.serve.ServeCommand;
import io.pickwick.bench.simulate.SimulateCommand;
import io.pickwick.bench.watch.PodsCommand;
import io.pickwick.bench.watch.WatchCommand;
import io.pickwick.bench.workload.WorkloadCommand;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The tools around the endpoint picker: simulator, demo, load client, micro-benchmarks. */
@Command(
    name = "pickwick-bench",
    mixinStandardHelpOptions = true,
    description = "The tools around the endpoint picker.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      SimulateCommand.class,
      DemoCommand.class,
      LoadCommand.class,
      EchoCommand.class,
      TrainCommand.class,
      FeedCommand.class,
      PublishCommand.class,
      WatchCommand.class,
      PodsCommand.class,
      ReplayCommand.class,
      ReportCommand.class,
      ScenarioCommand.class,
      WorkloadCommand.class,
      ServeCommand.class,
      MicroCommand.class
    })
public final class Main implements Callable<Integer> {
  @Spec private CommandSpec spec;

  private Main() {}

  /** Runs the tool that the first argument names; without one, says what there is. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return CommandLines.of(new Main());
  }

  /** Without a command. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }
}
