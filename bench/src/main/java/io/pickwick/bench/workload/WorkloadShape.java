package io.pickwick.bench.workload;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a workload is like, whatever serves it.
 *
 * @param requests how many there are
 * @param following how many of them wait for another
 * @param seconds from the start to the last that waits for none
 * @param input the tokens of the prompts
 * @param output the tokens generated
 * @param hitRatio how many of the prompts' tokens a cache that forgets nothing would hold, of all:
 *     full blocks that an earlier request computed, and never a prompt's last token. No router and
 *     no pool reaches more
 * @param uniqueBlocks how many blocks that cache would hold in the end
 */
public record WorkloadShape(
    int requests,
    int following,
    double seconds,
    Lengths input,
    Lengths output,
    double hitRatio,
    long uniqueBlocks) {

  /** How a length is distributed, in tokens. */
  public record Lengths(long sum, double mean, int p50, int p90, int p99, int max) {
    static Lengths of(int[] lengths) {
      int[] sorted = lengths.clone();
      Arrays.sort(sorted);
      long sum = Arrays.stream(sorted).asLongStream().sum();
      return new Lengths(
          sum,
          (double) sum / sorted.length,
          rank(sorted, 0.5),
          rank(sorted, 0.9),
          rank(sorted, 0.99),
          sorted[sorted.length - 1]);
    }

    private static int rank(int[] sorted, double share) {
      return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%,d tokens, mean %,.0f, p50 %,d, p90 %,d, p99 %,d, max %,d",
          sum,
          mean,
          p50,
          p90,
          p99,
          max);
    }
  }

  /**
   * Looks at all tokens of a workload.
   *
   * @param workload at least one request
   * @param block how many tokens a block of the cache has
   */
  public static WorkloadShape of(Workload workload, int block) {
    int count = workload.requests().size();
    int[] inputs = new int[count];
    int[] outputs = new int[count];
    int following = 0;
    long last = 0;
    long hits = 0;
    KeySet seen = new KeySet();
    for (WorkloadRequest request : workload.requests()) {
      int[] prompt = request.prompt().tokens();
      inputs[request.id()] = prompt.length;
      outputs[request.id()] = request.outputTokens();
      if (request.follows()) {
        following++;
      } else {
        last = Math.max(last, request.atNanos());
      }
      hits += hits(request, prompt, block, seen);
    }
    Lengths input = Lengths.of(inputs);
    return new WorkloadShape(
        count,
        following,
        last / 1e9,
        input,
        Lengths.of(outputs),
        (double) hits / input.sum(),
        seen.size);
  }

  /** The tokens of a prompt that are held, after which all of the request's full blocks are. */
  private static long hits(WorkloadRequest request, int[] prompt, int block, KeySet seen) {
    long key = TokenBlocks.mix(request.lora().hashCode() * 31L + request.salt().hashCode() + 1);
    // The last token is given out and never computed.
    int computed = prompt.length + request.outputTokens() - 1;
    int mayHit = (prompt.length - 1) / block;
    int held = 0;
    boolean holding = true;
    for (int index = 0; index < computed / block; index++) {
      for (int at = index * block; at < (index + 1) * block; at++) {
        int token =
            at < prompt.length ? prompt[at] : OutputTokens.token(request.id(), at - prompt.length);
        key = TokenBlocks.mix(key + token + 1);
      }
      holding &= !seen.add(key) && index < mayHit;
      if (holding) {
        held++;
      }
    }
    return (long) held * block;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        """
        requests       %,d, of which %,d wait for another
        duration       %,.1f s to the last that waits for none; %.2f a second of those
        input          %s
        output         %s
        at best a hit  %.1f %% of the input tokens, with a cache of %,d blocks\
        """,
        requests,
        following,
        seconds,
        seconds > 0 ? (requests - following) / seconds : 0,
        input,
        output,
        100 * hitRatio,
        uniqueBlocks);
  }

  /** Keys of blocks; open addressing, and 0 stands for an empty place. */
  private static final class KeySet {
    private long[] places = new long[1 << 12];
    private int size;

    /** Whether it was not there. */
    boolean add(long key) {
      if (!place(key == 0 ? 1 : key)) {
        return false;
      }
      if (++size > places.length / 2) {
        long[] all = places;
        places = new long[2 * all.length];
        for (long one : all) {
          if (one != 0) {
            place(one);
          }
        }
      }
      return true;
    }

    private boolean place(long key) {
      int at = (int) key & (places.length - 1);
      while (places[at] != 0) {
        if (places[at] == key) {
          return false;
        }
        at = (at + 1) & (places.length - 1);
      }
      places[at] = key;
      return true;
    }
  }
}
