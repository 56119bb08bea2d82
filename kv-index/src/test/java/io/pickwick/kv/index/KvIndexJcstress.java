package io.pickwick.kv.index;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.hash.PromptKeys;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A reader of the block index beside a writer: what the protocol of states and words promises. */
public final class KvIndexJcstress {
  private static final int BLOCKS = 6;
  private static final int ROUNDS = 12;
  private static final int WRITTEN = 0;
  private static final int RESTING = 1;
  private static final int PASSING = 2;
  private static final int SLOTS = 3;
  private static final long[] CHAIN = Chains.chain(1, BLOCKS);
  private static final long[] OTHER = Chains.chain(2, BLOCKS);
  private static final PromptKeys PROMPT = Chains.prompt(CHAIN);

  private KvIndexJcstress() {}

  private static KvIndex index() {
    return new KvIndex(MediumWeights.standard(), Long.MAX_VALUE, 1);
  }

  private static void store(RankBlocks rank, long[] keys) {
    rank.store(0, keys, keys.length, Medium.GPU, 0);
  }

  private static void remove(RankBlocks rank, long[] keys) {
    for (int i = keys.length - 1; i >= 0; i--) {
      rank.remove(keys[i], Medium.GPU);
    }
  }

  /** Looks until something is seen that the resting slot or the written one must not show. */
  private static void match(KvIndex index, int resting, int most, II_Result r) {
    PrefixMatch match = new PrefixMatch();
    for (int round = 0; round < 3 * ROUNDS; round++) {
      match.reset(SLOTS);
      index.match(PROMPT, match);
      r.r1 = match.held(WRITTEN) / 16;
      r.r2 = match.held(RESTING) / 16;
      if (r.r1 > most || r.r2 != resting) {
        return;
      }
    }
    r.r1 = Math.min(r.r1, 1);
  }

  /** The places of the asked chain are given to another one and back; so is the number of a set. */
  @JCStressTest
  @Outcome(id = "[01], 0", expect = ACCEPTABLE, desc = "no more than was there")
  @Outcome(expect = FORBIDDEN, desc = "the blocks of another chain, or of another holder")
  @State
  public static class RecycledPlace {
    private final KvIndex index = index();
    private final RankBlocks written = index.open(WRITTEN, 0);
    private final RankBlocks resting = index.open(RESTING, 0);
    private final long[] first = {CHAIN[0]};

    @Actor
    public void writer() {
      for (int round = 0; round < ROUNDS; round++) {
        store(written, first);
        remove(written, first);
        store(resting, OTHER);
        remove(resting, OTHER);
      }
    }

    @Actor
    public void reader(II_Result r) {
      match(index, 0, 1, r);
    }
  }

  /**
   * The set of the first blocks is left for another by an addition, and its number is given to the
   * set of a holder of the later blocks.
   */
  @JCStressTest
  @Outcome(id = "[01], 0", expect = ACCEPTABLE, desc = "no more than was there")
  @Outcome(expect = FORBIDDEN, desc = "another set under the same number")
  @State
  public static class RecycledSet {
    private final KvIndex index = index();
    private final RankBlocks written = index.open(WRITTEN, 0);
    private final RankBlocks passing = index.open(PASSING, 0);
    private final long[] first = {CHAIN[0]};
    private final long[] second = {CHAIN[1]};

    @Actor
    public void writer() {
      store(written, first);
      for (int round = 0; round < ROUNDS; round++) {
        store(passing, first);
        passing.store(CHAIN[0], second, 1, Medium.GPU, 0);
        remove(passing, first);
        remove(passing, second);
      }
    }

    @Actor
    public void reader(II_Result r) {
      match(index, 0, 1, r);
    }
  }

  /** A publisher goes, and its number is given to another one. */
  @JCStressTest
  @Outcome(id = "[01], 0", expect = ACCEPTABLE, desc = "seen where it was, or gone")
  @Outcome(expect = FORBIDDEN, desc = "the blocks of one publisher at another's slot")
  @State
  public static class RecycledHolder {
    private final KvIndex index = index();

    @Actor
    public void writer() {
      for (int round = 0; round < ROUNDS; round++) {
        RankBlocks gone = index.open(WRITTEN, 0);
        store(gone, CHAIN);
        gone.close();
        while (index.sweep(1)) {
          // Until its number is free.
        }
        index.open(RESTING, 0).close();
        RankBlocks next = index.open(RESTING, 0);
        store(next, OTHER);
        next.close();
        while (index.sweep(1)) {
          // Until its number is free.
        }
      }
    }

    @Actor
    public void reader(II_Result r) {
      match(index, 0, BLOCKS, r);
    }
  }

  /** A publisher's label for one tag is given to another tag, and that is asked for. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "nothing under a tag that it never had")
  @Outcome(expect = FORBIDDEN, desc = "the blocks of one tag under another")
  @State
  public static class RecycledLabel {
    private final KvIndex index = index();
    private final RankBlocks written = index.open(WRITTEN, 0);

    @Actor
    public void writer() {
      for (int round = 0; round < ROUNDS; round++) {
        written.store(0, CHAIN, BLOCKS, Medium.GPU, 1);
        remove(written, CHAIN);
        written.store(0, OTHER, BLOCKS, Medium.GPU, 2);
        remove(written, OTHER);
      }
    }

    @Actor
    public void reader(II_Result r) {
      PrefixMatch match = new PrefixMatch();
      for (int round = 0; round < 3 * ROUNDS && r.r1 == 0; round++) {
        match.reset(SLOTS);
        index.match(PROMPT, 2, match);
        r.r1 = match.held(WRITTEN) / 16;
      }
    }
  }

  /** Neighbouring blocks come and go so that no two are ever there at once. */
  @JCStressTest
  @Outcome(id = "[01], 6", expect = ACCEPTABLE, desc = "what was there at one moment")
  @Outcome(expect = FORBIDDEN, desc = "blocks of different moments, or a lost resting one")
  @State
  public static class NeverTogether {
    private final KvIndex index = index();
    private final RankBlocks written = index.open(WRITTEN, 0);

    public NeverTogether() {
      store(index.open(RESTING, 0), CHAIN);
    }

    @Actor
    public void writer() {
      long[] one = new long[1];
      for (int round = 0; round < ROUNDS; round++) {
        for (long key : CHAIN) {
          one[0] = key;
          store(written, one);
          remove(written, one);
        }
      }
    }

    @Actor
    public void reader(II_Result r) {
      match(index, BLOCKS, 1, r);
    }
  }

  /** While chains come, go and are cleared around it, the table grows and shrinks. */
  @JCStressTest
  @Outcome(id = "0, 6", expect = ACCEPTABLE, desc = "nothing but what was there")
  @Outcome(expect = FORBIDDEN, desc = "lost sight of blocks that nobody removed")
  @State
  public static class Resting {
    private final KvIndex index = index();
    private final RankBlocks written = index.open(WRITTEN, 0);

    public Resting() {
      store(index.open(RESTING, 0), CHAIN);
    }

    @Actor
    public void writer() {
      long[] many = Chains.chain(3, 200);
      for (int round = 0; round < 3; round++) {
        store(written, many);
        remove(written, many);
        store(written, many);
        written.clear();
      }
    }

    @Actor
    public void reader(II_Result r) {
      match(index, BLOCKS, 0, r);
    }
  }
}
