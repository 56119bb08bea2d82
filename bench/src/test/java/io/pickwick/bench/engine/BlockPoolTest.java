package io.pickwick.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockPoolTest {
  /** The same pool out of collections. */
  private static final class Oracle {
    private final Deque<Integer> free = new ArrayDeque<>();
    private final Map<Integer, Integer> references = new HashMap<>();
    private final Map<Integer, Long> hashes = new HashMap<>();
    private final Map<Long, LinkedHashSet<Integer>> holders = new HashMap<>();
    private long evictions;

    Oracle(int blocks) {
      for (int i = 1; i < blocks; i++) {
        free.addLast(i);
      }
    }

    int find(long hash) {
      LinkedHashSet<Integer> blocks = holders.getOrDefault(hash, new LinkedHashSet<>());
      return blocks.isEmpty() ? -1 : blocks.getFirst();
    }

    void take(int block) {
      if (references.merge(block, 1, Integer::sum) == 1) {
        free.remove(block);
      }
    }

    int pop() {
      int block = free.removeFirst();
      references.put(block, 1);
      Long hash = hashes.remove(block);
      if (hash != null) {
        holders.getOrDefault(hash, new LinkedHashSet<>()).remove(block);
        evictions++;
      }
      return block;
    }

    void publish(int block, long hash) {
      hashes.put(block, hash);
      holders.computeIfAbsent(hash, key -> new LinkedHashSet<>()).add(block);
    }

    void release(int[] table) {
      for (int i = table.length - 1; i >= 0; i--) {
        if (references.merge(table[i], -1, Integer::sum) == 0) {
          if (hashes.containsKey(table[i])) {
            free.addLast(table[i]);
          } else {
            free.addFirst(table[i]);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16})
  void agreesWithAPoolOutOfCollections(long seed) {
    Random random = new Random(seed);
    int blocks = 2 + random.nextInt(60);
    BlockPool pool = new BlockPool(blocks);
    Oracle oracle = new Oracle(blocks);
    List<int[]> tables = new ArrayList<>();
    for (int round = 0; round < 20_000; round++) {
      String at = "seed " + seed + ", round " + round;
      if (random.nextInt(100) < 55) {
        List<Integer> table = new ArrayList<>();
        // Few hashes, so that copies of one, hits and evictions are all frequent.
        for (int i = 0; i < 1 + random.nextInt(6); i++) {
          long hash = (1L + random.nextInt(40)) << (random.nextBoolean() ? 20 : 40);
          int found = pool.find(hash);
          assertThat(found).as(at).isEqualTo(oracle.find(hash));
          if (found >= 0 && random.nextBoolean()) {
            pool.take(found);
            oracle.take(found);
            table.add(found);
          } else if (pool.free() > 0) {
            int block = pool.pop();
            assertThat(block).as(at).isEqualTo(oracle.pop()).isNotZero();
            if (random.nextInt(4) > 0) {
              pool.publish(block, hash);
              oracle.publish(block, hash);
            }
            table.add(block);
          }
        }
        tables.add(table.stream().mapToInt(Integer::intValue).toArray());
      } else if (!tables.isEmpty()) {
        int[] table = tables.remove(random.nextInt(tables.size()));
        pool.release(table, table.length);
        oracle.release(table);
      }
      assertThat(pool.free()).as(at).isEqualTo(oracle.free.size());
      assertThat(pool.evictions()).as(at).isEqualTo(oracle.evictions);
    }
    for (int[] table : tables) {
      pool.release(table, table.length);
    }
    assertThat(pool.free()).isEqualTo(pool.usable()).isEqualTo(blocks - 1);
  }

  @Test
  void aBlockIsReleasedOnlyOnce() {
    BlockPool pool = new BlockPool(4);
    int block = pool.pop();
    pool.release(new int[] {block}, 1);
    assertThatThrownBy(() -> pool.release(new int[] {block}, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anEmptyPoolSaysSo() {
    BlockPool pool = new BlockPool(2);
    assertThat(pool.pop()).isEqualTo(1);
    assertThatThrownBy(pool::pop).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theTailOfASequenceIsEvictedFirst() {
    BlockPool pool = new BlockPool(4);
    int[] table = {pool.pop(), pool.pop(), pool.pop()};
    for (int i = 0; i < 3; i++) {
      pool.publish(table[i], 100 + i);
    }
    pool.release(table, 3);
    assertThat(pool.pop()).isEqualTo(table[2]);
    assertThat(pool.find(102)).isNegative();
    assertThat(pool.find(101)).isEqualTo(table[1]);
  }
}
