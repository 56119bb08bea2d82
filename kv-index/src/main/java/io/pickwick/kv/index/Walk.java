package io.pickwick.kv.index;

import io.pickwick.kv.hash.PromptKeys;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/** One thread's way along a prompt through the index, and who was met on it. */
final class Walk {
  /*
   * The walk keeps the candidates, those who hold all blocks so far. Most blocks lie right behind
   * the one before and have the same set; where the set changes, candidates that are not in it have
   * ended. What is read of one block belongs together because its state is read again afterwards
   * and is never the same after a change. A set's number may be given to another set; so where a
   * stretch of blocks with one number ends, the number must still be that of the set it began with.
   *
   * The blocks of a candidate were read one after the other; were they there together? A holder
   * counts its losses, each after the block is gone. If the count is the same before and after the
   * walk, at most the last loss is not in it yet; what was seen had all come before that loss, or
   * the count would be seen, too. So all of it was there just before. Where the count has changed
   * all states are read once more: if none has changed, everything was there between the two
   * readings. Failing that, too, the candidate is tried again; after a few times only as far as
   * nothing changes.
   *
   * The word that says who a candidate is must be the same at the end, or it was cleared, and its
   * number may be another's already.
   */

  private static final int WHOLE_ATTEMPTS = 5;
  private static final int ATTEMPTS = 50;

  private long[] states = new long[0];

  /** Where blocks lie next to each other: the first one's place and number. */
  private int[] places = new int[0];

  private int[] starts = new int[0];
  private int stretches;
  private int length;

  private int[] bearers = new int[0];
  private long[] words = new long[0];
  private long[] losses = new long[0];
  private int[] weights = new int[0];
  private long[] parts = new long[0];
  private int candidates;

  private int[] endedBearers = new int[0];
  private long[] endedWords = new long[0];
  private long[] endedLosses = new long[0];
  private long[] endedParts = new long[0];
  private int[] endedBlocks = new int[0];
  private int ended;

  /** Sets what every slot holds of a prompt. */
  void match(KvIndex index, PromptKeys prompt, long tag, PrefixMatch into) {
    int limit = prompt.count();
    if (states.length < limit) {
      states = new long[Math.max(limit, 2 * states.length)];
    }
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (walk(index, prompt, limit, tag, into.slots())) {
        if (tell(index, prompt, into)) {
          return;
        }
        if (attempt >= WHOLE_ATTEMPTS) {
          limit = Math.min(limit - 1, stable(index.arena()));
        }
      }
    }
  }

  /** Goes as far as there are candidates; returns whether it got through. */
  private boolean walk(KvIndex index, PromptKeys prompt, int limit, long tag, int slots) {
    BlockArena arena = index.arena();
    long[] seen = states;
    candidates = 0;
    ended = 0;
    stretches = 0;
    int set = 0;
    HolderSet holders = HolderSet.NONE;
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
      stretch(place, block);
      while (state != 0 && BlockArena.keyAt(page, at) == prompt.key(block)) {
        HolderSet holding = HolderSet.NONE;
        boolean another = BlockArena.set(state) != set;
        if (another) {
          holding = index.sets().get(BlockArena.set(state));
        }
        long again = BlockArena.stateAgain(page, at);
        if (again != state) {
          state = again;
          continue;
        }
        if (another) {
          if (index.sets().get(set) != holders) {
            return false;
          }
          set = BlockArena.set(state);
          holders = holding;
          met = meet(holding, index, prompt, tag, slots, since, block);
          since = block;
          if (block == 0 && BlockArena.stateAgain(page, at) != state) {
            return false;
          }
          if (!met) {
            break;
          }
        }
        seen[block] = state;
        block++;
        at = BlockArena.nextOffset(at);
        if (block == limit || at == page.length) {
          break;
        }
        state = BlockArena.stateAt(page, at);
      }
      if (starts[stretches - 1] == block) {
        break;
      }
    }
    if (met && index.sets().get(set) != holders) {
      return false;
    }
    count(prompt, since, block);
    for (int i = 0; i < candidates; i++) {
      end(i, block);
    }
    length = block;
    return true;
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
      HolderSet holding,
      KvIndex index,
      PromptKeys prompt,
      long tag,
      int slots,
      int since,
      int block) {
    if (block == 0) {
      begin(holding, index, tag, slots);
    } else {
      count(prompt, since, block);
      goOn(holding, index.weights(), block);
    }
    return candidates > 0;
  }

  /** How many of the blocks have not changed since they were walked, from the first on. */
  private int stable(BlockArena arena) {
    VarHandle.acquireFence();
    long[] seen = states;
    for (int i = 0; i < stretches; i++) {
      int end = i + 1 < stretches ? starts[i + 1] : length;
      long[] page = arena.page(places[i]);
      int at = BlockArena.offset(places[i]);
      for (int block = starts[i]; block < end; block++) {
        if (BlockArena.stateAt(page, at) != seen[block]) {
          return block;
        }
        at = BlockArena.nextOffset(at);
      }
    }
    return length;
  }

  /** Tells of those candidates that are certain; returns whether all are or are gone. */
  private boolean tell(KvIndex index, PromptKeys prompt, PrefixMatch into) {
    VarHandle.acquireFence();
    Holders all = index.holders();
    int stable = -1;
    boolean certain = true;
    for (int i = 0; i < ended; i++) {
      int holder = HolderSet.holderOf(endedBearers[i]);
      long word = endedWords[i];
      if (all.losses(holder) != endedLosses[i]) {
        if (stable < 0) {
          stable = stable(index.arena());
        }
        if (endedBlocks[i] > stable) {
          certain &= all.word(holder) != word;
          continue;
        }
      }
      if (all.word(holder) == word) {
        int saved = (int) (endedParts[i] >> MediumWeights.SHIFT);
        into.raise(Holders.slot(word), saved, prompt.tokensIn(endedBlocks[i]), Holders.rank(word));
      }
    }
    return certain;
  }

  /** All living members of the tag hold the first block. */
  private void begin(HolderSet holding, KvIndex index, long tag, int slots) {
    makeRoom(holding.count());
    int last = -1;
    for (int i = 0; i < holding.count(); i++) {
      int member = holding.member(i);
      int bearer = HolderSet.bearer(member);
      int weight = index.weights().parts(HolderSet.medium(member));
      if (bearer == last) {
        weights[candidates - 1] = Math.max(weights[candidates - 1], weight);
        continue;
      }
      if (!index.holders().isFor(bearer, tag)) {
        continue;
      }
      int holder = HolderSet.holderOf(bearer);
      long word = index.holders().word(holder);
      if (word != 0 && Holders.slot(word) < slots) {
        bearers[candidates] = bearer;
        words[candidates] = word;
        losses[candidates] = index.holders().losses(holder);
        weights[candidates] = weight;
        parts[candidates] = 0;
        candidates++;
        last = bearer;
      }
    }
  }

  /** Only candidates that are members go on. */
  private void goOn(HolderSet holding, MediumWeights by, int block) {
    int going = 0;
    int at = 0;
    for (int i = 0; i < candidates; i++) {
      int bearer = bearers[i];
      at = holding.from(HolderSet.leastOf(bearer), at);
      int weight = -1;
      while (at < holding.count() && HolderSet.bearer(holding.member(at)) == bearer) {
        weight = Math.max(weight, by.parts(HolderSet.medium(holding.member(at))));
        at++;
      }
      if (weight < 0) {
        end(i, block);
      } else {
        bearers[going] = bearer;
        words[going] = words[i];
        losses[going] = losses[i];
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
    endedBearers[ended] = bearers[candidate];
    endedWords[ended] = words[candidate];
    endedLosses[ended] = losses[candidate];
    endedParts[ended] = parts[candidate];
    endedBlocks[ended] = blocks;
    ended++;
  }

  private void makeRoom(int most) {
    if (bearers.length < most) {
      int length = Math.max(most, 2 * bearers.length);
      bearers = new int[length];
      words = new long[length];
      losses = new long[length];
      weights = new int[length];
      parts = new long[length];
      endedBearers = new int[length];
      endedWords = new long[length];
      endedLosses = new long[length];
      endedParts = new long[length];
      endedBlocks = new int[length];
    }
  }
}
