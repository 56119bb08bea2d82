package io.pickwick.kv.event;

/** The {@code BlockRemoved} event that a {@link BatchDecoder} is at. */
record RemovedEvent(StoredEvent fields) implements RemovedBlocks {
  @Override
  public int count() {
    return fields.count();
  }

  @Override
  public long hash(int block) {
    return fields.hash(block);
  }

  @Override
  public Medium medium() {
    return fields.medium();
  }

  @Override
  public int group() {
    return fields.group();
  }
}
