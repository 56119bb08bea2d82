package io.pickwick.kv.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.event.Medium;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BlockChangesTest {
  private final long[] chain = Chains.chain(1, 1000);
  private final BlockChanges changes = new BlockChanges();
  private final KvIndex index = new KvIndex(MediumWeights.standard(), Long.MAX_VALUE, 1);
  private final RankBlocks rank = index.open(0, 0);

  private int held(long... keys) {
    PrefixMatch match = new PrefixMatch();
    match.reset(1);
    index.match(Chains.prompt(keys), match);
    return match.held(0) / 16;
  }

  private void store(int from, int to) {
    long[] keys = Arrays.copyOfRange(chain, from, to);
    changes.store(from == 0 ? 0 : chain[from - 1], keys, keys.length, Medium.GPU, 0);
  }

  @Test
  void removalsInARowAreOneRun() {
    changes.remove(1, Medium.GPU);
    changes.remove(2, Medium.GPU);
    changes.remove(3, Medium.CPU);
    changes.remove(4, Medium.CPU);
    store(0, 2);
    changes.remove(5, Medium.CPU);
    assertThat(changes.blocks()).isEqualTo(7);
    assertThat(changes.run(0).end).isEqualTo(2);
    assertThat(changes.run(1).end).isEqualTo(4);
    assertThat(changes.run(2).end).isEqualTo(6);
    assertThat(changes.run(3).end).isEqualTo(7);
  }

  @Test
  void areWrittenInTheirOrder() {
    store(0, 10);
    changes.remove(chain[4], Medium.GPU);
    assertThat(rank.write(changes)).isOne();
    assertThat(held(chain)).isEqualTo(4);

    changes.clear();
    changes.remove(chain[4], Medium.GPU);
    store(4, 5);
    assertThat(rank.write(changes)).isZero();
    assertThat(held(chain)).isEqualTo(10);
  }

  @Test
  void aBlockThatIsRemovedAndComesBackInOneGoIsFound() {
    store(0, 3);
    rank.write(changes);
    changes.clear();
    for (int i = 2; i >= 0; i--) {
      changes.remove(chain[i], Medium.GPU);
    }
    long[] other = Chains.chain(2, 3);
    changes.store(0, other, 3, Medium.GPU, 0);
    store(0, 3);
    assertThat(rank.write(changes)).isEqualTo(3);
    assertThat(held(chain)).isEqualTo(3);
    assertThat(held(other)).isEqualTo(3);
  }

  @Test
  void runsLongerThanATurnAreWrittenWhole() {
    store(0, 1000);
    rank.write(changes);
    assertThat(held(chain)).isEqualTo(1000);
    changes.clear();
    for (long key : chain) {
      changes.remove(key, Medium.GPU);
    }
    changes.remove(7, Medium.GPU);
    assertThat(rank.write(changes)).isEqualTo(1000);
    assertThat(index.stats().blocks()).isZero();
  }

  @Test
  void aClosedPublisherTakesNone() {
    store(0, 10);
    rank.close();
    assertThat(rank.write(changes)).isZero();
    assertThat(held(chain)).isZero();
  }
}
