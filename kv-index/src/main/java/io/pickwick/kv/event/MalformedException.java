package io.pickwick.kv.event;

/**
 * Bytes that are not what was expected there. It carries no stack trace and is never made while
 * decoding, so that a flood of bad events costs little.
 */
@SuppressWarnings(
    "StaticAssignmentOfThrowable") // shared on purpose: without a trace they are equal
final class MalformedException extends RuntimeException {
  static final MalformedException TRUNCATED = new MalformedException("the bytes break off");
  static final MalformedException RESERVED = new MalformedException("a byte that no value has");
  static final MalformedException TYPE = new MalformedException("a value of another type");
  static final MalformedException RANGE = new MalformedException("a value out of range");
  static final MalformedException MISSING = new MalformedException("a field is missing");

  private MalformedException(String why) {
    super(why, null, false, false);
  }

  /** The reason, which every one of them has. */
  String why() {
    return String.valueOf(getMessage());
  }
}
