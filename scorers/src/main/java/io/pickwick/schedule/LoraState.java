package io.pickwick.schedule;

import java.util.Set;

/**
 * The LoRA adapters of one endpoint as it last told.
 *
 * @param max adapters it can run at once; zero when it has no LoRA
 * @param running adapters loaded and in use
 * @param waiting adapters that requests in its queue wait for
 */
public record LoraState(int max, Set<String> running, Set<String> waiting) {
  /** An endpoint without LoRA. */
  public static final LoraState NONE = new LoraState(0, Set.of(), Set.of());

  /** Keeps its own copies. */
  public LoraState {
    running = Set.copyOf(running);
    waiting = Set.copyOf(waiting);
  }
}
