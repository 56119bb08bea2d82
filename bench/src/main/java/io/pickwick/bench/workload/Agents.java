package io.pickwick.bench.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Tool-using agents: a long system prompt with the tools, which the tasks of a kind share, then a
 * task, then steps, each with all before it and the result of the last tool.
 *
 * <p>The tasks come at the rate; a step comes after the end of the one before and the tool's
 * exponential time. Some steps start a sub-agent, which shares the context so far and takes steps
 * of its own beside the others; the task does not wait for it.
 */
record Agents(
    String name,
    int tasks,
    int kinds,
    Range tools,
    Range task,
    Range steps,
    Range output,
    Range result,
    double toolSeconds,
    double forks,
    Range forkSteps,
    Arrivals arrivals,
    Traffic traffic)
    implements WorkloadSpec {

  static Agents read(String name, Options options) {
    return new Agents(
        name,
        options.count("tasks", 100, 1),
        options.count("kinds", 4, 1),
        options.range("tools", Range.of(8000), 0),
        options.range("task", new Range(200, 2000), 1),
        options.range("steps", new Range(4, 40), 1, Options.MOST_TURNS),
        options.range("output", new Range(50, 300), 1),
        options.range("result", new Range(100, 2500), 1),
        options.number("tool-seconds", 2, 0.001, 86_400),
        options.share("forks", 0.05),
        options.range("fork-steps", new Range(2, 8), 1, Options.MOST_TURNS),
        Rates.read(options, "0.2", "tasks"),
        Traffic.read(options));
  }

  @Override
  public List<Stage> stages() {
    return traffic.stages(arrivals);
  }

  @Override
  public Workload generate(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int count = arrivals.requests(tasks);
    long[] times = arrivals.times(count, random.split());
    TokenBlocks shared = TokenBlocks.shared(seed);
    List<PromptText> starts = new ArrayList<>();
    for (int kind = 0; kind < kinds; kind++) {
      starts.add(PromptText.EMPTY.then(shared, kind, tools.draw(random)));
    }
    List<WorkloadRequest> list = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      Run run = new Run(seed, index, times[index], random, list);
      run.steps(
          starts.get(random.nextInt(kinds)), WorkloadRequest.NONE, task, steps.draw(random), true);
    }
    return traffic.workload(name, list);
  }

  /** One task. */
  private final class Run {
    private final long seed;
    private final int index;
    private final long atNanos;
    private final RandomGenerator random;
    private final List<WorkloadRequest> list;

    Run(long seed, int index, long atNanos, RandomGenerator random, List<WorkloadRequest> list) {
      this.seed = seed;
      this.index = index;
      this.atNanos = atNanos;
      this.random = random;
      this.list = list;
    }

    void steps(PromptText context, int after, Range first, int count, boolean mayFork) {
      PromptText before = context;
      int last = after;
      for (int step = 0; step < count; step++) {
        int id = list.size();
        int added = (step == 0 ? first : result).draw(random);
        PromptText prompt = before.then(TokenBlocks.own(seed), id, added);
        int generated = output.draw(random);
        WorkloadRequest request =
            traffic.request(seed, id, index, "task-" + index, atNanos, prompt, generated);
        list.add(
            last == WorkloadRequest.NONE
                ? request
                : request.following(
                    last, Math.round(Draws.exponential(random, toolSeconds) * 1e9)));
        before = prompt.thenOutput(id, generated);
        last = id;
        if (mayFork && step < count - 1 && random.nextDouble() < forks) {
          steps(before, id, task, forkSteps.draw(random), false);
        }
      }
    }
  }
}
