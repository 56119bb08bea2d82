package io.pickwick.kv.history;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixMatch;
import java.util.stream.LongStream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A reader of the prefix history beside a writer: what the optimistic reads of a rack promise.
 *
 * <p>Two actors each, so that every test runs on two cores. All keys fall into one shard, so the
 * writer grows, shrinks and shifts the very table that the reader looks at.
 */
public final class PrefixHistoryJcstress {
  private static final int BLOCKS = 8;
  private static final int ROUNDS = 16;
  private static final int WRITTEN = 0;
  private static final int RESTING = 1;
  private static final PromptKeys PROMPT = oneShard(0);
  private static final PromptKeys OTHER = oneShard(BLOCKS);

  private PrefixHistoryJcstress() {}

  /** Eight blocks of sixteen tokens, whose keys all fall into the rack's first shard. */
  private static PromptKeys oneShard(int skip) {
    long[] keys =
        LongStream.iterate(1, key -> key + 1)
            .filter(key -> Rack.shard(key * Rack.SCRAMBLER) == 0)
            .skip(skip)
            .limit(BLOCKS)
            .toArray();
    return Prompts.prompt(keys, BLOCKS);
  }

  private static void recordAndForget(PrefixHistory history, PromptKeys prompt) {
    for (int round = 0; round < ROUNDS; round++) {
      history.record(WRITTEN, prompt);
      history.forget(WRITTEN);
    }
  }

  /** Looks until something is seen that must not be; {@code resting} tokens must be. */
  private static void match(PrefixHistory history, int resting, II_Result r) {
    PrefixMatch match = new PrefixMatch();
    for (int round = 0; round < 2 * ROUNDS; round++) {
      match.reset(2);
      history.match(PROMPT, match);
      r.r1 = match.tokens(WRITTEN);
      r.r2 = match.tokens(RESTING);
      boolean possible = r.r1 == 0 || (r.r1 == PROMPT.tokens() && resting == 0);
      if (!possible || r.r2 != resting) {
        return;
      }
    }
  }

  /** A prompt comes and goes whole, and is seen only at the endpoint that was given it. */
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "read while it was not recorded")
  @Outcome(id = "128, 0", expect = ACCEPTABLE, desc = "read while it was recorded")
  @Outcome(id = "\\d+, [1-9]\\d*", expect = FORBIDDEN, desc = "a match where nothing was sent")
  @Outcome(expect = FORBIDDEN, desc = "part of what is recorded under one lock")
  @State
  public static class MatchWhatComesAndGoes {
    private final PrefixHistory history = new PrefixHistory(16, 100);

    public MatchWhatComesAndGoes() {
      history.record(RESTING, OTHER);
    }

    @Actor
    public void writer() {
      recordAndForget(history, PROMPT);
    }

    @Actor
    public void reader(II_Result r) {
      match(history, 0, r);
    }
  }

  /** While blocks of one endpoint come and go, those of another stay, though they shift. */
  @JCStressTest
  @Outcome(id = "0, 128", expect = ACCEPTABLE, desc = "nothing but what was there")
  @Outcome(id = "[1-9]\\d*, .*", expect = FORBIDDEN, desc = "a match where nothing was sent")
  @Outcome(expect = FORBIDDEN, desc = "lost sight of blocks that nobody evicted")
  @State
  public static class MatchWhatStays {
    private final PrefixHistory history = new PrefixHistory(16, 100);

    public MatchWhatStays() {
      history.record(RESTING, PROMPT);
    }

    @Actor
    public void writer() {
      recordAndForget(history, OTHER);
    }

    @Actor
    public void reader(II_Result r) {
      match(history, PROMPT.tokens(), r);
    }
  }
}
