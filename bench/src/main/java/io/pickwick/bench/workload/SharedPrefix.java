package io.pickwick.bench.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The {@code shared_prefix} data of inference-perf: groups of prompts with a system prompt each,
 * all in one shuffled order that is gone through again and again.
 *
 * <p>What is not given is llm-d's case of 150 groups of 5 prompts on its ladder from 3 to 60
 * requests a second.
 */
record SharedPrefix(
    String name,
    int requests,
    int groups,
    int prompts,
    Range system,
    Range question,
    Range output,
    Arrivals arrivals,
    Traffic traffic)
    implements WorkloadSpec {

  static SharedPrefix read(String name, Options options) {
    int groups = options.count("groups", 150, 1);
    int prompts = options.count("prompts", 5, 1);
    if ((long) groups * prompts > Options.MOST_TOKENS) {
      throw options.refused("prompts", Integer.toString(prompts), "these are too many in all");
    }
    return new SharedPrefix(
        name,
        options.count("requests", groups * prompts, 1),
        groups,
        prompts,
        options.range("system", Range.of(6000), 0),
        options.range("question", Range.of(1200), 1),
        options.range("output", Range.of(1000), 1),
        Rates.read(options, "3..60", "requests"),
        Traffic.read(options));
  }

  @Override
  public List<Stage> stages() {
    return traffic.stages(arrivals);
  }

  private record Case(int group, PromptTokens prompt, int output) {}

  @Override
  public Workload generate(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int count = arrivals.requests(requests);
    long[] times = arrivals.times(count, random.split());
    TokenBlocks shared = TokenBlocks.shared(seed);
    List<Case> cases = new ArrayList<>(groups * prompts);
    for (int group = 0; group < groups; group++) {
      PromptText start = PromptText.EMPTY.then(shared, group, system.draw(random));
      for (int prompt = 0; prompt < prompts; prompt++) {
        PromptText text = start.then(shared, groups + cases.size(), question.draw(random));
        cases.add(new Case(group, text, output.draw(random)));
      }
    }
    int[] order = Draws.order(random, cases.size());
    List<WorkloadRequest> list = new ArrayList<>(count);
    for (int id = 0; id < count; id++) {
      Case asked = cases.get(order[id % order.length]);
      list.add(traffic.request(seed, id, asked.group, "", times[id], asked.prompt, asked.output));
    }
    return traffic.workload(name, list);
  }
}
