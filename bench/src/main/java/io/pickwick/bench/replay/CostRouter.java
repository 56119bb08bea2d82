package io.pickwick.bench.replay;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.BlockChanges;
import io.pickwick.kv.index.PrefixMatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Picks the pod of the least cost, counting by itself what it sent where; ties by chance. */
final class CostRouter implements Router {
  /** One request's part in a tally. */
  private static final class Part {
    private final int pod;
    private final int uncached;
    private int grown;
    private boolean prefilled;

    Part(int pod, int uncached) {
      this.pod = pod;
      this.uncached = uncached;
    }
  }

  private final Cost cost;
  private final PrefixView view;
  private final boolean countsBlocks;
  private final SplittableRandom random;
  private final List<PodTally> tallies = new ArrayList<>();
  private final Map<Integer, Part> parts = new HashMap<>();
  private final PrefixMatch match = new PrefixMatch();

  /**
   * Makes one that has sent nothing.
   *
   * @param countsBlocks whether the cost asks for the pods' blocks, which are dear to count
   */
  CostRouter(
      Cost cost,
      PrefixView view,
      boolean countsBlocks,
      int pods,
      int blockSize,
      SplittableRandom random) {
    this.cost = cost;
    this.view = view;
    this.countsBlocks = countsBlocks;
    this.random = random;
    for (int pod = 0; pod < pods; pod++) {
      tallies.add(new PodTally(blockSize));
    }
  }

  @Override
  public int pick(KeyedRequest request, long nowNanos) {
    PromptKeys prompt = view.prompt(request);
    match.reset(tallies.size());
    view.index().match(prompt, match);
    int best = 0;
    int ties = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int pod = 0; pod < tallies.size(); pod++) {
      double its = cost.of(tallies.get(pod), request.stored(), match.tokens(pod));
      if (its < least) {
        least = its;
        best = pod;
        ties = 1;
      } else if (its == least && random.nextInt(++ties) == 0) {
        best = pod;
      }
    }
    int uncached = request.promptTokens() - match.tokens(best);
    PodTally tally = tallies.get(best);
    tally.routed(request.promptTokens(), uncached);
    if (countsBlocks) {
      tally.blocks().add(request.stored());
    }
    parts.put(request.id(), new Part(best, uncached));
    view.routed(best, request);
    return best;
  }

  @Override
  public void firstToken(KeyedRequest request, long nowNanos) {
    Part part = parts.get(request.id());
    if (part != null) {
      prefilled(request, part);
    }
  }

  @Override
  public void progressed(KeyedRequest request, int outputTokens) {
    Part part = parts.get(request.id());
    if (part != null && countsBlocks) {
      // The blocks are full, so the next token needs one more.
      part.grown++;
      tallies.get(part.pod).blocks().grow();
    }
  }

  @Override
  public void ended(KeyedRequest request, long nowNanos) {
    Part part = parts.remove(request.id());
    if (part != null) {
      prefilled(request, part);
      tallies.get(part.pod).ended();
      if (countsBlocks) {
        tallies.get(part.pod).blocks().remove(request.stored(), part.grown);
      }
    }
    view.ended(request);
  }

  private void prefilled(KeyedRequest request, Part part) {
    if (!part.prefilled) {
      part.prefilled = true;
      tallies.get(part.pod).prefilled(request.promptTokens(), part.uncached);
    }
  }

  @Override
  public boolean followsEvents() {
    return view.followsEvents();
  }

  @Override
  public void changed(int pod, BlockChanges changes) {
    view.changed(pod, changes);
  }

  PodTally tally(int pod) {
    return tallies.get(pod);
  }
}
