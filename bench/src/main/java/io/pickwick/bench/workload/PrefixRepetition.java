package io.pickwick.bench.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * vLLM's {@code prefix_repetition} dataset: as many prompts for each prefix as there is place for,
 * in any order.
 */
record PrefixRepetition(
    String name,
    int requests,
    int prefixes,
    int prefix,
    int suffix,
    int output,
    Arrivals arrivals,
    Traffic traffic)
    implements WorkloadSpec {

  static PrefixRepetition read(String name, Options options) {
    PrefixRepetition read =
        new PrefixRepetition(
            name,
            options.count("requests", 1000, 1),
            options.count("prefixes", 10, 1),
            options.count("prefix", 256, 0),
            options.count("suffix", 256, 1),
            options.count("output", 128, 1),
            Rates.read(options, "inf", "requests"),
            Traffic.read(options));
    int requests = read.arrivals.requests(read.requests);
    if (requests < read.prefixes) {
      throw options.refused(
          "prefixes",
          Integer.toString(read.prefixes),
          "give at least as many requests as prefixes; there are " + requests);
    }
    return read;
  }

  @Override
  public List<Stage> stages() {
    return traffic.stages(arrivals);
  }

  @Override
  public Workload generate(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    // vLLM leaves out what does not divide.
    int each = arrivals.requests(requests) / prefixes;
    int count = each * prefixes;
    long[] times = arrivals.times(count, random.split());
    TokenBlocks own = TokenBlocks.own(seed);
    TokenBlocks shared = TokenBlocks.shared(seed);
    int[] order = Draws.order(random, count);
    List<WorkloadRequest> list = new ArrayList<>(count);
    for (int id = 0; id < count; id++) {
      int group = order[id] / each;
      PromptText prompt = PromptText.EMPTY.then(shared, group, prefix).then(own, id, suffix);
      list.add(traffic.request(seed, id, group, "", times[id], prompt, output));
    }
    return traffic.workload(name, list);
  }
}
