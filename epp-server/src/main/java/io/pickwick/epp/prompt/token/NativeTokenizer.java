package io.pickwick.epp.prompt.token;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Hugging Face's own tokenizers library, called natively: every kind of {@code tokenizer.json}, at
 * a fraction of the speed of {@link BytePairTokenizer}.
 *
 * <p>The library is unpacked to {@code ENGINE_CACHE_DIR} (15 MB; otherwise to the home directory or
 * the temporary directory) when first used and needs glibc 2.34 and libstdc++.
 */
public final class NativeTokenizer implements Tokenizer {
  private static final String PROBE = "a";

  private final HuggingFaceTokenizer library;
  private final int[] before;
  private final int[] after;

  private NativeTokenizer(HuggingFaceTokenizer library) {
    this.library = library;
    int[] bare = ids(library, PROBE, false);
    int[] dressed = ids(library, PROBE, true);
    int at = 0;
    while (at + bare.length < dressed.length
        && !Arrays.equals(dressed, at, at + bare.length, bare, 0, bare.length)) {
      at++;
    }
    this.before = Arrays.copyOf(dressed, at);
    this.after = Arrays.copyOfRange(dressed, at + bare.length, dressed.length);
  }

  /**
   * Opens a {@code tokenizer.json}.
   *
   * @throws TokenizerException if the file can't be read or the library doesn't load here
   */
  public static NativeTokenizer open(Path file) throws TokenizerException {
    try {
      return of(Files.readAllBytes(file), file.toString());
    } catch (TokenizerException e) {
      throw e;
    } catch (IOException e) {
      throw new TokenizerException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  /** Opens the content of a {@code tokenizer.json}; the name is for messages. */
  static NativeTokenizer of(byte[] json, String name) throws TokenizerException {
    // The wrapper reports its use to its makers and looks for downloads unless told otherwise.
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.offline", "true");
    try {
      return new NativeTokenizer(
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(json),
              Map.of("truncation", "do_not_truncate", "padding", "do_not_pad")));
    } catch (IOException | RuntimeException e) {
      throw new TokenizerException(
          "the native tokenizer library cannot use %s: %s; check that the file is complete and of a"
                  .formatted(name, e.getMessage())
              + " format that Hugging Face tokenizers 0.21 reads",
          e);
    } catch (LinkageError e) {
      throw new TokenizerException(
          ("the native tokenizer library, which %s needs, does not load on this machine: %s; it"
                  + " needs Linux with glibc 2.34 or newer and libstdc++ (no musl), and 15 MB in a"
                  + " writable directory (set ENGINE_CACHE_DIR)")
              .formatted(name, root(e)),
          e);
    }
  }

  @Override
  public void encode(byte[] utf8, int from, int to, IntConsumer ids) {
    for (int id : ids(library, new String(utf8, from, to - from, StandardCharsets.UTF_8), false)) {
      ids.accept(id);
    }
  }

  @Override
  public int[] before() {
    return before.clone();
  }

  @Override
  public int[] after() {
    return after.clone();
  }

  /** None: what the library does around added tokens is not told. */
  @Override
  public int[] seams(byte[] utf8) {
    return new int[0];
  }

  @Override
  public Optional<String> text(int id) {
    if (id < 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(library.decode(new long[] {id}, false)).filter(text -> !text.isEmpty());
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  @Override
  public String kind() {
    return "native";
  }

  private static int[] ids(HuggingFaceTokenizer library, String text, boolean special) {
    long[] wide = library.encode(text, special, false).getIds();
    int[] ids = new int[wide.length];
    for (int i = 0; i < wide.length; i++) {
      ids[i] = (int) wide[i];
    }
    return ids;
  }

  private static Throwable root(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
