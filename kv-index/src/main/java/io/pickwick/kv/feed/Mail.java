package io.pickwick.kv.feed;

/** What reaches a publisher's mailbox. */
sealed interface Mail {
  /** The bytes it keeps. */
  default int bytes() {
    return 0;
  }

  /** A connection is up; connections are numbered in the order in which they came up. */
  record Connected(long connection) implements Mail {}

  /** Somebody connected from the publisher's address, so it may be the publisher. */
  record Sighted() implements Mail {}

  /** A message came. */
  final class Live implements Mail {
    private final long connection;
    private final long sequence;
    private final byte[] payload;
    private final long nanos;

    /** It came at a time of the injected clock. */
    Live(long connection, long sequence, byte[] payload, long nanos) {
      this.connection = connection;
      this.sequence = sequence;
      this.payload = payload;
      this.nanos = nanos;
    }

    long connection() {
      return connection;
    }

    long sequence() {
      return sequence;
    }

    byte[] payload() {
      return payload;
    }

    long nanos() {
      return nanos;
    }

    @Override
    public int bytes() {
      return payload.length;
    }
  }

  /** A connection is lost. */
  record Lost(long connection) implements Mail {}

  /** Messages were dropped because too many waited. */
  record Overflow() implements Mail {}

  /** A message came by the replay of a token. */
  final class Replayed implements Mail {
    private final long token;
    private final long sequence;
    private final byte[] payload;

    Replayed(long token, long sequence, byte[] payload) {
      this.token = token;
      this.sequence = sequence;
      this.payload = payload;
    }

    long token() {
      return token;
    }

    long sequence() {
      return sequence;
    }

    byte[] payload() {
      return payload;
    }

    @Override
    public int bytes() {
      return payload.length;
    }
  }

  /** The replay of that token came to its end. */
  record ReplayEnded(long token, ReplayEnd end) implements Mail {}

  /** It is time to look whether anything was missed. */
  record Quiet() implements Mail {}

  /** The endpoint is gone. */
  record Closed() implements Mail {}
}
