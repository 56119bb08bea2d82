package io.pickwick.epp.prompt.token;

import java.util.Arrays;
import java.util.function.IntConsumer;

/** A growing list of ids. */
final class IdList implements IntConsumer {
  private int[] ids;
  private int count;

  IdList(int expected) {
    ids = new int[Math.max(16, expected)];
  }

  @Override
  public void accept(int id) {
    if (count == ids.length) {
      ids = Arrays.copyOf(ids, 2 * count);
    }
    ids[count++] = id;
  }

  int[] toArray() {
    return Arrays.copyOf(ids, count);
  }
}
