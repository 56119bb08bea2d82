package io.pickwick.epp.extproc;

import io.pickwick.epp.extproc.wire.Answer;
import io.pickwick.epp.extproc.wire.Direction;
import io.pickwick.epp.request.Splice;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A body that waits for its decision, as the chunks in which it came.
 *
 * <p>Chunks are kept in the arrays that brought them. Only when small chunks follow each other are
 * they copied together, so that a body of one-byte chunks costs neither an object nor an answer per
 * byte.
 */
final class HeldBody {
  private static final int SMALL = 1024;
  private static final int MERGED = 8192;

  /** The cost of keeping one more array, beside its bytes. */
  private static final int OVERHEAD = 64;

  private byte[][] chunks = new byte[4][];
  private int[] offsets = new int[4];
  private int[] lengths = new int[4];
  private int count;
  private boolean open;
  private long length;
  private int sending;
  private int sent;

  /**
   * Takes the next chunk, which must not change any more.
   *
   * @return how many bytes of memory it keeps from now on, beyond those kept before
   */
  long add(byte[] bytes, int offset, int size) {
    length += size;
    if (size < SMALL && count > 0 && lengths[count - 1] < (open ? MERGED : SMALL)) {
      return merge(bytes, offset, size);
    }
    append(bytes, offset, size);
    open = false;
    return (long) bytes.length + OVERHEAD;
  }

  private long merge(byte[] bytes, int offset, int size) {
    int last = count - 1;
    long kept = 0;
    if (!open) {
      byte[] merged = new byte[MERGED];
      System.arraycopy(chunks[last], offsets[last], merged, 0, lengths[last]);
      chunks[last] = merged;
      offsets[last] = 0;
      open = true;
      kept = MERGED;
    }
    int fits = Math.min(size, MERGED - lengths[last]);
    System.arraycopy(bytes, offset, chunks[last], lengths[last], fits);
    lengths[last] += fits;
    if (fits < size) {
      byte[] merged = new byte[MERGED];
      System.arraycopy(bytes, offset + fits, merged, 0, size - fits);
      append(merged, 0, size - fits);
      kept += MERGED + OVERHEAD;
    }
    return kept;
  }

  private void append(byte[] bytes, int offset, int size) {
    if (count == chunks.length) {
      chunks = Arrays.copyOf(chunks, 2 * count);
      offsets = Arrays.copyOf(offsets, 2 * count);
      lengths = Arrays.copyOf(lengths, 2 * count);
    }
    chunks[count] = bytes;
    offsets[count] = offset;
    lengths[count] = size;
    count++;
  }

  /** The body's length. */
  long length() {
    return length;
  }

  /** The body from its start, as long as none of it has been sent. */
  InputStream open() {
    List<InputStream> parts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      parts.add(new ByteArrayInputStream(chunks[i], offsets[i], lengths[i]));
    }
    return new SequenceInputStream(Collections.enumeration(parts));
  }

  /** The same body with a value replaced. */
  HeldBody spliced(Splice splice) {
    HeldBody body = new HeldBody();
    for (int i = 0; i < count; i++) {
      splice.feed(
          chunks[i],
          offsets[i],
          lengths[i],
          (bytes, offset, size) -> {
            if (size > 0) {
              body.append(bytes, offset, size);
              body.length += size;
            }
          });
    }
    return body;
  }

  /** Whether all of it has been written by {@link #next}. */
  boolean sent() {
    return sending == count;
  }

  /**
   * Writes the next piece.
   *
   * @param most the longest piece
   * @param end whether nothing follows the body, so that its last piece says so
   */
  Answer next(Answer answer, int most, boolean end) {
    byte[] chunk = chunks[sending];
    int offset = offsets[sending] + sent;
    int size = Math.min(most, lengths[sending] - sent);
    sent += size;
    if (sent == lengths[sending]) {
      chunks[sending] = new byte[0];
      sending++;
      sent = 0;
    }
    return answer.chunk(Direction.REQUEST, chunk, offset, size, end && sending == count);
  }
}
