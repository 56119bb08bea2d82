package io.pickwick.epp.prefix;

import io.pickwick.kv.hash.HashScheme;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** The engines as their facts and the configuration tell. */
final class KnownEngines implements Engines {
  /** How long an answer may be used again. */
  private static final long FRESH_NANOS = Duration.ofMillis(250).toNanos();

  private final EngineFacts facts;
  private final Optional<String> base;
  private final LongSupplier nanos;

  /**
   * Makes it.
   *
   * @param base the base model's configured name
   */
  KnownEngines(EngineFacts facts, Optional<String> base, LongSupplier nanos) {
    this.facts = facts;
    this.base = base;
    this.nanos = nanos;
  }

  @Override
  public long version() {
    return nanos.getAsLong() / FRESH_NANOS;
  }

  @Override
  public Optional<HashScheme> scheme(int slot) {
    return facts.scheme(slot);
  }

  @Override
  public String unknown(int slot) {
    return facts.hashing(slot).why();
  }

  @Override
  public Serving serving(int slot, String model) {
    if (base.isPresent() && base.get().equals(model)) {
      return new Serving.Base();
    }
    List<String> bases = facts.baseModels(slot);
    if (bases.contains(model)) {
      return new Serving.Base();
    }
    return facts
        .adapter(slot, model)
        .<Serving>map(Serving.Adapted::new)
        .orElseGet(() ->
            new Serving.Unknown(
                bases.isEmpty()
                    ? "which models the endpoints serve is not known yet"
                    : "no endpoint is known to serve the model"));
  }
}
