package io.pickwick.bench.replay;

import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadRequest;
import io.pickwick.kv.hash.BlockLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A workload with every prompt hashed for engines of one block size; immutable, so several runs may
 * use it at once.
 */
public final class KeyedWorkload {
  private static final int MOST_ESTIMATED_BLOCKS = BlockLayout.standard().maxBlocks();

  private final Workload workload;
  private final int blockSize;
  private final List<KeyedRequest> requests;

  private KeyedWorkload(Workload workload, int blockSize, List<KeyedRequest> requests) {
    this.workload = workload;
    this.blockSize = blockSize;
    this.requests = requests;
  }

  /** Hashes all prompts. */
  public static KeyedWorkload of(Workload workload, int blockSize) {
    int longest = 0;
    for (WorkloadRequest request : workload.requests()) {
      longest = Math.max(longest, request.prompt().length());
    }
    int[] ends = new int[longest / blockSize];
    Arrays.setAll(ends, block -> (block + 1) * blockSize);
    BlockLayout layout =
        new BlockLayout(blockSize, BlockLayout.standard().bytesPerToken(), MOST_ESTIMATED_BLOCKS);
    List<KeyedRequest> keyed = new ArrayList<>(workload.requests().size());
    for (WorkloadRequest request : workload.requests()) {
      keyed.add(new KeyedRequest(request, blockSize, ends, layout));
    }
    return new KeyedWorkload(workload, blockSize, List.copyOf(keyed));
  }

  /** What was hashed. */
  public Workload workload() {
    return workload;
  }

  /** Tokens of a block. */
  public int blockSize() {
    return blockSize;
  }

  /** The requests, by id. */
  List<KeyedRequest> requests() {
    return requests;
  }
}
