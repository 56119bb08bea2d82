package io.pickwick.bench.replay;

import io.pickwick.bench.engine.BlockHashing;
import io.pickwick.bench.engine.EngineRequest;
import io.pickwick.bench.workload.OutputTokens;
import io.pickwick.bench.workload.WorkloadRequest;
import io.pickwick.kv.hash.BlockLayout;
import io.pickwick.kv.hash.PromptKeys;
import java.util.Arrays;

/**
 * A request whose prompt was hashed, so that its tokens are not needed any more; used by all runs
 * of a workload.
 */
final class KeyedRequest {
  /*
   * A key is the engine's hash of a block as it is: a fleet serves one model, so there is nothing to
   * keep apart from it, and adapter and salt are in the hash already.
   */
  private final WorkloadRequest asked;
  private final int blockSize;
  private final long[] hashes;
  private final int[] rest;
  private final PromptKeys hits;
  private final PromptKeys stored;
  private final PromptKeys estimated;

  /**
   * Hashes a prompt.
   *
   * @param ends tokens to the end of each of the prompt's blocks, or of more; shared
   * @param layout how an estimation cuts prompts, in blocks of the engine's size or multiples
   */
  KeyedRequest(WorkloadRequest asked, int blockSize, int[] ends, BlockLayout layout) {
    this.asked = asked;
    this.blockSize = blockSize;
    int[] tokens = asked.prompt().tokens();
    int blocks = tokens.length / blockSize;
    hashes = new long[blocks];
    BlockHashing.Chain chain = BlockHashing.CHEAP.chain(asked.lora(), asked.salt());
    for (int block = 0; block < blocks; block++) {
      hashes[block] = chain.next(tokens, block * blockSize, blockSize);
    }
    rest = Arrays.copyOfRange(tokens, blocks * blockSize, tokens.length);
    hits = new PromptKeys(hashes, (tokens.length - 1) / blockSize, ends, tokens.length);
    stored = new PromptKeys(hashes, blocks, ends, tokens.length);
    estimated = estimated(layout, tokens.length);
  }

  /** The request. */
  WorkloadRequest asked() {
    return asked;
  }

  /** Its place in the workload. */
  int id() {
    return asked.id();
  }

  /** The tokens of its prompt. */
  int promptTokens() {
    return stored.tokens();
  }

  /** The blocks of its prompt that a cache may hold for it: all but what the last token is in. */
  PromptKeys hits() {
    return hits;
  }

  /** The full blocks of its prompt, which will be in the cache afterwards. */
  PromptKeys stored() {
    return stored;
  }

  /** Its blocks as an estimation cuts them. */
  PromptKeys estimated() {
    return estimated;
  }

  /** The request as an engine gets it. */
  EngineRequest forEngine() {
    BlockHashing.Chain chain =
        hashes.length == 0
            ? BlockHashing.CHEAP.chain(asked.lora(), asked.salt())
            : BlockHashing.cheapAfter(hashes[hashes.length - 1]);
    int id = id();
    return new EngineRequest(
            hashes,
            blockSize,
            rest,
            chain,
            asked.lora(),
            asked.salt(),
            asked.outputTokens(),
            index -> OutputTokens.token(id, index))
        .numbered(id);
  }

  /** The keys of the layout's blocks: each is the key of the engine's block that ends there. */
  private PromptKeys estimated(BlockLayout layout, int tokens) {
    long[] keys = new long[Math.min(hashes.length, layout.maxBlocks())];
    int[] ends = new int[keys.length];
    int count = 0;
    int end = 0;
    while (count < keys.length) {
      end += layout.bytes(count) / layout.bytesPerToken();
      if (end > tokens) {
        break;
      }
      keys[count] = hashes[end / blockSize - 1];
      ends[count] = end;
      count++;
    }
    return new PromptKeys(keys, count, ends, tokens);
  }
}
