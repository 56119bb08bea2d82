package io.pickwick.kv.event;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Small numbers for adapters' names, by which the block index keeps their blocks apart; shared by
 * all publishers and requests.
 *
 * <p>The base model is {@link #BASE}. Numbers are given out as names are first published, at most
 * {@link #MOST} of them and none twice; a name beyond that is {@link #NEVER}.
 */
public final class AdapterTags {
  /** The base model. */
  public static final int BASE = 0;

  /** Longer names get no number. */
  private static final int LONGEST = 256;

  /** How many adapters have a number. */
  public static final int MOST = 65_534;

  /** The number under which no block is stored. */
  public static final int NEVER = MOST + 1;

  private final ConcurrentHashMap<String, Integer> tags = new ConcurrentHashMap<>();

  /** The number of a published adapter, a new one when need be; {@link #BASE} for an empty name. */
  public int of(String adapterName) {
    if (adapterName.isEmpty()) {
      return BASE;
    }
    int tag = find(adapterName);
    return tag == NEVER ? add(adapterName) : tag;
  }

  /**
   * The number of an adapter, {@link #NEVER} when it has none: what a request asks by, so that
   * names nobody has published take no numbers.
   */
  public int find(String adapterName) {
    return adapterName.isEmpty() ? BASE : tags.getOrDefault(adapterName, NEVER);
  }

  private synchronized int add(String adapterName) {
    int tag = find(adapterName);
    if (tag != NEVER || tags.size() == MOST || adapterName.length() > LONGEST) {
      return tag;
    }
    tag = tags.size() + 1;
    tags.put(adapterName, tag);
    return tag;
  }
}
