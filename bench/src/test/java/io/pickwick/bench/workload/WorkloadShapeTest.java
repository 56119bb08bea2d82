package io.pickwick.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a workload is like. */
class WorkloadShapeTest {
  @Test
  void hitsAreThoseOfACacheThatForgetsNothing() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      int block = 1 + random.nextInt(4);
      List<WorkloadRequest> requests = new ArrayList<>();
      for (int id = 0; id < 20; id++) {
        // Few texts and tokens, so that many begin alike.
        int[] tokens = new int[1 + random.nextInt(12)];
        for (int at = 0; at < tokens.length; at++) {
          tokens[at] = random.nextInt(10) < 9 ? at : random.nextInt(3);
        }
        requests.add(
            new WorkloadRequest(
                id,
                "",
                id,
                -1,
                0,
                PromptTokens.of(tokens),
                1 + random.nextInt(5),
                random.nextBoolean() ? "" : "lora",
                random.nextBoolean() ? "" : "salt"));
      }
      Workload workload = new Workload("w", requests, 0);
      WorkloadShape shape = WorkloadShape.of(workload, block);
      Set<List<Object>> seen = new HashSet<>();
      long hits = 0;
      for (WorkloadRequest request : requests) {
        List<Object> prefix = new ArrayList<>(List.of(request.lora(), request.salt()));
        List<Object> all = new ArrayList<>();
        for (int token : request.prompt().tokens()) {
          all.add(token);
        }
        for (int index = 0; index < request.outputTokens() - 1; index++) {
          all.add(OutputTokens.token(request.id(), index));
        }
        int held = 0;
        boolean holding = true;
        for (int at = 0; at + block <= all.size(); at += block) {
          prefix = new ArrayList<>(prefix);
          prefix.addAll(all.subList(at, at + block));
          holding &= !seen.add(prefix) && at + block < request.prompt().length();
          held += holding ? block : 0;
        }
        hits += held;
      }
      assertThat(shape.uniqueBlocks()).as("seed %d", seed).isEqualTo(seen.size());
      assertThat(shape.hitRatio())
          .as("seed %d", seed)
          .isCloseTo((double) hits / shape.input().sum(), within(1e-12));
    }
  }

  @Test
  void lengthsAreRanked() {
    int[] lengths = new int[200];
    for (int index = 0; index < 200; index++) {
      lengths[index] = 200 - index;
    }
    assertThat(WorkloadShape.Lengths.of(lengths))
        .isEqualTo(new WorkloadShape.Lengths(20_100, 100.5, 100, 180, 198, 200));
    assertThat(WorkloadShape.Lengths.of(new int[] {7}))
        .isEqualTo(new WorkloadShape.Lengths(7, 7, 7, 7, 7, 7));
  }

  @Test
  void theShapeOfLlmDsCaseIsPrinted() {
    Workload workload =
        Workloads.generate("shared-prefix:groups=10,prompts=2,system=64,question=32,rate=5x8", 1);
    assertThat(WorkloadShape.of(workload, 16).toString())
        .contains("requests       40, of which 0 wait for another")
        .contains("input          3,840 tokens, mean 96, p50 96, p90 96, p99 96, max 96")
        // 10 prompts of a second of their group: 4 blocks; 20 again: 5 blocks, the last is not
        // whole.
        .contains("at best a hit  58.3 % of the input tokens");
  }
}
