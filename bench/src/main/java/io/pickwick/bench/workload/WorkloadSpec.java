package io.pickwick.bench.workload;

import java.util.List;

/**
 * What a workload is to be: a generator or a trace with its parameters, before any seed.
 *
 * <p>It is written as {@code name:key=value,key=value}, such as {@code
 * shared-prefix:groups=150,prompts=5,rate=3..60} or {@code mooncake:trace.jsonl.xz,scale=3}; what
 * is not given is as {@link Workloads#described()} says. A value with a comma is put in double
 * quotes, in which a quote is doubled.
 */
public sealed interface WorkloadSpec
    permits Agents, AzureTrace, Chat, MooncakeTrace, PrefixRepetition, RandomPrompts, SharedPrefix {

  /** As it was written. */
  String name();

  /**
   * The requests: the same for the same seed, to the token and the nanosecond.
   *
   * @throws WorkloadException if a trace can't be read
   */
  Workload generate(long seed);

  /** The stages of its rate, where it has such, in their order from the start. */
  default List<Stage> stages() {
    return List.of();
  }

  /** A value as it has to be written behind a key, in quotes if it must. */
  static String quoted(String value) {
    return Options.quoted(value);
  }

  /**
   * Reads a spec.
   *
   * @throws WorkloadException if the name or a parameter is unknown or wrong
   */
  static WorkloadSpec parse(String text) {
    return Workloads.parse(text);
  }
}
