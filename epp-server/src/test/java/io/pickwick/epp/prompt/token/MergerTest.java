package io.pickwick.epp.prompt.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class MergerTest {
  private static final int[] BYTE_IDS = IntStream.range(0, 256).toArray();

  private record Merge(int left, int right, int result) {}

  @Test
  void shortAndLongWordsMergeAsDefined() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 300; round++) {
      List<Merge> merges = merges(random);
      Merger merger = new Merger(table(merges), BYTE_IDS);
      byte[] word = word(random, random.nextInt(1, 300));
      int from = random.nextInt(word.length);
      merger.merge(word, from, word.length);
      assertThat(Arrays.copyOf(merger.ids(), merger.count()))
          .as("seed %d, round %d", seed, round)
          .isEqualTo(naive(merges, word, from));
    }
  }

  @Test
  void aMillionBytesOfOneLetterAreNoTrap() {
    List<Merge> doubling = new ArrayList<>();
    int last = 'a';
    for (int i = 0; i < 12; i++) {
      doubling.add(new Merge(last, last, 256 + i));
      last = 256 + i;
    }
    Merger merger = new Merger(table(doubling), BYTE_IDS);
    byte[] word = new byte[1_000_001];
    Arrays.fill(word, (byte) 'a');
    // Quadratic time would take hours.
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60), () -> merger.merge(word, 0, word.length));
    int whole = 1_000_001 / 4096;
    assertThat(merger.ids()[0]).isEqualTo(267);
    assertThat(merger.ids()[whole - 1]).isEqualTo(267);
    assertThat(length(merger)).isEqualTo(1_000_001);
  }

  @Test
  void ofTwoMergesOfOnePairTheLaterCounts() {
    MergeTable table = new MergeTable(2);
    table.put('a', 'b', 0, 300);
    table.put('a', 'b', 1, 301);
    Merger merger = new Merger(table, BYTE_IDS);
    merger.merge(new byte[] {'a', 'b'}, 0, 2);
    assertThat(Arrays.copyOf(merger.ids(), merger.count())).containsExactly(301);
  }

  private static long length(Merger merger) {
    return IntStream.range(0, merger.count())
        .mapToLong(i -> merger.ids()[i] < 256 ? 1 : 2L << (merger.ids()[i] - 256))
        .sum();
  }

  private static List<Merge> merges(SplittableRandom random) {
    List<Merge> merges = new ArrayList<>();
    int next = 256;
    for (int i = 0; i < 40; i++) {
      int left = token(random, next);
      int right = token(random, next);
      if (merges.stream().noneMatch(merge -> merge.left() == left && merge.right() == right)) {
        merges.add(new Merge(left, right, next++));
      }
    }
    return merges;
  }

  private static int token(SplittableRandom random, int next) {
    return next > 256 && random.nextBoolean()
        ? 256 + random.nextInt(next - 256)
        : 'a' + random.nextInt(3);
  }

  private static byte[] word(SplittableRandom random, int length) {
    byte[] word = new byte[length];
    for (int i = 0; i < length; i++) {
      word[i] = (byte) ('a' + random.nextInt(3));
    }
    return word;
  }

  private static MergeTable table(List<Merge> merges) {
    MergeTable table = new MergeTable(merges.size());
    for (int rank = 0; rank < merges.size(); rank++) {
      Merge merge = merges.get(rank);
      table.put(merge.left(), merge.right(), rank, merge.result());
    }
    return table;
  }

  private static int[] naive(List<Merge> merges, byte[] word, int from) {
    List<Integer> ids = new ArrayList<>();
    for (int i = from; i < word.length; i++) {
      ids.add((int) word[i]);
    }
    boolean merged = true;
    while (merged) {
      merged = false;
      for (Merge merge : merges) {
        int at = -1;
        for (int i = 0; i + 1 < ids.size() && at < 0; i++) {
          if (ids.get(i) == merge.left() && ids.get(i + 1) == merge.right()) {
            at = i;
          }
        }
        if (at >= 0) {
          ids.set(at, merge.result());
          ids.subList(at + 1, at + 2).clear();
          merged = true;
          break;
        }
      }
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}
