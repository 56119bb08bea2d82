package io.pickwick.bench.workload;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
  private int blockSize;

  @Override
  public Integer call() {
    if (workload.isEmpty()) {
      spec.commandLine().getOut().println(Workloads.described());
      return 0;
    }
    if (blockSize < 1) {
      spec.commandLine().getErr().println("--block-size is at least 1.");
      return 2;
    }
    try {
      Workload made = Workloads.generate(workload, seed);
      spec.commandLine().getOut().println(WorkloadShape.of(made, blockSize));
      return 0;
    } catch (WorkloadException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 2;
    }
  }
}
