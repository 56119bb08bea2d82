package io.pickwick.bench.load;

import java.time.Duration;

/**
 * What one kind of request looks like on the wire.
 *
 * @param name a short name for tables
 * @param tokens the prompt's length, at four and a half bytes each
 * @param chunks the response's pieces, the last with usage and the end mark
 * @param streams how many requests are under way at a time
 * @param pace how long after one chunk's echo the next is sent; zero is lockstep
 */
public record Shape(String name, int tokens, int chunks, int streams, Duration pace) {
  private static final int STREAMS = 16;

  /** A request of the given size, sixteen at a time, each chunk after the echo of the last. */
  public static Shape lockstep(String name, int tokens, int chunks) {
    return new Shape(name, tokens, chunks, STREAMS, Duration.ZERO);
  }

  /** A request of the given size, 64 at a time, a chunk every twenty milliseconds. */
  public static Shape paced(String name, int tokens, int chunks) {
    return new Shape(name, tokens, chunks, 64, Duration.ofMillis(20));
  }
}
