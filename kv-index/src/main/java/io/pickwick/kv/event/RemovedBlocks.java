package io.pickwick.kv.event;

/**
 * One {@code BlockRemoved} event: blocks of which an engine has one copy less.
 *
 * <p>A view that is only lent for the call: its values change with the next event.
 */
public interface RemovedBlocks {
  /** How many blocks. */
  int count();

  /** The engine's hash of a block: its low 64 bits, {@code 0 <= block < count()}. */
  long hash(int block);

  /** Where the blocks lay. */
  Medium medium();

  /** The KV cache group; zero when not told. */
  int group();
}
