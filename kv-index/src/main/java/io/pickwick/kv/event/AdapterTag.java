package io.pickwick.kv.event;

import io.pickwick.kv.hash.PromptKeys;

/**
 * The tag by which the block index keeps an adapter's blocks apart: 64 bits of its name.
 *
 * <p>It is made of the name alone, so there is nothing that publishers share and could use up, and
 * nothing to give back. Two names of one tag would be as one; by chance that does not happen, and a
 * publisher that seeks such a name gains nothing, since it may publish under the other name itself.
 */
public final class AdapterTag {
  /** The base model. */
  public static final long BASE = 0;

  private AdapterTag() {}

  /** The tag of an adapter's name; {@link #BASE} for an empty one. */
  public static long of(String adapterName) {
    if (adapterName.isEmpty()) {
      return BASE;
    }
    long tag = PromptKeys.separator(adapterName, "");
    return tag == BASE ? 1 : tag;
  }
}
