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
    private final Batch batch;
    private final long nanos;

    /** It came at a time of the injected clock. */
    Live(long connection, long sequence, Batch batch, long nanos) {
      this.connection = connection;
      this.sequence = sequence;
      this.batch = batch;
      this.nanos = nanos;
    }

    long connection() {
      return connection;
    }

    long sequence() {
      return sequence;
    }

    Batch batch() {
      return batch;
    }

    long nanos() {
      return nanos;
    }

    @Override
    public int bytes() {
      return batch.bytes();
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
    private final Batch batch;

    Replayed(long token, long sequence, Batch batch) {
      this.token = token;
      this.sequence = sequence;
      this.batch = batch;
    }

    long token() {
      return token;
    }

    long sequence() {
      return sequence;
    }

    Batch batch() {
      return batch;
    }

    @Override
    public int bytes() {
      return batch.bytes();
    }
  }

  /** The thread that applies it died, and with it a message, or more, perhaps half applied. */
  record Died() implements Mail {}

  /** The replay of that token came to its end. */
  record ReplayEnded(long token, ReplayEnd end) implements Mail {}

  /** It is time to look whether anything was missed. */
  record Quiet() implements Mail {}

  /** The endpoint is gone. */
  record Closed() implements Mail {}
}
