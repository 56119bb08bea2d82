package io.pickwick.kv.index;

import io.pickwick.kv.hash.PromptKeys;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

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

  private long[] states = new long[0];

  /** Where blocks lie next to each other: the first one's place and number. */
  private int[] places = new int[0];

  private int[] starts = new int[0];
  private int stretches;

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
    if (states.length < limit) {
      states = new long[Math.max(limit, 2 * states.length)];
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
    long[] seen = states;
    candidates = 0;
    ended = 0;
    stretches = 0;
    int set = 0;
    int since = 0;
    int block = 0;
    boolean met = true;
    while (met && block < limit) {
      int place = index.table().find(prompt.key(block));
      if (place < 0) {
        break;
      }
      long[] page = arena.page(place);
      int at = BlockArena.offset(place);
      long state = BlockArena.stateAt(page, at);
      if (state == 0 || BlockArena.keyAt(page, at) != prompt.key(block)) {
        break;
      }
      stretch(place, block);
      do {
        seen[block] = state;
        if (BlockArena.set(state) != set) {
          set = BlockArena.set(state);
          met = meet(index, set, prompt, tag, slots, since, block);
          since = block;
          if (!met) {
            break;
          }
        }
        block++;
        at = BlockArena.nextOffset(at);
        state = block < limit && at < page.length ? BlockArena.stateAt(page, at) : 0;
      } while (state != 0 && BlockArena.keyAt(page, at) == prompt.key(block));
    }
    count(prompt, since, block);
    for (int i = 0; i < candidates; i++) {
      end(i, block);
    }
    return met ? block : block + 1;
  }

  /** From this block on they lie next to each other. */
  private void stretch(int place, int block) {
    if (stretches == places.length) {
      places = Arrays.copyOf(places, Math.max(16, 2 * stretches));
      starts = Arrays.copyOf(starts, places.length);
    }
    places[stretches] = place;
    starts[stretches] = block;
    stretches++;
  }

  /** Another set from this block on; returns whether anybody goes on. */
  private boolean meet(
      KvIndex index, int set, PromptKeys prompt, int tag, int slots, int since, int block) {
    HolderSet holding = index.sets().get(set);
    if (block == 0) {
      if (holding.answers(tag)) {
        begin(holding, index, slots);
      }
    } else {
      count(prompt, since, block);
      goOn(holding.answers(tag) ? holding : HolderSet.NONE, index.weights(), block);
    }
    return candidates > 0;
  }

  /** How many of the blocks that were looked at have not changed, from the first on. */
  private int stable(BlockArena arena, int count) {
    long[] seen = states;
    for (int i = 0; i < stretches; i++) {
      int end = i + 1 < stretches ? starts[i + 1] : count;
      long[] page = arena.page(places[i]);
      int at = BlockArena.offset(places[i]);
      for (int block = starts[i]; block < end; block++) {
        if (BlockArena.stateAt(page, at) != seen[block]) {
          return block;
        }
        at = BlockArena.nextOffset(at);
      }
    }
    return count;
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
  private void goOn(HolderSet holding, MediumWeights by, int block) {
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
