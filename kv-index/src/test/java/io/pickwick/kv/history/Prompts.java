package io.pickwick.kv.history;

import io.pickwick.kv.hash.PromptKeys;
import java.util.Random;

/**
 * Random prompts that share beginnings of random length: each is a path in a tree, most of whose
 * steps take the first branch.
 */
final class Prompts {
  private final int branches;
  private final int longest;
  private final int large;

  /**
   * @param large the first block that covers four base blocks
   */
  Prompts(int branches, int longest, int large) {
    this.branches = branches;
    this.longest = longest;
    this.large = large;
  }

  PromptKeys any(Random random) {
    int count = random.nextInt(longest);
    int straight = 1 + random.nextInt(8);
    long[] keys = new long[count];
    int[] ends = new int[count];
    long key = 0;
    int end = 0;
    for (int i = 0; i < count; i++) {
      int branch = random.nextInt(straight) > 0 ? 0 : random.nextInt(branches);
      key = next(key, branch);
      keys[i] = key;
      end += i < large ? 16 : 64;
      ends[i] = end;
    }
    return new PromptKeys(keys, count, ends, end + random.nextInt(16));
  }

  /** A prompt of base blocks with these keys. */
  static PromptKeys prompt(long[] keys, int count) {
    int[] ends = new int[count];
    for (int i = 0; i < count; i++) {
      ends[i] = 16 * (i + 1);
    }
    return new PromptKeys(keys, count, ends, 16 * count);
  }

  /** The key that follows a key. */
  static long next(long key, long block) {
    long mixed = (key + block + 1) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    return mixed ^ (mixed >>> 27);
  }
}
