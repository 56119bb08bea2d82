package io.pickwick.epp.prefix;

import io.pickwick.epp.prompt.Tokens;
import java.util.Arrays;
import java.util.function.IntConsumer;

/** Lets the match check see the beginnings of prompts. */
record CheckWitness(MatchCheck check) implements PromptWitness {
  private static final int SEEN = TokenProbe.TOKENS;

  @Override
  public boolean usable(int slot) {
    return check.usable(slot);
  }

  @Override
  public void routed(int slot, Tokens tokens) {
    if (!check.wantsPrompts(slot)) {
      return;
    }
    switch (tokens) {
      case Tokens.Known known ->
          check.routed(slot, Arrays.copyOf(known.ids(), Math.min(SEEN, known.ids().length)));
      case Tokens.Cut cut -> check.routed(slot, beginning(cut));
      case Tokens.Unknown _ -> {}
    }
  }

  @Override
  public boolean searching() {
    return check.searching();
  }

  @Override
  public void found(int slot) {
    check.found(slot);
  }

  @Override
  public void foretold(int slot, int promised, int cached) {
    check.foretold(slot, promised, cached);
  }

  @Override
  public void answered(int slot, int ours, int theirs) {
    check.answered(slot, ours, theirs);
  }

  private static int[] beginning(Tokens.Cut cut) {
    Beginning seen = new Beginning();
    if (cut.special()) {
      Arrays.stream(cut.by().tokenizer().before()).forEach(seen);
    }
    for (int segment = 0; segment < cut.text().segments() && seen.count < SEEN; segment++) {
      cut.by().encode(cut.text(), segment, seen);
    }
    return Arrays.copyOf(seen.ids, seen.count);
  }

  private static final class Beginning implements IntConsumer {
    private final int[] ids = new int[SEEN];
    private int count;

    @Override
    public void accept(int id) {
      if (count < SEEN) {
        ids[count++] = id;
      }
    }
  }
}
