package io.pickwick.kv.hash;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * SGLang's page hashes: SHA-256 of the parent's digest, which the first page has none of, and the
 * tokens as four little-endian bytes each; published are the first eight bytes, big-endian.
 *
 * <p>Source: {@code get_hash_str} and {@code hash_str_to_int64} in {@code
 * python/sglang/srt/mem_cache}. Extra keys are not hashed.
 */
final class SglangChain extends DigestChain {
  private static final VarHandle TOKEN =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int DIGEST = 32;

  private final Sha256 digest = new Sha256();
  private byte[] preimage = new byte[0];

  SglangChain() {
    super(DIGEST);
  }

  @Override
  void restart(ExtraKeys extra) {}

  @Override
  void add(int[] tokens, int from, int count, int start) {
    int needed = DIGEST + Integer.BYTES * count;
    if (preimage.length < needed) {
      preimage = new byte[needed];
    }
    int at = DIGEST;
    for (int i = from; i < from + count; i++) {
      TOKEN.set(preimage, at, tokens[i]);
      at += Integer.BYTES;
    }
    if (start == 0) {
      digest.digest(preimage, DIGEST, at - DIGEST, last);
    } else {
      System.arraycopy(last, 0, preimage, 0, DIGEST);
      digest.digest(preimage, 0, at, last);
    }
  }

  @Override
  long published() {
    return (long) LONG.get(last, 0);
  }
}
