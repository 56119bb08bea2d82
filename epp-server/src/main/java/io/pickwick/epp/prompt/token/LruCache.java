package io.pickwick.epp.prompt.token;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Values by 128-bit keys, bounded in bytes; those not asked for longest go first.
 *
 * <p>Keys are spread over parts, each under a lock of its own and with its share of the bytes.
 */
public final class LruCache<V> {
  /** What an entry costs beside its value: key, map node and the references between them. */
  public static final int OVERHEAD = 112;

  private final Part<V>[] parts;

  /**
   * A cache of nothing yet.
   *
   * @param maxBytes the bound on all entries together, overhead included
   * @param parts how many locks, a power of two
   */
  public LruCache(long maxBytes, int parts) {
    if (maxBytes < 0) {
      throw new IllegalArgumentException("a cache of %d bytes".formatted(maxBytes));
    }
    @SuppressWarnings({"unchecked", "rawtypes"}) // a generic array cannot be made otherwise
    Part<V>[] made = new Part[parts];
    for (int i = 0; i < parts; i++) {
      made[i] = new Part<>(maxBytes / parts);
    }
    this.parts = made;
  }

  /** The value of a key; it counts as the last asked for. */
  public Optional<V> get(long high, long low) {
    return part(low).get(new Key(high, low));
  }

  /** Keeps a value of so many bytes, unless it alone is beyond the bound. */
  public void put(long high, long low, V value, long valueBytes) {
    part(low).put(new Key(high, low), new Weighed<>(value, valueBytes + OVERHEAD));
  }

  long bytes() {
    long sum = 0;
    for (Part<V> part : parts) {
      sum += part.bytes();
    }
    return sum;
  }

  private Part<V> part(long low) {
    return parts[(int) (low >>> 32) & (parts.length - 1)];
  }

  private record Key(long high, long low) {
    @Override
    public int hashCode() {
      return Long.hashCode(low);
    }
  }

  private record Weighed<V>(V value, long bytes) {}

  private static final class Part<V> {
    private final long maxBytes;
    private final LinkedHashMap<Key, Weighed<V>> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    Part(long maxBytes) {
      this.maxBytes = maxBytes;
    }

    synchronized Optional<V> get(Key key) {
      return Optional.ofNullable(entries.get(key)).map(Weighed::value);
    }

    synchronized void put(Key key, Weighed<V> entry) {
      if (entry.bytes() > maxBytes) {
        return;
      }
      Weighed<V> old = entries.put(key, entry);
      bytes += entry.bytes() - (old == null ? 0 : old.bytes());
      Iterator<Map.Entry<Key, Weighed<V>>> oldest = entries.entrySet().iterator();
      while (bytes > maxBytes) {
        bytes -= oldest.next().getValue().bytes();
        oldest.remove();
      }
    }

    synchronized long bytes() {
      return bytes;
    }
  }
}
