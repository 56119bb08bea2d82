package io.pickwick.kv.index;

import io.pickwick.kv.hash.PromptKeys;
import java.lang.invoke.VarHandle;

/** One thread's way along a prompt through the index, and who was met on it. */
final class Walk {
  /*
   * First the walk: the place and state of every block that somebody holds, and the candidates,
   * those who hold all blocks so far, each with the word that said who it is. Most blocks lie right
   * behind the one before and have the same set; where the set changes, candidates that are not in
   * it have ended.
   *
   * Then all states are read again. If none has changed there was a moment, between the two
   * readings, when all of it was true at once: states are never the same again, and sets and
   * numbers of holders are given to others only after the states of their blocks have changed. A
   * candidate counts if its word is still the same, too: then it was not cleared before that
   * moment.
   *
   * If something has changed the walk is repeated; after a few times, only as far as nothing did.
   */

  private static final int WHOLE_ATTEMPTS = 3;

  private int[] places = new int[0];
  private long[] states = new long[0];

  private int[] holders = new int[0];
  private long[] words = new long[0];
  private int[] weights = new int[0];
  private long[] parts = new long[0];
  private int candidates;

  private int[] endedHolders = new int[0];
  private long[] endedWords = new long[0];
  private long[] endedParts = new long[0];
  private int[] endedBlocks = new int[0];
  private int ended;

  /** Sets what every slot holds of a prompt. */
  void match(KvIndex index, PromptKeys prompt, int tag, PrefixMatch into) {
    int limit = prompt.count();
    if (places.length < limit) {
      int length = Math.max(limit, 2 * places.length);
      places = new int[length];
      states = new long[length];
    }
    for (int attempt = 1; ; attempt++) {
      int seen = walk(index, prompt, limit, tag, into.slots());
      VarHandle.acquireFence();
      int stable = stable(index.arena(), seen);
      if (stable == seen) {
        tell(index.holders(), prompt, into);
        return;
      }
      if (attempt >= WHOLE_ATTEMPTS) {
        limit = stable;
      }
    }
  }

  /** Returns how many blocks were looked at. */
  private int walk(KvIndex index, PromptKeys prompt, int limit, int tag, int slots) {
    BlockArena arena = index.arena();
    candidates = 0;
    ended = 0;
    int place = -1;
    long[] page = {};
    int set = 0;
    int since = 0;
    int seen = 0;
    int block = 0;
    for (; block < limit; block++) {
      long key = prompt.key(block);
      long state = 0;
      if (place >= 0 && BlockArena.pageGoesOn(place)) {
        state = BlockArena.state(page, place + 1);
        if (state != 0 && BlockArena.key(page, place + 1) != key) {
          state = 0;
        }
      }
      if (state != 0) {
        place++;
      } else {
        place = index.table().find(key);
        if (place < 0) {
          break;
        }
        page = arena.page(place);
        state = BlockArena.state(page, place);
        if (state == 0 || BlockArena.key(page, place) != key) {
          break;
        }
      }
      places[block] = place;
      states[block] = state;
      seen = block + 1;
      if (BlockArena.set(state) != set) {
        set = BlockArena.set(state);
        HolderSet holding = index.sets().get(set);
        if (!holding.answers(tag)) {
          break;
        }
        if (block == 0) {
          begin(holding, index, slots);
        } else {
          goOn(holding, index.weights(), prompt, since, block);
          since = block;
        }
        if (candidates == 0) {
          break;
        }
      }
    }
    count(prompt, since, block);
    for (int i = 0; i < candidates; i++) {
      end(i, block);
    }
    return seen;
  }

  /** How many of the blocks that were looked at have not changed, from the first on. */
  private int stable(BlockArena arena, int seen) {
    long[] page = {};
    int before = -1;
    for (int block = 0; block < seen; block++) {
      int place = places[block];
      if (place != before + 1 || !BlockArena.pageGoesOn(before)) {
        page = arena.page(place);
      }
      if (BlockArena.state(page, place) != states[block]) {
        return block;
      }
      before = place;
    }
    return seen;
  }

  private void tell(Holders all, PromptKeys prompt, PrefixMatch into) {
    for (int i = 0; i < ended; i++) {
      long word = endedWords[i];
      if (all.word(endedHolders[i]) == word) {
        int saved = (int) (endedParts[i] >> MediumWeights.SHIFT);
        into.raise(Holders.slot(word), saved, prompt.tokensIn(endedBlocks[i]), Holders.rank(word));
      }
    }
  }

  /** All living members hold the first block. */
  private void begin(HolderSet holding, KvIndex index, int slots) {
    makeRoom(holding.count());
    int last = -1;
    for (int i = 0; i < holding.count(); i++) {
      int member = holding.member(i);
      int holder = HolderSet.holder(member);
      int weight = index.weights().parts(member & HolderSet.MEDIUM_MASK);
      if (holder == last) {
        weights[candidates - 1] = Math.max(weights[candidates - 1], weight);
        continue;
      }
      long word = index.holders().word(holder);
      if (word != 0 && Holders.slot(word) < slots) {
        holders[candidates] = holder;
        words[candidates] = word;
        weights[candidates] = weight;
        parts[candidates] = 0;
        candidates++;
        last = holder;
      }
    }
  }

  /** Only candidates that are members go on. */
  private void goOn(HolderSet holding, MediumWeights by, PromptKeys prompt, int since, int block) {
    count(prompt, since, block);
    int going = 0;
    int at = 0;
    for (int i = 0; i < candidates; i++) {
      int holder = holders[i];
      at = holding.from(HolderSet.member(holder, 0), at);
      int weight = -1;
      while (at < holding.count() && HolderSet.holder(holding.member(at)) == holder) {
        weight = Math.max(weight, by.parts(holding.member(at) & HolderSet.MEDIUM_MASK));
        at++;
      }
      if (weight < 0) {
        end(i, block);
      } else {
        holders[going] = holder;
        words[going] = words[i];
        weights[going] = weight;
        parts[going] = parts[i];
        going++;
      }
    }
    candidates = going;
  }

  /** Adds the blocks since the last change of the set. */
  private void count(PromptKeys prompt, int since, int block) {
    long tokens = (long) prompt.tokensIn(block) - prompt.tokensIn(since);
    for (int i = 0; i < candidates; i++) {
      parts[i] += tokens * weights[i];
    }
  }

  private void end(int candidate, int blocks) {
    endedHolders[ended] = holders[candidate];
    endedWords[ended] = words[candidate];
    endedParts[ended] = parts[candidate];
    endedBlocks[ended] = blocks;
    ended++;
  }

  private void makeRoom(int most) {
    if (holders.length < most) {
      int length = Math.max(most, 2 * holders.length);
      holders = new int[length];
      words = new long[length];
      weights = new int[length];
      parts = new long[length];
      endedHolders = new int[length];
      endedWords = new long[length];
      endedParts = new long[length];
      endedBlocks = new int[length];
    }
  }
}
