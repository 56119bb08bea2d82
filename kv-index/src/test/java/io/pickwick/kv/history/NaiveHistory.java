package io.pickwick.kv.history;

import io.pickwick.kv.hash.PromptKeys;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** The history as one writes it without a thought for speed: a map in order of use per endpoint. */
final class NaiveHistory {
  private final int blockTokens;
  private final int defaultCapacity;
  private final Map<Integer, Integer> capacities = new HashMap<>();
  private final Map<Integer, Map<Long, Integer>> weights = new HashMap<>();

  NaiveHistory(int blockTokens, int defaultCapacity) {
    this.blockTokens = blockTokens;
    this.defaultCapacity = defaultCapacity;
  }

  void record(int slot, PromptKeys prompt) {
    int capacity = capacities.getOrDefault(slot, defaultCapacity);
    int count = 0;
    while (count < prompt.count() && prompt.tokensIn(count + 1) / blockTokens <= capacity) {
      count++;
    }
    Map<Long, Integer> held = held(slot);
    for (int block = count - 1; block >= 0; block--) {
      int tokens = prompt.tokensIn(block + 1) - prompt.tokensIn(block);
      held.remove(prompt.key(block));
      held.put(prompt.key(block), tokens / blockTokens);
    }
    evict(held, capacity);
  }

  int match(int slot, PromptKeys prompt) {
    int block = 0;
    while (block < prompt.count() && held(slot).containsKey(prompt.key(block))) {
      block++;
    }
    return prompt.tokensIn(block);
  }

  void forget(int slot) {
    capacities.remove(slot);
    weights.remove(slot);
  }

  void capacity(int slot, int blocks) {
    capacities.put(slot, blocks);
    evict(held(slot), blocks);
  }

  int blocks(int slot) {
    return held(slot).values().stream().mapToInt(Integer::intValue).sum();
  }

  private Map<Long, Integer> held(int slot) {
    return weights.computeIfAbsent(slot, _ -> new LinkedHashMap<>());
  }

  private static void evict(Map<Long, Integer> held, int capacity) {
    int sum = held.values().stream().mapToInt(Integer::intValue).sum();
    Iterator<Integer> eldest = held.values().iterator();
    while (sum > capacity) {
      sum -= eldest.next();
      eldest.remove();
    }
  }
}
