package io.pickwick.bench.feed;

import io.pickwick.kv.feed.FeedState;
import io.pickwick.kv.feed.FeedStatus;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.PrefixMatch;
import java.util.List;

/**
 * What is known at the end beside what the publishers hold.
 *
 * @param held blocks that the publishers hold
 * @param indexed blocks that the index counts
 * @param wrong publishers of which it counts another number, or whose feed is not live
 * @param unfound publishers whose last whole prompt is not found to its end
 */
record Drained(long held, long indexed, int wrong, int unfound) {
  /** Compares, once everything sent has been applied. */
  static Drained compare(
      List<Long> messages, List<FeedStatus> feeds, KvIndex index, FeedLoad load, long separator) {
    long[] blocks = new long[load.publishers()];
    boolean[] live = new boolean[load.publishers()];
    for (FeedStatus one : feeds) {
      blocks[one.slot()] = one.blocks();
      live[one.slot()] = one.state() == FeedState.LIVE;
    }
    PrefixMatch match = new PrefixMatch();
    long held = 0;
    int wrong = 0;
    int unfound = 0;
    for (int i = 0; i < messages.size(); i++) {
      long sent = messages.get(i);
      long expected = BlockChains.held(sent, load.holdMessages());
      held += expected;
      if (blocks[i] != expected || (sent > 0 && !live[i])) {
        wrong++;
      }
      if (sent >= BlockChains.MESSAGES_PER_PROMPT) {
        PromptKeys prompt = BlockChains.lastPrompt(i, sent, separator);
        match.reset(load.publishers());
        index.match(prompt, match);
        if (match.tokens(i) != prompt.tokens()) {
          unfound++;
        }
      }
    }
    return new Drained(held, index.stats().holderBlocks(), wrong, unfound);
  }

  /** Whether nothing is missing and nothing is too much. */
  boolean equal() {
    return held == indexed && wrong == 0 && unfound == 0;
  }
}
