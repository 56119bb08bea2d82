package io.pickwick.model;

import io.pickwick.resource.Meta;
import java.util.Optional;

/**
 * How much a request matters, and by whose word.
 *
 * @param priority higher goes first, below zero may be shed
 * @param by the resource that gave it; absent where nothing did
 */
record Ranking(int priority, Optional<Meta> by) {
  /** What counts where nothing is said. */
  static final Ranking NONE = new Ranking(0, Optional.empty());
}
