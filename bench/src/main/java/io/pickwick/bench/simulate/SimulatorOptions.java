package io.pickwick.bench.simulate;

import io.pickwick.bench.engine.EngineSpec;
import java.util.List;

/**
 * How a simulated pool of pods is set up; start from {@link #defaults()} and change what differs.
 *
 * @param pods how many pods there are
 * @param address the address they listen on
 * @param port the first pod's port, the others follow; 0 lets the system choose each
 * @param model the base model's name
 * @param loras the adapters that every pod knows
 * @param engine the model of the engine
 * @param speed how many simulated seconds pass in a real one
 * @param smallMetrics whether the metrics page holds only what an endpoint picker reads
 * @param accidentsOverHttp whether {@code POST /accident} is there
 */
public record SimulatorOptions(
    int pods,
    String address,
    int port,
    String model,
    List<String> loras,
    EngineSpec engine,
    double speed,
    boolean smallMetrics,
    boolean accidentsOverHttp) {

  /** Checks the ranges. */
  public SimulatorOptions {
    if (pods < 1) {
      throw new IllegalArgumentException("A pool needs at least one pod.");
    }
    if (port < 0 || (port > 0 && port + pods - 1 > 65_535)) {
      throw new IllegalArgumentException(
          "%d pods do not fit into the ports from %d.".formatted(pods, port));
    }
    if (!(speed > 0)) {
      throw new IllegalArgumentException("The speed is a positive factor.");
    }
    loras = List.copyOf(loras);
  }

  /** Three pods of Llama 3.1 8B on an H100, each on a port of the system's choice, in real time. */
  public static SimulatorOptions defaults() {
    return new SimulatorOptions(
        3,
        "127.0.0.1",
        0,
        "meta-llama/Llama-3.1-8B-Instruct",
        List.of(),
        EngineSpec.LLAMA_8B_H100,
        1.0,
        false,
        false);
  }

  /** The same with another number of pods. */
  public SimulatorOptions withPods(int count) {
    return new SimulatorOptions(
        count, address, port, model, loras, engine, speed, smallMetrics, accidentsOverHttp);
  }

  /** The same on another address, with another first port. */
  public SimulatorOptions withListen(String host, int first) {
    return new SimulatorOptions(
        pods, host, first, model, loras, engine, speed, smallMetrics, accidentsOverHttp);
  }

  /** The same with another base model. */
  public SimulatorOptions withModel(String name) {
    return new SimulatorOptions(
        pods, address, port, name, loras, engine, speed, smallMetrics, accidentsOverHttp);
  }

  /** The same with these adapters. */
  public SimulatorOptions withLoras(List<String> adapters) {
    return new SimulatorOptions(
        pods, address, port, model, adapters, engine, speed, smallMetrics, accidentsOverHttp);
  }

  /** The same with another engine. */
  public SimulatorOptions withEngine(EngineSpec spec) {
    return new SimulatorOptions(
        pods, address, port, model, loras, spec, speed, smallMetrics, accidentsOverHttp);
  }

  /** The same at another speed. */
  public SimulatorOptions withSpeed(double factor) {
    return new SimulatorOptions(
        pods, address, port, model, loras, engine, factor, smallMetrics, accidentsOverHttp);
  }

  /** The same with the small or the whole metrics page. */
  public SimulatorOptions withSmallMetrics(boolean small) {
    return new SimulatorOptions(
        pods, address, port, model, loras, engine, speed, small, accidentsOverHttp);
  }

  /** The same with or without {@code POST /accident}. */
  public SimulatorOptions withAccidentsOverHttp(boolean allowed) {
    return new SimulatorOptions(
        pods, address, port, model, loras, engine, speed, smallMetrics, allowed);
  }
}
