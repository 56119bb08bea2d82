package io.pickwick.bench.replay;

import io.pickwick.kv.hash.PromptKeys;
import java.util.HashMap;
import java.util.Map;

/** The distinct KV blocks of the requests under way on one pod. */
final class ActiveBlocks {
  private final int blockSize;
  private final Map<Long, Integer> shared = new HashMap<>();
  private long own;

  ActiveBlocks(int blockSize) {
    this.blockSize = blockSize;
  }

  /** How many there would be with one more prompt. */
  long with(PromptKeys prompt) {
    // Who has a block has all before it, so the blocks that are there are a run from the start.
    int low = 0;
    int high = prompt.count();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (shared.containsKey(prompt.key(middle))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return count() + prompt.count() - low + partial(prompt);
  }

  /** How many there are. */
  long count() {
    return shared.size() + own;
  }

  void add(PromptKeys prompt) {
    for (int block = 0; block < prompt.count(); block++) {
      shared.merge(prompt.key(block), 1, Integer::sum);
    }
    own += partial(prompt);
  }

  /** A request needs one more block for its output. */
  void grow() {
    own++;
  }

  /** Takes a prompt back, and what it grew by. */
  void remove(PromptKeys prompt, int grown) {
    for (int block = 0; block < prompt.count(); block++) {
      shared.computeIfPresent(prompt.key(block), (_, users) -> users == 1 ? null : users - 1);
    }
    own -= partial(prompt) + grown;
  }

  private int partial(PromptKeys prompt) {
    return prompt.tokens() % blockSize == 0 ? 0 : 1;
  }
}
