package io.pickwick.kv.event;

import java.util.Locale;
import java.util.Map;

/**
 * Where a block's keys and values lie, as a publisher names it; names are compared without case.
 *
 * <p>A name that nobody has seen yet is {@link #OTHER}: the block is kept, at a weight of its own.
 */
public enum Medium {
  /** The engine's own cache; also when an event names no medium. */
  GPU,
  /** Host memory: {@code CPU}, SGLang's {@code CPU_PINNED}. */
  CPU,
  /** A local disk or file system: {@code FS}, {@code DISK}, {@code STORAGE}. */
  DISK,
  /** Storage that others can read: {@code OBJ}, {@code SHARED_STORAGE}, {@code EXTERNAL}. */
  SHARED,
  /** Any other name. */
  OTHER;

  private static final Map<String, Medium> NAMED =
      Map.ofEntries(
          Map.entry("", GPU),
          Map.entry("gpu", GPU),
          Map.entry("cpu", CPU),
          Map.entry("cpu_pinned", CPU),
          Map.entry("fs", DISK),
          Map.entry("disk", DISK),
          Map.entry("storage", DISK),
          Map.entry("obj", SHARED),
          Map.entry("shared_storage", SHARED),
          Map.entry("external", SHARED));

  /** The medium of a published name; an empty one is {@link #GPU}. */
  public static Medium named(String name) {
    return NAMED.getOrDefault(name.toLowerCase(Locale.ROOT), OTHER);
  }
}
