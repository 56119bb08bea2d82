package io.pickwick.epp.prefix;

/** Whether what we compute of prompts matches what an endpoint publishes. */
public sealed interface MatchVerdict {
  /** Nothing was seen yet by which it could be told. */
  record Unknown() implements MatchVerdict {
    /** The only one that is needed. */
    static final Unknown YET = new Unknown();
  }

  /** A block that the endpoint stored has the hash that we compute of its tokens. */
  record Verified() implements MatchVerdict {
    /** The only one that is needed. */
    static final Verified SEEN = new Verified();
  }

  /**
   * Its blocks can't match our prompts.
   *
   * @param cause what differs; where several things do, the first of them
   * @param advice what differs and what to write where, for people
   */
  record Mismatch(Cause cause, String advice) implements MatchVerdict {}

  /** What can differ. */
  enum Cause {
    /** The tokens of a block. */
    BLOCK_SIZE,
    /** The hash algorithm. */
    ALGORITHM,
    /** The hash seed. */
    SEED,
    /** What chat prompts are made of. */
    TEMPLATE,
    /** How text becomes tokens. */
    TOKENIZER
  }

  /** A sentence for the pool's page. */
  default String sentence() {
    return switch (this) {
      case Unknown u -> "unknown: nothing was seen yet by which it could be told";
      case Verified v -> "verified";
      case Mismatch m -> word() + ": " + m.advice();
    };
  }

  /** A word for logs and metrics. */
  default String word() {
    return switch (this) {
      case Unknown u -> "unknown";
      case Verified v -> "verified";
      case Mismatch m ->
          switch (m.cause()) {
            case BLOCK_SIZE -> "block_size";
            case ALGORITHM -> "algorithm";
            case SEED -> "seed";
            case TEMPLATE -> "template";
            case TOKENIZER -> "tokenizer";
          };
    };
  }
}
