package io.pickwick.bench.report;

import java.util.List;
import java.util.Map;

/**
 * One run of one policy or against one target, as far as a report tells of it.
 *
 * @param workload what was asked, without its rate
 * @param load how much of it
 * @param name of the policy or target
 * @param seed what chance was drawn from
 * @param live whether real time passed, so that a second run with the same seed tells more
 * @param parameters what else was set
 * @param notes what a reader must know of it, each a part of a sentence
 * @param values what was measured; what is missing is not known
 * @param firstTokens times to first token in ms, ascending and evenly chosen; infinite for requests
 *     that have failed
 * @param pods the pods over time
 * @param hits what was cached over time: the share of the prompts' tokens in percent by seconds
 */
public record MeasuredRun(
    String workload,
    Load load,
    String name,
    long seed,
    boolean live,
    List<Parameter> parameters,
    List<String> notes,
    Map<Measure, Double> values,
    List<Double> firstTokens,
    PodSamples pods,
    List<Series.Point> hits) {

  /**
   * How much was asked.
   *
   * @param label for people; empty if there is nothing to say
   * @param order greater for more
   */
  public record Load(String label, double order) {}

  /**
   * The pods over time.
   *
   * @param seconds when
   * @param waiting for each pod how many requests were in its queue at these times
   * @param kvUsage for each pod which share of its KV blocks was in use, in percent
   */
  public record PodSamples(
      List<Double> seconds, List<List<Double>> waiting, List<List<Double>> kvUsage) {
    /** Where nothing is known. */
    public static final PodSamples NONE = new PodSamples(List.of(), List.of(), List.of());

    /** Keeps its own copies. */
    public PodSamples {
      seconds = List.copyOf(seconds);
      waiting = waiting.stream().map(List::copyOf).toList();
      kvUsage = kvUsage.stream().map(List::copyOf).toList();
    }
  }

  /** Keeps its own copies. */
  public MeasuredRun {
    parameters = List.copyOf(parameters);
    notes = List.copyOf(notes);
    values = Map.copyOf(values);
    firstTokens = List.copyOf(firstTokens);
    hits = List.copyOf(hits);
  }

  /** A number, or not-a-number if it is not known. */
  public double value(Measure measure) {
    return values.getOrDefault(measure, Double.NaN);
  }
}
