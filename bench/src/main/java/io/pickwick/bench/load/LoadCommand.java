package io.pickwick.bench.load;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The command {@code load}: what a request costs Pickwick, beside the echo, in one run. */
@Command(
    name = "load",
    mixinStandardHelpOptions = true,
    description = "Measures what a request costs Pickwick beside a plain echo, in one run.")
public final class LoadCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getErr().println("load is not built yet.");
    return 1;
  }
}
