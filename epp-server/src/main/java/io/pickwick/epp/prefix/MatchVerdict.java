package io.pickwick.epp.prefix;

/** Whether what we compute of prompts matches what an endpoint publishes. */
public sealed interface MatchVerdict {
  /**
   * Nothing was seen yet by which it could be told.
   *
   * @param why what is not known of the endpoint itself; empty when only its blocks are missing
   */
  record Unknown(String why) implements MatchVerdict {
    /** Only its blocks are missing. */
    static final Unknown YET = new Unknown("");
  }

  /**
   * A block that the endpoint stored has the hash that we compute.
   *
   * @param tokens whether of the tokens of a prompt of ours, not only of those that it published
   */
  record Verified(boolean tokens) implements MatchVerdict {
    /** It hashes as we do; whether it makes the same tokens of a prompt was not seen yet. */
    static final Verified HASHES = new Verified(false);

    /** What it stored is what we look for. */
    static final Verified ALL = new Verified(true);
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
    TOKENIZER,
    /** Not known which; but nothing that we look for is among what it stored. */
    NO_HITS
  }

  /** A sentence for the pool's page. */
  default String sentence() {
    return switch (this) {
      case Unknown(String why) ->
          "unknown: " + (why.isEmpty() ? "nothing was seen yet by which it could be told" : why);
      case Verified(boolean tokens) ->
          tokens ? "verified" : "hashes: they match; tokens were not compared yet";
      case Mismatch m -> word() + ": " + m.advice();
    };
  }

  /** A word for logs and metrics. */
  default String word() {
    return switch (this) {
      case Unknown u -> "unknown";
      case Verified(boolean tokens) -> tokens ? "verified" : "hashes";
      case Mismatch m ->
          switch (m.cause()) {
            case BLOCK_SIZE -> "block_size";
            case ALGORITHM -> "algorithm";
            case SEED -> "seed";
            case TEMPLATE -> "template";
            case TOKENIZER -> "tokenizer";
            case NO_HITS -> "no_hits";
          };
    };
  }
}
