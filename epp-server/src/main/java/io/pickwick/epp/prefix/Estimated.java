package io.pickwick.epp.prefix;

/**
 * Why a prompt was estimated at the endpoint that it went to.
 *
 * @param reason for metrics
 * @param words for people
 */
record Estimated(Reason reason, String words) {
  /** The kinds of reasons. */
  enum Reason {
    /** The decision was made without the body, or its API's prompts are not looked up. */
    BODY,
    /** The body is too long. */
    LENGTH,
    /** The prompt has images or other media. */
    MEDIA,
    /** Too many prompts were being tokenized. */
    BUSY,
    /** Its tokens could not be told. */
    TOKENS,
    /** What the model's name means to the endpoint is not known. */
    MODEL,
    /** How the endpoint hashes blocks is not known. */
    HASHING,
    /** The endpoint's hashes do not match ours. */
    MISMATCH,
    /** The endpoint's events could not be believed. */
    FEED
  }

  /** For the decision's header. */
  String mode() {
    return "estimated: " + words;
  }
}
