package io.pickwick.bench.events;

import io.pickwick.bench.engine.CacheObserver;
import io.pickwick.bench.engine.EngineRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Gathers what changes in an engine's cache until the step is over, as vLLM's scheduler does.
 *
 * <p>What comes between two steps, such as a reset, waits for the next one. Not thread-safe.
 */
final class StepEvents implements CacheObserver {
  private final int blockSize;
  private final ToIntFunction<String> loraIds;
  private List<CacheEvent> events = new ArrayList<>();

  /** Events of blocks of that size, with the numbers of the adapters by name. */
  StepEvents(int blockSize, ToIntFunction<String> loraIds) {
    this.blockSize = blockSize;
    this.loraIds = loraIds;
  }

  @Override
  public void stored(EngineRequest request, int from, int to) {
    long[] hashes = new long[to - from];
    List<List<String>> extraKeys = new ArrayList<>(hashes.length);
    for (int block = from; block < to; block++) {
      hashes[block - from] = request.blockHash(block);
      extraKeys.add(extraKeys(request, block));
    }
    int[] tokens = new int[hashes.length * blockSize];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = request.token(from * blockSize + i);
    }
    events.add(
        new CacheEvent.Stored(
            hashes,
            from > 0,
            from > 0 ? request.blockHash(from - 1) : 0,
            tokens,
            blockSize,
            request.lora(),
            request.lora().isEmpty() ? 0 : loraIds.applyAsInt(request.lora()),
            extraKeys,
            request.session()));
  }

  @Override
  public void found(EngineRequest request, int to) {
    stored(request, 0, to);
  }

  @Override
  public void removed(long hash) {
    events.add(new CacheEvent.Removed(hash));
  }

  @Override
  public void cleared() {
    events.add(new CacheEvent.Cleared());
  }

  /** The events since the last call. */
  List<CacheEvent> take() {
    if (events.isEmpty()) {
      return List.of();
    }
    List<CacheEvent> taken = events;
    events = new ArrayList<>();
    return taken;
  }

  /** The adapter on each block, then the salt on the first. */
  private static List<String> extraKeys(EngineRequest request, int block) {
    boolean salted = block == 0 && !request.salt().isEmpty();
    if (request.lora().isEmpty()) {
      return salted ? List.of(request.salt()) : List.of();
    }
    return salted ? List.of(request.lora(), request.salt()) : List.of(request.lora());
  }
}
