package io.pickwick.epp.prompt.token;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Byte-level byte-pair encoding in Java, with the ids of the Hugging Face library.
 *
 * <p>A text goes through these steps: added tokens are cut out of it, what remains is normalized,
 * added tokens of the normalized text are cut out, the patterns cut the rest into words, and each
 * word's bytes merge into tokens. Nothing is allocated per token.
 */
public final class BytePairTokenizer implements Tokenizer {
  // A seam behind an added token holds if finding tokens before it and behind it goes as in the
  // whole text. Matches are leftmost-longest and never overlap, so only what looks beyond a match
  // could tell the difference: a single-word token looks at the character before it, and behind the
  // white space that an rstrip token takes the search begins before that space. A seam at a line's
  // start, between a newline and an ASCII letter, holds if each pattern cuts there whatever stands
  // around it (WordPattern.cutsLine); neither character composes with the other.
  private static final int CACHED_PAIRS = 1 << 15;

  private final AddedTokens given;
  private final AddedTokens normalized;
  private final boolean composes;
  private final WordPattern[] patterns;
  private final Vocabulary vocabulary;
  private final int[] before;
  private final int[] after;
  private final boolean anySingleWord;
  private final boolean anyLeadingSpace;
  private final boolean lineSeams;
  private final WordCache cache = new WordCache(CACHED_PAIRS);

  BytePairTokenizer(BytePairModel model) {
    List<AddedToken> plain = new ArrayList<>();
    List<AddedToken> composed = new ArrayList<>();
    for (AddedToken token : model.added()) {
      if (token.normalized()) {
        composed.add(model.composes() ? compose(token) : token);
      } else {
        plain.add(token);
      }
    }
    this.given = new AddedTokens(plain);
    this.normalized = new AddedTokens(composed);
    this.composes = model.composes();
    this.patterns = model.patterns().toArray(new WordPattern[0]);
    this.vocabulary = model.vocabulary();
    this.before = model.before();
    this.after = model.after();
    this.anySingleWord = model.added().stream().anyMatch(AddedToken::singleWord);
    this.anyLeadingSpace =
        model.added().stream().anyMatch(token -> space(token.content().codePointAt(0)));
    this.lineSeams =
        !anySingleWord
            && !(composes && !normalized.isEmpty())
            && model.added().stream().noneMatch(token -> spansLine(token.content()));
  }

  @Override
  public void encode(byte[] utf8, int from, int to, IntConsumer ids) {
    new Encoding(ids).text(utf8, from, to);
  }

  @Override
  public int[] before() {
    return before.clone();
  }

  @Override
  public int[] after() {
    return after.clone();
  }

  @Override
  public int[] seams(byte[] utf8) {
    Seams seams = new Seams(utf8);
    given.split(utf8, 0, utf8.length, seams::inGiven);
    return seams.toArray();
  }

  @Override
  public Optional<String> text(int id) {
    return vocabulary.text(id);
  }

  @Override
  public String kind() {
    return "byte-level BPE";
  }

  private static AddedToken compose(AddedToken token) {
    byte[] content = token.content().getBytes(StandardCharsets.UTF_8);
    return new AddedToken(
        token.id(),
        new String(Composition.compose(content, 0, content.length), StandardCharsets.UTF_8),
        token.singleWord(),
        token.lstrip(),
        token.rstrip(),
        true);
  }

  private static boolean spansLine(String content) {
    for (int i = 1; i < content.length(); i++) {
      if (content.charAt(i - 1) == '\n' && asciiLetter(content.charAt(i))) {
        return true;
      }
    }
    return false;
  }

  private static boolean space(int codePoint) {
    return (CodePoints.classes(codePoint) & CodePoints.SPACE) != 0;
  }

  private static boolean asciiLetter(int character) {
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z');
  }

  /** One text on its way to ids. */
  private final class Encoding {
    private final IntConsumer ids;
    private final Merger merger = vocabulary.merger();
    private byte[] text = new byte[0];

    Encoding(IntConsumer ids) {
      this.ids = ids;
    }

    void text(byte[] utf8, int from, int to) {
      given.split(
          utf8,
          from,
          to,
          (gapFrom, gapTo, token, end) -> {
            if (gapFrom < gapTo) {
              gap(utf8, gapFrom, gapTo);
            }
            if (token >= 0) {
              ids.accept(given.token(token).id());
            }
          });
    }

    private void gap(byte[] utf8, int from, int to) {
      int start = from;
      int end = to;
      text = utf8;
      if (composes && !Composition.composed(utf8, from, to)) {
        text = Composition.compose(utf8, from, to);
        start = 0;
        end = text.length;
      }
      if (normalized.isEmpty()) {
        words(0, start, end);
        return;
      }
      normalized.split(
          text,
          start,
          end,
          (gapFrom, gapTo, token, tokenEnd) -> {
            if (gapFrom < gapTo) {
              words(0, gapFrom, gapTo);
            }
            if (token >= 0) {
              ids.accept(normalized.token(token).id());
            }
          });
    }

    private void words(int step, int from, int to) {
      if (step == patterns.length) {
        word(from, to);
        return;
      }
      WordPattern pattern = patterns[step];
      int at = from;
      while (at < to) {
        int start = pattern.next(text, at, to);
        if (start > at) {
          words(step + 1, at, start);
        }
        if (start == to) {
          break;
        }
        at = pattern.end(text, start, to);
        words(step + 1, start, at);
      }
    }

    private void word(int from, int to) {
      if (to - from > WordCache.MOST_BYTES) {
        merge(from, to);
        return;
      }
      int place = cache.place(text, from, to);
      if (!cache.tell(place, text, from, to, ids)) {
        merge(from, to);
        cache.put(place, text, from, to, merger.ids(), merger.count());
      }
    }

    private void merge(int from, int to) {
      int whole = vocabulary.word(text, from, to);
      if (whole >= 0) {
        merger.take(whole);
      } else {
        merger.merge(text, from, to);
      }
      int[] made = merger.ids();
      int count = merger.count();
      for (int i = 0; i < count; i++) {
        ids.accept(made[i]);
      }
    }
  }

  /** The seams of one text. */
  private final class Seams {
    private final byte[] text;
    private int[] seams = new int[16];
    private int count;

    Seams(byte[] text) {
      this.text = text;
    }

    void inGiven(int from, int to, int token, int end) {
      if (from < to) {
        if (composes) {
          lines(from, to);
        } else {
          normalized.split(text, from, to, this::inNormalized);
        }
      }
      if (token >= 0) {
        behind(given.token(token), end);
      }
    }

    private void inNormalized(int from, int to, int token, int end) {
      lines(from, to);
      if (token >= 0) {
        behind(normalized.token(token), end);
      }
    }

    private void behind(AddedToken token, int end) {
      String content = token.content();
      boolean joins =
          anySingleWord && CodePoints.wordCharacter(content.codePointBefore(content.length()));
      if (!joins && !(token.rstrip() && anyLeadingSpace)) {
        add(end);
      }
    }

    private void lines(int from, int to) {
      if (!lineSeams) {
        return;
      }
      int at = Bytes.find(text, from, to, (byte) '\n') + 1;
      while (at < to) {
        if (asciiLetter(text[at]) && cut(from, at)) {
          add(at);
        }
        at = Bytes.find(text, at, to, (byte) '\n') + 1;
      }
    }

    private boolean cut(int from, int at) {
      for (WordPattern pattern : patterns) {
        if (!pattern.cutsLine(text, from, at)) {
          return false;
        }
      }
      return patterns.length > 0;
    }

    private void add(int seam) {
      if (seam >= text.length || (count > 0 && seams[count - 1] >= seam)) {
        return;
      }
      if (count == seams.length) {
        seams = Arrays.copyOf(seams, 2 * count);
      }
      seams[count++] = seam;
    }

    int[] toArray() {
      return Arrays.copyOf(seams, count);
    }
  }
}
