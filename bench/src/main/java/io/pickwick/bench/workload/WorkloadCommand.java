package io.pickwick.bench.workload;

import io.pickwick.bench.command.Within;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a workload is like; without one, which there are. */
@Command(
    name = "workload",
    mixinStandardHelpOptions = true,
    description = "Say what a workload is like; without one, which there are.")
public final class WorkloadCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      defaultValue = "",
      paramLabel = "WORKLOAD",
      description = "As in chat:sessions=50,rate=2 or mooncake:trace.jsonl.xz,mode=closed.")
  private String workload;

  @Option(names = "--seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--block-size",
      defaultValue = "16",
      description = "Tokens of a block of the cache. Default: ${DEFAULT-VALUE}.")
  @Within(least = 1, most = 65_536)
  private int blockSize;

  @Override
  public Integer call() {
    if (workload.isEmpty()) {
      spec.commandLine().getOut().println(Workloads.described());
      return 0;
    }
    try {
      Workload made = Workloads.generate(workload, seed);
      spec.commandLine().getOut().println(WorkloadShape.of(made, blockSize));
      return 0;
    } catch (WorkloadException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
