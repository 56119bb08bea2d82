package io.pickwick.kv.index;

import io.pickwick.kv.hash.PromptKeys;
import java.util.Random;

/** Chains of blocks that share beginnings, as paths in a tree of keys. */
final class Chains {
  private Chains() {}

  /** The key of a block that follows another one. */
  static long next(long parent, long block) {
    long mixed = (parent + block + 1) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    return mixed ^ (mixed >>> 27);
  }

  /** A straight chain. */
  static long[] chain(long name, int blocks) {
    long[] keys = new long[blocks];
    long key = name;
    for (int i = 0; i < blocks; i++) {
      key = next(key, name);
      keys[i] = key;
    }
    return keys;
  }

  /** A path from the root, of which most steps go straight on. */
  static long[] path(Random random, int longest) {
    long[] keys = new long[1 + random.nextInt(longest)];
    int straight = 1 + random.nextInt(12);
    long key = 0;
    for (int i = 0; i < keys.length; i++) {
      key = next(key, random.nextInt(straight) > 0 ? 0 : random.nextInt(3));
      keys[i] = key;
    }
    return keys;
  }

  /** The prompt of these blocks of sixteen tokens. */
  static PromptKeys prompt(long... keys) {
    return prompt(16, keys);
  }

  /** The prompt of these blocks. */
  static PromptKeys prompt(int blockTokens, long[] keys) {
    int[] ends = new int[keys.length];
    for (int i = 0; i < keys.length; i++) {
      ends[i] = blockTokens * (i + 1);
    }
    return new PromptKeys(keys, keys.length, ends, blockTokens * keys.length);
  }
}
