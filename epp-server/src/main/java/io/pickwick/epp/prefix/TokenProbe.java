package io.pickwick.epp.prefix;

import io.pickwick.epp.prefix.MatchVerdict.Cause;
import io.pickwick.epp.prefix.MatchVerdict.Mismatch;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;

/**
 * Compares the tokens that we make of prompts with those that one endpoint makes of them; used
 * under its owner's lock.
 *
 * <p>Two things are told of an endpoint: how many tokens it counted in a prompt, and the first
 * tokens of blocks that it stored. Counts that differ prove that ours are wrong. First tokens that
 * differ prove nothing alone, as others may send prompts to the endpoint too; so it takes many, and
 * none that is the same.
 */
final class TokenProbe {
  private static final int REMEMBERED = 64;

  /** How many first tokens of a prompt are enough. */
  static final int TOKENS = 512;

  private static final int WRONG_COUNTS = 3;
  private static final int STRANGE_ROOTS = 8;
  private static final int KNOWN_ROOTS = 3;
  private static final int SHOWN = 24;

  private final TokenTexts texts;
  private final Deque<int[]> prompts = new ArrayDeque<>();
  private int wrongCounts;
  private int rightCounts;
  private int ours;
  private int theirs;
  private int knownRoots;
  private int strangeRoots;
  private boolean countsWrong;
  private boolean found;
  // The prompt and the stored block that have most in common, and how many tokens that is.
  private int[] nearestOurs = {};
  private int[] nearestTheirs = {};
  private int nearestCommon = -1;

  TokenProbe(TokenTexts texts) {
    this.texts = texts;
  }

  /** Whether prompts need no longer be told: the endpoint's first tokens are known to be ours. */
  boolean settled() {
    return (found || knownRoots >= KNOWN_ROOTS) && !countsDoubted();
  }

  /** Whether something that it stored was seen to be the beginning of a prompt of ours. */
  boolean compared() {
    return found || knownRoots > 0;
  }

  /** The beginning of a prompt of ours was found among what it stored. */
  void found() {
    found = true;
    strangeRoots = 0;
  }

  /** Whether counts that differed were seen and not enough that did not since. */
  boolean countsDoubted() {
    return wrongCounts > 0 || countsWrong;
  }

  /** A prompt was routed there, whose first {@link #TOKENS} these are; kept as they are. */
  void routed(int[] tokens) {
    if (settled() || tokens.length == 0) {
      return;
    }
    if (prompts.size() == REMEMBERED) {
      prompts.removeFirst();
    }
    prompts.addLast(tokens);
  }

  /** It counted a prompt's tokens. */
  void answered(int weCounted, int itCounted) {
    if (weCounted == itCounted) {
      wrongCounts = 0;
      rightCounts++;
      if (rightCounts >= WRONG_COUNTS) {
        countsWrong = false;
      }
      return;
    }
    rightCounts = 0;
    wrongCounts++;
    ours = weCounted;
    theirs = itCounted;
    if (wrongCounts >= WRONG_COUNTS) {
      countsWrong = true;
    }
  }

  /** It stored the first block of some prompt. */
  void stored(RootBlock root) {
    if (settled()) {
      prompts.clear();
      return;
    }
    boolean comparable = false;
    for (int[] prompt : prompts) {
      if (prompt.length < root.blockSize()) {
        continue;
      }
      comparable = true;
      int mismatch = Arrays.mismatch(prompt, root.tokens());
      int common = mismatch < 0 ? prompt.length : mismatch;
      if (common >= nearestCommon) {
        nearestOurs = prompt;
        nearestTheirs = root.tokens();
        nearestCommon = common;
      }
      if (common >= root.blockSize()) {
        knownRoots++;
        strangeRoots = 0;
        return;
      }
    }
    if (comparable && !found) {
      strangeRoots++;
    }
  }

  /** What differs; empty as long as nothing is known to. */
  Optional<Mismatch> mismatch() {
    if (countsWrong) {
      return Optional.of(
          explain("we count %d tokens in a prompt where it counts %d".formatted(ours, theirs)));
    }
    if (!compared() && strangeRoots >= STRANGE_ROOTS) {
      return Optional.of(
          explain(
              "none of the last %d prompts that it cached begins like one that we sent"
                  .formatted(strangeRoots)));
    }
    return Optional.empty();
  }

  /** What seems to differ, when something is known to. */
  Mismatch explain(String evidence) {
    int at = nearestCommon;
    int[] our = nearestOurs;
    int[] its = nearestTheirs;
    if (at < 0) {
      return new Mismatch(
          Cause.TEMPLATE, evidence + "; the chat template or the tokenizer is another one there");
    }
    if (at == our.length || at == its.length) {
      return new Mismatch(
          Cause.TEMPLATE,
          evidence
              + "; the first "
              + at
              + " tokens are the same, so the difference comes later: look at what the chat template"
              + " adds at the end and which chat_template_kwargs or tools each side gets");
    }
    if (at == 0 && startsWith(our, its, 1)) {
      return new Mismatch(
          Cause.TEMPLATE,
          evidence
              + "; it puts "
              + token(its[0])
              + " before what we have: the chat template or add_special_tokens differs");
    }
    String difference =
        evidence
            + "; nearest, tokens differ from position "
            + at
            + ": it has "
            + token(its[at])
            + ", we have "
            + token(our[at]);
    Optional<String> itsText = text(its, at);
    Optional<String> ourText = text(our, at);
    if (itsText.isPresent() && ourText.isPresent()) {
      return sameText(itsText.get(), ourText.get())
          ? new Mismatch(
              Cause.TOKENIZER,
              difference
                  + "; the text is the same, so the tokenizer is another one: point"
                  + " --tokenizer-path at the tokenizer of the model that it serves")
          : new Mismatch(
              Cause.TEMPLATE,
              difference
                  + "; the text differs (\"%s\" there, \"%s\" here), so the chat template is another one: point --tokenizer-path at the template that it serves"
                      .formatted(itsText.get(), ourText.get()));
    }
    return new Mismatch(
        Cause.TEMPLATE, difference + "; the chat template or the tokenizer is another one there");
  }

  private String token(int id) {
    return texts.text(id).map(text -> id + " (\"" + text + "\")").orElseGet(() -> "token " + id);
  }

  private Optional<String> text(int[] tokens, int from) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < Math.min(tokens.length, from + SHOWN); i++) {
      Optional<String> one = texts.text(tokens[i]);
      if (one.isEmpty()) {
        return Optional.empty();
      }
      text.append(one.get());
      if (text.length() >= SHOWN) {
        break;
      }
    }
    return Optional.of(text.substring(0, Math.min(SHOWN, text.length())));
  }

  /** Whether ours begin with what follows its first ones. */
  private static boolean startsWith(int[] our, int[] its, int skipped) {
    int length = Math.min(our.length, its.length - skipped);
    return length > 0 && Arrays.equals(our, 0, length, its, skipped, skipped + length);
  }

  private static boolean sameText(String a, String b) {
    int length = Math.min(a.length(), b.length());
    return length > 0 && a.substring(0, length).equals(b.substring(0, length));
  }
}
