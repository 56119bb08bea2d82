package io.pickwick.bench.feed;

import io.pickwick.kv.hash.PromptKeys;
import java.util.Arrays;

/**
 * Which blocks each message of a publisher is about; both sides know it without telling each other.
 *
 * <p>A message stores a run of 32 blocks of a long prompt, which is a step of a chunked prefill,
 * and one block for each of eight requests that decode; the prompt is complete after 16 messages. A
 * message also removes, each by an event of its own, the 40 blocks that an older one stored.
 */
final class BlockChains {
  /** Blocks of a step of a prefill. */
  static final int PREFILL = 32;

  /** Requests that decode, each a block in a message. */
  static final int DECODING = 8;

  /** Blocks that a message stores. */
  static final int STORED = PREFILL + DECODING;

  /** Messages of which each stores a part of the same prompt. */
  static final int MESSAGES_PER_PROMPT = 16;

  /** Messages that must be held so that a whole prompt always is. */
  static final int LEAST_HELD = 3 * MESSAGES_PER_PROMPT;

  /** Tokens of a block. */
  static final int BLOCK_TOKENS = 16;

  /** Blocks of a prompt. */
  static final int PROMPT_BLOCKS = PREFILL * MESSAGES_PER_PROMPT;

  private static final long STEP = 0x9e37_79b9_7f4a_7c15L;

  private BlockChains() {}

  /** The last eight bytes of a block's hash, by which it is known. */
  static long hash(int publisher, long message, int block) {
    long z = (((long) publisher << 40) + message * STORED + block + 1) * STEP;
    z = (z ^ (z >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return z ^ (z >>> 31);
  }

  /** The block operations of a message. */
  static int operations(long message, int holdMessages) {
    return message < holdMessages ? STORED : 2 * STORED;
  }

  /** The blocks that a publisher holds after so many messages. */
  static long held(long messages, int holdMessages) {
    return STORED * Math.min(messages, holdMessages);
  }

  /** The keys of the last prompt that is complete after so many messages, at least 16. */
  static PromptKeys lastPrompt(int publisher, long messages, long separator) {
    long first = (messages / MESSAGES_PER_PROMPT - 1) * MESSAGES_PER_PROMPT;
    long[] hashes = new long[PROMPT_BLOCKS];
    int[] ends = new int[PROMPT_BLOCKS];
    Arrays.setAll(hashes, i -> hash(publisher, first + i / PREFILL, i % PREFILL));
    Arrays.setAll(ends, i -> (i + 1) * BLOCK_TOKENS);
    return new PromptKeys(hashes, PROMPT_BLOCKS, ends, ends[PROMPT_BLOCKS - 1])
        .separated(separator);
  }
}
