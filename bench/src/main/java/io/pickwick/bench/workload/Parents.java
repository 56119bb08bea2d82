package io.pickwick.bench.workload;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which request of a trace continues which: a trace has no conversations, but a turn repeats what
 * was said before.
 *
 * <p>A request's parent is the latest of those before it with which it shares the longest prefix,
 * if that prefix has at least two blocks, for a first block alone is a system prompt; and at least
 * a share of the parent's own; and if the request came after the parent could have ended.
 */
final class Parents {
  /*
   * A number of a block stands for all before it too, so that the latest request which has a number
   * has the whole prefix, and a walk along the numbers that are known is the longest one. The last
   * block, where it is not full, is left out: it has another number once it is filled.
   */
  private Parents() {}

  /**
   * The index of each one's parent, or {@link WorkloadRequest#NONE}.
   *
   * @param rows in the order of their time
   * @param block how many tokens a block has
   * @param share how much of a parent a child repeats, from 0 to 1
   * @param nanosPerToken how long it took to generate a token
   */
  static int[] of(List<TraceRow> rows, int block, double share, double nanosPerToken) {
    int[] parents = new int[rows.size()];
    Arrays.fill(parents, WorkloadRequest.NONE);
    Map<Integer, Integer> latest = new HashMap<>();
    for (int index = 0; index < parents.length; index++) {
      TraceRow row = rows.get(index);
      int full = row.input / block;
      int shared = 0;
      int parent = WorkloadRequest.NONE;
      while (shared < full) {
        Integer holder = latest.get(row.blocks[shared]);
        if (holder == null) {
          break;
        }
        parent = holder;
        shared++;
      }
      if (shared >= 2) {
        TraceRow before = rows.get(parent);
        int own = before.input / block;
        if (shared >= share * own && row.nanos - before.nanos >= before.output * nanosPerToken) {
          parents[index] = parent;
        }
      }
      for (int at = 0; at < full; at++) {
        latest.put(row.blocks[at], index);
      }
    }
    return parents;
  }
}
