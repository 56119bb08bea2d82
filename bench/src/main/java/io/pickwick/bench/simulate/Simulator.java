package io.pickwick.bench.simulate;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** A pool of simulated vLLM pods in this process. */
public final class Simulator implements AutoCloseable {
  private final SimulatorOptions options;
  private final List<Pod> pods;

  private Simulator(SimulatorOptions options, List<Pod> pods) {
    this.options = options;
    this.pods = List.copyOf(pods);
  }

  /** Starts the pods; fails when a port is taken, and then leaves none running. */
  public static Simulator start(SimulatorOptions options) throws IOException {
    MetricsTemplate template =
        MetricsTemplate.load(
            options.model(), options.engine(), !options.loras().isEmpty(), options.smallMetrics());
    List<Pod> pods = new ArrayList<>();
    try {
      for (int i = 0; i < options.pods(); i++) {
        int port = options.port() == 0 ? 0 : options.port() + i;
        pods.add(Pod.start("pod-" + i, port, options, template, InstantSource.system()));
      }
    } catch (IOException e) {
      pods.forEach(Pod::kill);
      throw e;
    }
    return new Simulator(options, pods);
  }

  /** How it was set up. */
  public SimulatorOptions options() {
    return options;
  }

  /** The pods in the order of their ports. */
  public List<Pod> pods() {
    return pods;
  }

  @Override
  public void close() {
    pods.forEach(Pod::kill);
  }
}
