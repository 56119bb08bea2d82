package io.pickwick.bench.engine;

/** How the full blocks of a sequence get the hashes by which the cache knows them. */
@FunctionalInterface
public interface BlockHashing {
  /** The cheapest one, for where nobody else has to compute the same. */
  BlockHashing CHEAP = BlockHash::new;

  /**
   * Starts the chain of one sequence.
   *
   * @param lora the adapter's name, or empty for the base model
   * @param salt keeps the cache apart from other salts; empty for none
   */
  Chain chain(String lora, String salt);

  /** Goes on with a chain of {@link #CHEAP} behind the block that got this hash. */
  static Chain cheapAfter(long hash) {
    return new BlockHash(hash);
  }

  /** The hashes of one sequence's blocks, asked for in their order. */
  interface Chain {
    /** The hash of the next block, which is {@code tokens[from .. from + size)}; never 0. */
    long next(int[] tokens, int from, int size);
  }
}
