package io.pickwick.bench.simulate;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** The command {@code simulate}: pods of vLLM without a GPU. */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description = "Starts simulated vLLM pods in one process.")
public final class SimulateCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    System.err.println("The simulator is not built yet.");
    return 1;
  }
}
