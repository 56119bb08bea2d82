package io.pickwick.bench.events;

import io.pickwick.kv.event.BatchDecoder;
import io.pickwick.kv.event.EventSink;
import io.pickwick.kv.event.RemovedBlocks;
import io.pickwick.kv.event.StoredBlocks;
import java.util.HashMap;
import java.util.Map;

/** What events say is cached: how many blocks hold each hash; and what could not be right. */
final class Replica implements EventSink {
  private final BatchDecoder decoder = new BatchDecoder();
  final Map<Long, Integer> copies = new HashMap<>();
  final Map<Long, Long> parents = new HashMap<>();
  int unreadable;
  int unknownRemoved;

  void apply(byte[] payload) {
    decoder.decode(payload, 0, payload.length, this);
  }

  @Override
  public void stored(StoredBlocks blocks) {
    for (int i = 0; i < blocks.count(); i++) {
      copies.merge(blocks.hash(i), 1, Integer::sum);
      long parent = i > 0 ? blocks.hash(i - 1) : blocks.hasParent() ? blocks.parent() : 0;
      parents.put(blocks.hash(i), parent);
    }
    if (blocks.tokens() != blocks.count() * blocks.blockSize()) {
      throw new AssertionError("tokens of other blocks");
    }
  }

  @Override
  public void removed(RemovedBlocks blocks) {
    for (int i = 0; i < blocks.count(); i++) {
      Integer left = copies.computeIfPresent(blocks.hash(i), (hash, held) -> held - 1);
      if (left == null) {
        unknownRemoved++;
      } else if (left == 0) {
        copies.remove(blocks.hash(i));
      }
    }
  }

  @Override
  public void cleared() {
    copies.clear();
  }

  @Override
  public void unreadable(String why, boolean stateLost) {
    unreadable++;
  }
}
