package io.pickwick.bench.engine;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * One sequence on its way through an {@link Engine}: its tokens, its blocks, its times.
 *
 * <p>Owned by the engine from its submission to its end; not thread-safe. Times are nanoseconds of
 * the engine's clock, and negative while the event is ahead.
 */
public final class EngineRequest {
  /** Where a request stands. */
  public enum State {
    /** Not yet submitted. */
    NEW,
    /** In the queue, for the first time or after a preemption. */
    WAITING,
    /** In the batch. */
    RUNNING,
    /** It ended by itself. */
    STOPPED,
    /** It has as many tokens as it may. */
    LENGTH,
    /** It was taken out. */
    ABORTED;

    /** Whether nothing follows. */
    public boolean ended() {
      return this == STOPPED || this == LENGTH || this == ABORTED;
    }
  }

  private final int promptTokens;
  private final String lora;
  private final String salt;
  private final int maxTokens;
  private final int naturalTokens;
  private final IntUnaryOperator output;
  private final int forgotten;
  private final boolean hashed;
  private int number = -1;

  int[] tokens;
  int length;
  int computed;
  int[] blocks = new int[8];
  int blockCount;
  int published;
  long[] hashes = new long[8];
  int hashCount;
  BlockHashing.Chain chain =
      (sequence, from, size) -> {
        throw new IllegalStateException("The request has not been submitted.");
      };
  private boolean readsCache = true;
  private boolean reportsHits;
  private String session = "";
  State state = State.NEW;
  int cachedTokens;
  int preemptions;
  long arrived = -1;
  long scheduled = -1;
  long firstToken = -1;
  long ended = -1;

  /**
   * A request of one sequence.
   *
   * @param prompt at least one token; copied
   * @param lora the adapter's name, or empty for the base model
   * @param salt keeps the cache apart from other salts; empty for none
   * @param maxTokens the most tokens to generate, at least 1
   * @param naturalTokens after how many tokens it stops by itself; {@link Integer#MAX_VALUE}: never
   * @param output the token generated at each position of the output, from 0
   */
  public EngineRequest(
      int[] prompt,
      String lora,
      String salt,
      int maxTokens,
      int naturalTokens,
      IntUnaryOperator output) {
    if (prompt.length == 0 || maxTokens < 1 || naturalTokens < 1) {
      throw new IllegalArgumentException("A request has a prompt and generates a token.");
    }
    this.promptTokens = prompt.length;
    this.length = prompt.length;
    this.tokens =
        Arrays.copyOf(prompt, prompt.length + Math.min(64, Math.min(maxTokens, naturalTokens)));
    this.lora = lora;
    this.salt = salt;
    this.maxTokens = maxTokens;
    this.naturalTokens = naturalTokens;
    this.output = output;
    this.forgotten = 0;
    this.hashed = false;
  }

  /**
   * A request whose prompt was hashed before, so that its tokens need not be at hand: of them only
   * the rest behind the last full block is known.
   *
   * @param hashes of the prompt's full blocks; not copied and never written
   * @param blockSize tokens of each of them, the engine's
   * @param rest the prompt's tokens behind them, fewer than a block; none only behind a full block
   * @param chain goes on behind the last full block
   * @param tokens how many tokens it generates, at least 1
   */
  public EngineRequest(
      long[] hashes,
      int blockSize,
      int[] rest,
      BlockHashing.Chain chain,
      String lora,
      String salt,
      int tokens,
      IntUnaryOperator output) {
    if (hashes.length + rest.length == 0 || rest.length >= blockSize || tokens < 1) {
      throw new IllegalArgumentException(
          "A request has a prompt, of which less than a block is not hashed, and generates a"
              + " token.");
    }
    this.forgotten = hashes.length * blockSize;
    this.hashed = true;
    this.promptTokens = forgotten + rest.length;
    this.length = promptTokens;
    this.tokens = Arrays.copyOf(rest, rest.length + Math.min(64, tokens));
    this.hashes = hashes;
    this.hashCount = hashes.length;
    this.chain = chain;
    this.lora = lora;
    this.salt = salt;
    this.maxTokens = tokens;
    this.naturalTokens = tokens;
    this.output = output;
  }

  /** Whether its prompt came hashed, with the chain to go on with. */
  boolean hashed() {
    return hashed;
  }

  /** Gives it a number by which its owner knows it again. */
  public EngineRequest numbered(int own) {
    number = own;
    return this;
  }

  /** The number that its owner gave it; -1 for none. */
  public int number() {
    return number;
  }

  /** The tokens of the prompt. */
  public int promptTokens() {
    return promptTokens;
  }

  /** The tokens generated so far. */
  public int outputTokens() {
    return length - promptTokens;
  }

  /** The token generated at a position of the output. */
  public int outputToken(int index) {
    return token(promptTokens + index);
  }

  /** How many tokens of the prompt the cache held when it was first scheduled. */
  public int cachedTokens() {
    return cachedTokens;
  }

  /** The adapter's name, or empty. */
  public String lora() {
    return lora;
  }

  /** What keeps its cache apart from others, or empty. */
  public String salt() {
    return salt;
  }

  /** Computes its whole prompt, whatever the cache holds, as for the prompt's log-probabilities. */
  public EngineRequest withoutCacheHits() {
    readsCache = false;
    return this;
  }

  /** Has its cache hits told too, in the name of a session, which may be empty. */
  public EngineRequest reportingHits(String sessionId) {
    reportsHits = true;
    session = sessionId;
    return this;
  }

  boolean readsCache() {
    return readsCache;
  }

  boolean reportsHits() {
    return reportsHits;
  }

  /** The session in whose name its blocks are told, or empty. */
  public String session() {
    return session;
  }

  /** The token at a position of prompt and output; of a hashed prompt only behind its blocks. */
  public int token(int position) {
    return tokens[position - forgotten];
  }

  /** The hash of a full block that has been computed. */
  public long blockHash(int block) {
    return hashes[block];
  }

  /** The most tokens it may generate. */
  public int maxTokens() {
    return maxTokens;
  }

  /** Where it stands. */
  public State state() {
    return state;
  }

  /** How often it lost its blocks to others. */
  public int preemptions() {
    return preemptions;
  }

  /** How many tokens have their KV. */
  public int computedTokens() {
    return computed;
  }

  /** When it came. */
  public long arrivedNanos() {
    return arrived;
  }

  /** When it first was in a batch. */
  public long scheduledNanos() {
    return scheduled;
  }

  /** When its first token was there. */
  public long firstTokenNanos() {
    return firstToken;
  }

  /** When it ended. */
  public long endedNanos() {
    return ended;
  }

  void generate() {
    int at = length - forgotten;
    if (at == tokens.length) {
      tokens = Arrays.copyOf(tokens, at + (at >> 1) + 16);
    }
    tokens[at] = output.applyAsInt(length - promptTokens);
    length++;
    int generated = length - promptTokens;
    if (generated >= naturalTokens) {
      state = State.STOPPED;
    } else if (generated >= maxTokens) {
      state = State.LENGTH;
    }
  }

  /** The hash of one of its full blocks. */
  long hash(int block, int blockSize) {
    while (hashCount <= block) {
      if (hashCount == hashes.length) {
        hashes = Arrays.copyOf(hashes, hashCount + (hashCount >> 1) + 8);
      }
      hashes[hashCount] = chain.next(tokens, hashCount * blockSize - forgotten, blockSize);
      hashCount++;
    }
    return hashes[block];
  }

  void addBlock(int block) {
    if (blockCount == blocks.length) {
      blocks = Arrays.copyOf(blocks, 2 * blockCount);
    }
    blocks[blockCount++] = block;
  }
}
