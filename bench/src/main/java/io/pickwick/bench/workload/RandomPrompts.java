package io.pickwick.bench.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * vLLM's {@code random} dataset: a prefix that all share, then tokens of one's own.
 *
 * <p>As in vLLM, the prefix comes on top of the input, and lengths are drawn evenly from {@code
 * floor(n·(1−ratio))} to {@code ceil(n·(1+ratio))}. The tokens are not vLLM's, which depend on the
 * tokenizer.
 */
record RandomPrompts(
    String name,
    int requests,
    int prefix,
    Range input,
    Range output,
    Arrivals arrivals,
    Traffic traffic)
    implements WorkloadSpec {

  static RandomPrompts read(String name, Options options) {
    int requests = options.count("requests", 1000, 1);
    int prefix = options.count("prefix", 0, 0);
    int input = options.count("input", 1024, 1);
    int output = options.count("output", 128, 1);
    double ratio = options.share("range-ratio", 0);
    if (ratio == 1) {
      throw options.refused("range-ratio", "1", "give a number below 1");
    }
    Range inputs = around(input, ratio);
    if (prefix + inputs.least() < 1) {
      throw options.refused(
          "input",
          Integer.toString(input),
          "some prompts would be empty; give more of it, a prefix or a smaller range-ratio");
    }
    return new RandomPrompts(
        name,
        requests,
        prefix,
        inputs,
        around(output, ratio),
        Rates.read(options, "inf", "requests"),
        Traffic.read(options));
  }

  private static Range around(int mean, double ratio) {
    return new Range((int) Math.floor(mean * (1 - ratio)), (int) Math.ceil(mean * (1 + ratio)));
  }

  @Override
  public List<Stage> stages() {
    return traffic.stages(arrivals);
  }

  @Override
  public Workload generate(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int count = arrivals.requests(requests);
    long[] times = arrivals.times(count, random.split());
    TokenBlocks own = TokenBlocks.own(seed);
    PromptText start = PromptText.EMPTY.then(TokenBlocks.shared(seed), 0, prefix);
    List<WorkloadRequest> list = new ArrayList<>(count);
    for (int id = 0; id < count; id++) {
      PromptText prompt = start.then(own, id, input.draw(random));
      int generated = Math.max(1, output.draw(random));
      list.add(traffic.request(seed, id, id, "", times[id], prompt, generated));
    }
    return traffic.workload(name, list);
  }
}
