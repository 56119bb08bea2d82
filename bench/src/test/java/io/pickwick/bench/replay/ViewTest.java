package io.pickwick.bench.replay;

import static io.pickwick.bench.replay.Scenes.TINY;
import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.BlockChanges;
import io.pickwick.kv.index.PrefixMatch;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ViewTest {
  private int checks;

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23})
  void theExactViewIsWhatTheEnginesHoldAfterEachStep(long seed) {
    KeyedWorkload workload = KeyedWorkload.of(Scenes.groups(400, 400, seed), TINY.blockSize());
    Policy policy = Scenes.policy(setup -> new Checking(setup, seed));
    RunResult result =
        new Replay(workload, FleetSpec.prompt(TINY, 3), policy, Course.at(1), seed).run();
    assertThat(checks).isGreaterThan(400);
    assertThat(result.shares()).allMatch(share -> share.evictedBlocks() > 0, "evicts");
  }

  /** Picks by chance and compares what the view was told with the engine. */
  private final class Checking implements Router {
    private final Setup setup;
    private final ExactView view;
    private final long seed;
    private final PrefixMatch match = new PrefixMatch();

    Checking(Setup setup, long seed) {
      this.setup = setup;
      this.seed = seed;
      this.view = new ExactView(setup.fleet(), setup.agenda());
    }

    @Override
    public int pick(KeyedRequest request, long nowNanos) {
      return setup.random().nextInt(setup.fleet().pods());
    }

    @Override
    public boolean followsEvents() {
      return true;
    }

    @Override
    public void changed(int pod, BlockChanges changes) {
      view.changed(pod, changes);
      checks++;
      Set<Long> held = setup.pods().get(pod).engine().cached().keySet();
      assertThat(view.blocks(pod)).as("seed %d", seed).isEqualTo(held.size());
      for (long hash : held) {
        match.reset(setup.fleet().pods());
        view.told().match(new PromptKeys(new long[] {hash}, 1, new int[] {4}, 4), match);
        assertThat(match.tokens(pod)).as("seed %d, block %x", seed, hash).isEqualTo(4);
      }
    }
  }

  @Test
  void aRoutedPromptCountsAtOnceUntilItHasEnded() {
    KeyedWorkload workload =
        new Scenes().at(0, Scenes.tokens(0, 20), 1).at(0, Scenes.tokens(0, 20), 1).keyed();
    ExactView view = new ExactView(FleetSpec.prompt(TINY, 2), new Agenda());
    KeyedRequest first = workload.requests().get(0);
    KeyedRequest second = workload.requests().get(1);
    assertThat(held(view, second, 1)).isZero();
    view.routed(1, first);
    assertThat(held(view, second, 1)).as("all but the last token's block").isEqualTo(16);
    assertThat(held(view, second, 0)).isZero();
    view.ended(first);
    assertThat(held(view, second, 1)).isZero();
  }

  @Test
  void theEstimateRemembersWhatWasRouted() {
    KeyedWorkload workload =
        new Scenes().at(0, Scenes.tokens(0, 20), 1).at(0, Scenes.tokens(0, 30), 1).keyed();
    EstimatedView view = new EstimatedView(FleetSpec.prompt(TINY, 2));
    view.routed(1, workload.requests().get(0));
    assertThat(held(view, workload.requests().get(1), 1)).isEqualTo(20);
    assertThat(held(view, workload.requests().get(1), 0)).isZero();
  }

  private static int held(PrefixView view, KeyedRequest request, int pod) {
    PrefixMatch match = new PrefixMatch();
    match.reset(2);
    view.index().match(view.prompt(request), match);
    return match.tokens(pod);
  }
}
