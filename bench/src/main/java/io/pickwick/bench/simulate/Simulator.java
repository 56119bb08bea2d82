package io.pickwick.bench.simulate;

import java.io.IOException;
import java.util.List;

/** A pool of simulated vLLM pods in this process. */
public final class Simulator implements AutoCloseable {
  private Simulator() {}

  /** Starts the pods; fails when a port is taken, and then leaves none running. */
  public static Simulator start(SimulatorOptions options) throws IOException {
    throw new UnsupportedOperationException("not yet built: " + options);
  }

  /** The pods in the order of their ports. */
  public List<Pod> pods() {
    throw new UnsupportedOperationException("not yet built");
  }

  @Override
  public void close() {}
}
