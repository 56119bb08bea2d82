package io.pickwick.bench.replay;

import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.workload.PromptTokens;
import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Small workloads and fleets. */
final class Scenes {
  /**
   * A step takes 1 ms, 10 us a token prefilled, 5 us a sequence decoded, 0.5 us a context token.
   */
  static final EngineSpec TINY = new EngineSpec("tiny", 1000, 10, 5, 0.5, 33, 4, 64, 8, 2, 1024);

  private final List<WorkloadRequest> requests = new ArrayList<>();

  /** Adds a request at a time. */
  Scenes at(long micros, int[] prompt, int output) {
    return add(micros * 1000, WorkloadRequest.NONE, 0, prompt, output);
  }

  /** Adds one that follows another. */
  Scenes after(int id, long thinkMicros, int[] prompt, int output) {
    return add(0, id, thinkMicros * 1000, prompt, output);
  }

  private Scenes add(long at, int after, long think, int[] prompt, int output) {
    requests.add(
        new WorkloadRequest(
            requests.size(), "", at, after, think, PromptTokens.of(prompt), output, "", ""));
    return this;
  }

  Workload workload(int maxConcurrency) {
    return new Workload("scene", requests, maxConcurrency);
  }

  KeyedWorkload keyed() {
    return KeyedWorkload.of(workload(0), TINY.blockSize());
  }

  static int[] tokens(int from, int count) {
    return IntStream.range(from, from + count).toArray();
  }

  /** Groups of prompts with common beginnings, in random order and at random times. */
  static Workload groups(int requests, int meanGapMicros, long seed) {
    Random random = new Random(seed);
    Scenes scenes = new Scenes();
    long at = 0;
    for (int i = 0; i < requests; i++) {
      int group = random.nextInt(6);
      int[] prompt = Arrays.copyOf(tokens(1000 * group, 40), 44 + random.nextInt(30));
      for (int p = 40; p < prompt.length; p++) {
        prompt[p] = 100_000 + random.nextInt(50_000);
      }
      scenes.at(at, prompt, 1 + random.nextInt(12));
      at += random.nextInt(2 * meanGapMicros);
    }
    return scenes.workload(0);
  }

  static Policy policy(Function<Setup, Router> routers) {
    return new Policy("scene", true, false, routers);
  }

  /** Sends request i where it is told. */
  static Policy fixed(int... pods) {
    return policy(setup -> (request, now) -> pods[request.id()]);
  }
}
