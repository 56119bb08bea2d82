package io.pickwick.bench.events;

import io.pickwick.bench.engine.BlockHashing;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * Hashes blocks as vLLM does, in the plainest way: SHA-256 over the parent's digest, the tokens and
 * the extra keys, written as a Python pickle or as canonical CBOR.
 *
 * <p>This is code of its own, and not that of the picker, so that one can be held against the
 * other. The algorithms are {@code sha256}, {@code sha256_cbor} and {@code sha256_cbor_64bit}.
 */
public final class VllmHashing implements BlockHashing {
  private static final String DEFAULT_SEED = "vllm-none-hash";

  private enum Algorithm {
    SHA256,
    SHA256_CBOR,
    SHA256_CBOR_64BIT
  }

  private final Algorithm algorithm;
  private final EngineVersion version;
  private final Object root;
  private final ToIntFunction<String> loraIds;
  private final Function<String, String> loraPaths;

  /**
   * The hashes of one engine.
   *
   * @param loraIds the numbers of the adapters by name
   * @param loraPaths the directories of the adapters by name, as given to the engine
   * @throws IllegalArgumentException if the algorithm is not simulated
   */
  public VllmHashing(
      KvEventOptions options, ToIntFunction<String> loraIds, Function<String, String> loraPaths) {
    algorithm =
        switch (options.hashAlgorithm()) {
          case "sha256" -> Algorithm.SHA256;
          case "sha256_cbor" -> Algorithm.SHA256_CBOR;
          case "sha256_cbor_64bit" -> Algorithm.SHA256_CBOR_64BIT;
          default ->
              throw new IllegalArgumentException(
                  "There is no hash algorithm %s; there are sha256, sha256_cbor, sha256_cbor_64bit."
                      .formatted(options.hashAlgorithm()));
        };
    version = options.version();
    root = hashed(options.hashSeed().isEmpty() ? DEFAULT_SEED : options.hashSeed());
    this.loraIds = loraIds;
    this.loraPaths = loraPaths;
  }

  @Override
  public Chain chain(String lora, String salt) {
    List<Object> adapter = lora.isEmpty() ? List.of() : List.of(adapter(lora));
    List<Object> first = new ArrayList<>(adapter);
    if (!salt.isEmpty()) {
      first.add(version.atLeast(31, 0) ? List.of("cache_salt", salt) : salt);
    }
    return new Chain() {
      private Object parent = root;
      private List<Object> extra = first;

      @Override
      public long next(int[] tokens, int from, int size) {
        List<Object> block = new ArrayList<>(size);
        for (int i = from; i < from + size; i++) {
          block.add((long) tokens[i]);
        }
        List<Object> input = new ArrayList<>();
        input.add(parent);
        input.add(block);
        input.add(extra.isEmpty() ? Optional.empty() : extra);
        parent = hashed(input);
        extra = adapter;
        return low(parent);
      }
    };
  }

  private Object adapter(String lora) {
    if (version.atLeast(31, 0)) {
      return List.of("lora", lora, loraPaths.apply(lora));
    }
    return version.atLeast(11, 2) ? lora : (Object) (long) loraIds.applyAsInt(lora);
  }

  /** The digest, or in the 64-bit form its low bits, of a value in the algorithm's writing. */
  private Object hashed(Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (algorithm == Algorithm.SHA256) {
      pickle(value, out);
    } else {
      cbor(value, out);
    }
    byte[] digest;
    try {
      digest = MessageDigest.getInstance("SHA-256").digest(out.toByteArray());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    return algorithm == Algorithm.SHA256_CBOR_64BIT ? (Object) low(digest) : digest;
  }

  private static long low(Object hash) {
    return hash instanceof byte[] digest
        ? ByteBuffer.wrap(digest).getLong(digest.length - 8)
        : (Long) hash;
  }

  /** Canonical CBOR, RFC 8949: a list is an array, an empty optional is null. */
  private static void cbor(Object value, ByteArrayOutputStream out) {
    switch (value) {
      case Long number -> cborHead(0, number, out);
      case byte[] bytes -> {
        cborHead(2, bytes.length, out);
        out.writeBytes(bytes);
      }
      case String text -> {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        cborHead(3, utf8.length, out);
        out.writeBytes(utf8);
      }
      case List<?> list -> {
        cborHead(4, list.size(), out);
        list.forEach(item -> cbor(item, out));
      }
      case Optional<?> _ -> out.write(0xf6);
      default -> throw new IllegalArgumentException("no CBOR for " + value);
    }
  }

  private static void cborHead(int major, long value, ByteArrayOutputStream out) {
    int type = major << 5;
    if (value >= 0 && value < 24) {
      out.write(type | (int) value);
    } else if (value >= 0 && value <= 0xff) {
      out.write(type | 24);
      bigEndian(value, 1, out);
    } else if (value >= 0 && value <= 0xffff) {
      out.write(type | 25);
      bigEndian(value, 2, out);
    } else if (value >= 0 && value <= 0xffff_ffffL) {
      out.write(type | 26);
      bigEndian(value, 4, out);
    } else {
      out.write(type | 27);
      bigEndian(value, 8, out);
    }
  }

  /** Python's pickle, protocol 5, in one frame: a list is a tuple, an empty optional is None. */
  private static void pickle(Object value, ByteArrayOutputStream out) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    pickled(value, body);
    body.write('.');
    out.write(0x80);
    out.write(5);
    out.write(0x95);
    littleEndian(body.size(), 8, out);
    out.writeBytes(body.toByteArray());
  }

  private static void pickled(Object value, ByteArrayOutputStream out) {
    switch (value) {
      case Long number -> {
        if (number < 0x100) {
          out.write('K');
          littleEndian(number, 1, out);
        } else if (number < 0x10000) {
          out.write('M');
          littleEndian(number, 2, out);
        } else {
          out.write('J');
          littleEndian(number, 4, out);
        }
      }
      case byte[] bytes -> {
        out.write('C');
        out.write(bytes.length);
        out.writeBytes(bytes);
        out.write(0x94);
      }
      case String text -> {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length < 0x100) {
          out.write(0x8c);
          out.write(utf8.length);
        } else {
          out.write('X');
          littleEndian(utf8.length, 4, out);
        }
        out.writeBytes(utf8);
        out.write(0x94);
      }
      case List<?> list -> {
        if (list.size() > 3) {
          out.write('(');
        }
        list.forEach(item -> pickled(item, out));
        out.write(list.size() > 3 ? 't' : 0x84 + list.size());
        out.write(0x94);
      }
      case Optional<?> _ -> out.write('N');
      default -> throw new IllegalArgumentException("no pickle for " + value);
    }
  }

  private static void bigEndian(long value, int bytes, ByteArrayOutputStream out) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      out.write((int) (value >>> shift));
    }
  }

  private static void littleEndian(long value, int bytes, ByteArrayOutputStream out) {
    for (int shift = 0; shift < 8 * bytes; shift += 8) {
      out.write((int) (value >>> shift));
    }
  }
}
