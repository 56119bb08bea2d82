package io.pickwick.epp.prefix;

import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashScheme;
import java.util.Optional;

/**
 * What is known of the endpoints' engines, as far as their block hashes depend on it; safe for
 * concurrent use.
 */
public interface Engines {
  /** Grows whenever another answer may have changed. */
  long version();

  /** How the endpoint's engine hashes blocks; empty while that is not known. */
  Optional<HashScheme> scheme(int slot);

  /** Why that is not known, a sentence; empty when there is no more to say. */
  String unknown(int slot);

  /** What a model's name means to an endpoint. */
  Serving serving(int slot, String model);

  /** What a model's name means. */
  sealed interface Serving {
    /** The base model. */
    record Base() implements Serving {}

    /** An adapter upon it. */
    record Adapted(ExtraKeys.Adapter adapter) implements Serving {}

    /** Not known, or not there. */
    record Unknown(String why) implements Serving {}
  }
}
