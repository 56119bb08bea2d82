package io.pickwick.bench.simulate;

import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.events.KvEventOptions;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How a simulated pool of pods is set up; start from {@link #defaults()} and change what differs.
 *
 * @param pods how many pods there are
 * @param address the address they listen on
 * @param port the first pod's port, the others follow unless they have addresses of their own; 0
 *     lets the system choose each
 * @param model the base model's name
 * @param loras the adapters that every pod knows
 * @param engine the model of the engine
 * @param speed how many simulated seconds pass in a real one
 * @param smallMetrics whether the metrics page holds only what an endpoint picker reads
 * @param accidentsOverHttp whether {@code POST /accident} is there
 * @param spread whether each pod has a loopback address of its own, counted up from the first, and
 *     the same ports
 * @param tokenizer {@link #TOY}, {@link #TINY}, or the directory of a model
 * @param events how blocks are hashed and told
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
    boolean accidentsOverHttp,
    boolean spread,
    String tokenizer,
    KvEventOptions events) {
  /** The tokenizer that needs no model. */
  public static final String TOY = "toy";

  /** The small model's that comes with the simulator. */
  public static final String TINY = "tiny";

  private static final Pattern SPREADABLE = Pattern.compile("127\\.\\d+\\.\\d+\\.\\d{1,2}");

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
    if (spread && !SPREADABLE.matcher(address).matches()) {
      throw new IllegalArgumentException(
          "Addresses are counted up from a loopback address such as 127.0.0.1, not " + address);
    }
    if (spread && pods > 200) {
      throw new IllegalArgumentException("At most 200 pods have addresses of their own.");
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
        false,
        false,
        TOY,
        KvEventOptions.OFF);
  }

  /** The same with another number of pods. */
  public SimulatorOptions withPods(int count) {
    return new SimulatorOptions(
        count,
        address,
        port,
        model,
        loras,
        engine,
        speed,
        smallMetrics,
        accidentsOverHttp,
        spread,
        tokenizer,
        events);
  }

  /** The same on another address, with another first port. */
  public SimulatorOptions withListen(String host, int first) {
    return new SimulatorOptions(
        pods,
        host,
        first,
        model,
        loras,
        engine,
        speed,
        smallMetrics,
        accidentsOverHttp,
        spread,
        tokenizer,
        events);
  }

  /** The same with another base model. */
  public SimulatorOptions withModel(String name) {
    return new SimulatorOptions(
        pods,
        address,
        port,
        name,
        loras,
        engine,
        speed,
        smallMetrics,
        accidentsOverHttp,
        spread,
        tokenizer,
        events);
  }

  /** The same with these adapters. */
  public SimulatorOptions withLoras(List<String> adapters) {
    return new SimulatorOptions(
        pods,
        address,
        port,
        model,
        adapters,
        engine,
        speed,
        smallMetrics,
        accidentsOverHttp,
        spread,
        tokenizer,
        events);
  }

  /** The same with another engine. */
  public SimulatorOptions withEngine(EngineSpec spec) {
    return new SimulatorOptions(
        pods,
        address,
        port,
        model,
        loras,
        spec,
        speed,
        smallMetrics,
        accidentsOverHttp,
        spread,
        tokenizer,
        events);
  }

  /** The same at another speed. */
  public SimulatorOptions withSpeed(double factor) {
    return new SimulatorOptions(
        pods,
        address,
        port,
        model,
        loras,
        engine,
        factor,
        smallMetrics,
        accidentsOverHttp,
        spread,
        tokenizer,
        events);
  }

  /** The same with the small or the whole metrics page. */
  public SimulatorOptions withSmallMetrics(boolean small) {
    return new SimulatorOptions(
        pods,
        address,
        port,
        model,
        loras,
        engine,
        speed,
        small,
        accidentsOverHttp,
        spread,
        tokenizer,
        events);
  }

  /** The same with or without {@code POST /accident}. */
  public SimulatorOptions withAccidentsOverHttp(boolean allowed) {
    return new SimulatorOptions(
        pods,
        address,
        port,
        model,
        loras,
        engine,
        speed,
        smallMetrics,
        allowed,
        spread,
        tokenizer,
        events);
  }

  /** The same with or without a loopback address for each pod. */
  public SimulatorOptions withSpread(boolean each) {
    return new SimulatorOptions(
        pods,
        address,
        port,
        model,
        loras,
        engine,
        speed,
        smallMetrics,
        accidentsOverHttp,
        each,
        tokenizer,
        events);
  }

  /** The same with another tokenizer. */
  public SimulatorOptions withTokenizer(String which) {
    return new SimulatorOptions(
        pods,
        address,
        port,
        model,
        loras,
        engine,
        speed,
        smallMetrics,
        accidentsOverHttp,
        spread,
        which,
        events);
  }

  /** The same with KV events. */
  public SimulatorOptions withEvents(KvEventOptions told) {
    return new SimulatorOptions(
        pods,
        address,
        port,
        model,
        loras,
        engine,
        speed,
        smallMetrics,
        accidentsOverHttp,
        spread,
        tokenizer,
        told);
  }

  /** The number of an adapter, from 1. */
  int loraId(String name) {
    return loras.indexOf(name) + 1;
  }

  /** Where an adapter lies, as {@code /v1/models} tells it. */
  String loraPath(String name) {
    return "/adapters/" + name;
  }

  /** The address of a pod. */
  String addressOf(int pod) {
    if (!spread) {
      return address;
    }
    int dot = address.lastIndexOf('.');
    return address.substring(0, dot + 1) + (Integer.parseInt(address.substring(dot + 1)) + pod);
  }
}
