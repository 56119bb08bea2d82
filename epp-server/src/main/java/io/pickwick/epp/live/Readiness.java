package io.pickwick.epp.live;

import io.pickwick.pool.PoolSnapshot;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether requests can be decided well yet: the endpoints are known, one of them has told its
 * metrics, the KV events that were missed have been replayed, and the request path is warm.
 *
 * <p>Only the first must be: for the others it is waited so long and no longer, because a pool
 * whose pods are all down must not make its endpoint picker look broken. Once ready, it stays so.
 */
public final class Readiness implements BooleanSupplier {
  private final Supplier<PoolSnapshot> pool;
  private final Supplier<Optional<String>> source;
  private final LongSupplier scrapes;
  private final BooleanSupplier catchingUp;
  private final BooleanSupplier warmingUp;
  private final LongSupplier nanos;
  private final long patienceNanos;
  private volatile boolean ready;
  private volatile @Nullable Long knownSince;

  /**
   * Makes it.
   *
   * @param source why the source of the endpoints is not all read yet; absent when it is
   * @param scrapes how many scrapes have brought news
   * @param catchingUp whether missed KV events are being replayed
   * @param warmingUp whether requests of our own making go through the request path
   * @param patience how long to wait, once the endpoints are known, for what they tell
   */
  public Readiness(
      Supplier<PoolSnapshot> pool,
      Supplier<Optional<String>> source,
      LongSupplier scrapes,
      BooleanSupplier catchingUp,
      BooleanSupplier warmingUp,
      LongSupplier nanos,
      Duration patience) {
    this.pool = pool;
    this.source = source;
    this.scrapes = scrapes;
    this.catchingUp = catchingUp;
    this.warmingUp = warmingUp;
    this.nanos = nanos;
    this.patienceNanos = patience.toNanos();
  }

  @Override
  public boolean getAsBoolean() {
    return ready || missing().isEmpty();
  }

  /** What is waited for; absent when ready. */
  public Optional<String> missing() {
    if (ready) {
      return Optional.empty();
    }
    Optional<String> missing = look();
    if (missing.isEmpty()) {
      ready = true;
    }
    return missing;
  }

  private Optional<String> look() {
    Optional<String> unread = source.get();
    if (unread.isPresent()) {
      return unread;
    }
    if (!pool.get().synced()) {
      return Optional.of("the endpoints have not been read yet");
    }
    Long since = knownSince;
    if (since == null) {
      since = nanos.getAsLong();
      knownSince = since;
    }
    if (warmingUp.getAsBoolean()) {
      return Optional.of("the request path is being warmed up");
    }
    if (nanos.getAsLong() - since >= patienceNanos || pool.get().endpoints().isEmpty()) {
      return Optional.empty();
    }
    if (scrapes.getAsLong() == 0) {
      return Optional.of("no endpoint has told its metrics yet");
    }
    return catchingUp.getAsBoolean()
        ? Optional.of("KV events that were missed are being replayed")
        : Optional.empty();
  }
}
