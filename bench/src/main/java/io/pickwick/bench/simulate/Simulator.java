package io.pickwick.bench.simulate;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.zeromq.ZContext;

/** A pool of simulated vLLM pods in this process. */
public final class Simulator implements AutoCloseable {
  private final SimulatorOptions options;
  private final List<Pod> pods;
  private final ZContext context;

  private Simulator(SimulatorOptions options, List<Pod> pods, ZContext context) {
    this.options = options;
    this.pods = List.copyOf(pods);
    this.context = context;
  }

  /** Starts the pods; fails when a port is taken, and then leaves none running. */
  public static Simulator start(SimulatorOptions options) throws IOException {
    MetricsTemplate template =
        MetricsTemplate.load(
            options.model(),
            options.engine(),
            !options.loras().isEmpty(),
            options.smallMetrics(),
            options.events().hashAlgorithm());
    PodTokens tokens = tokens(options.tokenizer());
    ZContext context = new ZContext();
    List<Pod> pods = new ArrayList<>();
    try {
      for (int i = 0; i < options.pods(); i++) {
        int port = options.port() == 0 || options.spread() ? options.port() : options.port() + i;
        pods.add(Pod.start(i, port, options, template, tokens, context, InstantSource.system()));
      }
    } catch (IOException | RuntimeException e) {
      pods.forEach(Pod::kill);
      context.close();
      throw e;
    }
    return new Simulator(options, pods, context);
  }

  private static PodTokens tokens(String which) throws IOException {
    return switch (which) {
      case SimulatorOptions.TOY -> new ToyTokens();
      case SimulatorOptions.TINY -> ModelTokens.tiny();
      default -> ModelTokens.of(Path.of(which));
    };
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
    context.close();
  }

  /** Writes the model of the tokenizer {@link SimulatorOptions#TINY} into a directory. */
  public static Path unpackModel(Path directory) throws IOException {
    return ModelTokens.unpack(directory);
  }
}
