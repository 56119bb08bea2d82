package io.pickwick.schedule.plugin;

import io.pickwick.schedule.PluginProvider.Parameter;
import io.pickwick.schedule.spec.Spec;

/** The best few rows by a key and, among equal keys, by a tie-breaker; larger is better. */
final class TopRows {
  static final Parameter MAX_ENDPOINTS =
      new Parameter(
          "maxNumOfEndpoints", "1", "Endpoints picked; all but the first are fall-backs.");

  private static final int MOST = 1000;

  private final int[] rows;
  private final int limit;
  private final double[] keys;
  private final long[] ties;
  private int size;

  TopRows(int[] rows, int limit) {
    this.rows = rows;
    this.limit = limit;
    this.keys = new double[limit];
    this.ties = new long[limit];
  }

  static int maxEndpoints(Spec parameters) {
    return parameters.get("maxNumOfEndpoints").map(s -> (int) s.integer(1, MOST)).orElse(1);
  }

  /** Whether a row with this key can get in at all, so that its tie-breaker is worth making. */
  boolean wants(double key) {
    return size < limit || key >= keys[size - 1];
  }

  void offer(int row, double key, long tie) {
    int at = size;
    while (at > 0 && (key > keys[at - 1] || (key == keys[at - 1] && tie > ties[at - 1]))) {
      at--;
    }
    if (at == limit) {
      return;
    }
    int moved = Math.min(size, limit - 1) - at;
    System.arraycopy(rows, at, rows, at + 1, moved);
    System.arraycopy(keys, at, keys, at + 1, moved);
    System.arraycopy(ties, at, ties, at + 1, moved);
    rows[at] = row;
    keys[at] = key;
    ties[at] = tie;
    size = Math.min(size + 1, limit);
  }

  int size() {
    return size;
  }
}
