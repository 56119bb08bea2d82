package io.pickwick.kv.event;

import java.util.ArrayList;
import java.util.List;

/** What a sink was told, kept as values. */
sealed interface Seen {
  record Stored(
      List<Long> hashes,
      List<Long> parent,
      int blockSize,
      List<Integer> tokens,
      Medium medium,
      int group,
      boolean fullAttention,
      boolean kindTold,
      String loraName,
      long loraId,
      boolean extraKeys,
      boolean reported)
      implements Seen {}

  record Removed(List<Long> hashes, Medium medium, int group) implements Seen {}

  record Cleared() implements Seen {}

  record Unreadable(boolean stateLost) implements Seen {}

  /** Keeps everything it is told. */
  final class Sink implements EventSink {
    final List<Seen> seen = new ArrayList<>();

    @Override
    public void stored(StoredBlocks blocks) {
      List<Long> hashes = new ArrayList<>();
      for (int i = 0; i < blocks.count(); i++) {
        hashes.add(blocks.hash(i));
      }
      List<Integer> tokens = new ArrayList<>();
      for (int i = 0; i < blocks.tokens(); i++) {
        tokens.add(blocks.token(i));
      }
      seen.add(
          new Stored(
              hashes,
              blocks.hasParent() ? List.of(blocks.parent()) : List.of(),
              blocks.blockSize(),
              tokens,
              blocks.medium(),
              blocks.group(),
              blocks.fullAttention(),
              blocks.kindTold(),
              blocks.loraName(),
              blocks.loraId(),
              blocks.hasExtraKeys(),
              blocks.reported()));
    }

    @Override
    public void removed(RemovedBlocks blocks) {
      List<Long> hashes = new ArrayList<>();
      for (int i = 0; i < blocks.count(); i++) {
        hashes.add(blocks.hash(i));
      }
      seen.add(new Removed(hashes, blocks.medium(), blocks.group()));
    }

    @Override
    public void cleared() {
      seen.add(new Cleared());
    }

    @Override
    public void unreadable(String why, boolean stateLost) {
      seen.add(new Unreadable(stateLost));
    }
  }
}
