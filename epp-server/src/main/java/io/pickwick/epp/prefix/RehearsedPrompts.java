package io.pickwick.epp.prefix;

import io.pickwick.epp.decide.PromptViews;
import io.pickwick.epp.prompt.PromptInput;
import io.pickwick.epp.prompt.Tokens;
import io.pickwick.kv.event.Medium;
import io.pickwick.kv.feed.FeedState;
import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.Speculation;
import io.pickwick.kv.index.BlockIndex;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.kv.index.RankBlocks;
import io.pickwick.schedule.Endpoint;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Looks made-up prompts up as real ones are, in an index that holds what was asked for before. */
final class RehearsedPrompts {
  private static final long INDEX_BYTES = 32L << 20;
  private static final long CHAIN_BYTES = 4L << 20;
  private static final int SPECULATIVE_BLOCKS = 1 << 12;
  private static final int BLOCK_TOKENS = 16;
  private static final int TOKENS = 10_000;

  private RehearsedPrompts() {}

  /** They run on the thread that asks. */
  static PromptViews of(
      PreciseSettings settings,
      TokenizerChoice choice,
      Supplier<List<Endpoint>> endpoints,
      PromptViews estimate,
      LongSupplier nanos) {
    HashScheme scheme =
        new HashScheme(
            settings.hashAlgorithm().orElse(HashAlgorithm.SHA256),
            Optional.of(settings.hashSeed().orElse("0")),
            settings.blockSize().orElse(BLOCK_TOKENS),
            ExtraForm.ofVersion(""));
    KvIndex index = new KvIndex(settings.weights(), INDEX_BYTES);
    return new PrecisePrompts(
        new PrecisePrompts.Parts(
            estimate,
            endpoints,
            new Alike(scheme),
            choice.tokenizer().isPresent()
                ? choice.source(Optional.empty())
                : RehearsedPrompts::invent,
            new Learning(index, index.open(0, 0)),
            _ -> FeedState.LIVE,
            settings.speculative()
                ? Optional.of(
                    new Speculation(settings.speculativeTtl().toNanos(), SPECULATIVE_BLOCKS, nanos))
                : Optional.empty(),
            new Unmoved(),
            1,
            Runnable::run),
        PromptKeys.separator(settings.model().orElse(""), ""),
        CHAIN_BYTES);
  }

  /** Where endpoints would be asked for tokens, nobody is. */
  private static void invent(PromptInput input, String model, Consumer<Tokens> done) {
    int[] ids = new int[TOKENS];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (i * 7919) & 0x1ffff;
    }
    done.accept(new Tokens.Known(ids));
  }

  /** Endpoints that all hash in one way and serve whatever they are asked for. */
  private record Alike(HashScheme only) implements Engines {
    @Override
    public long version() {
      return 0;
    }

    @Override
    public Optional<HashScheme> scheme(int slot) {
      return Optional.of(only);
    }

    @Override
    public String unknown(int slot) {
      return "";
    }

    @Override
    public Serving serving(int slot, String model) {
      return new Serving.Base();
    }
  }

  /** Its one publisher stores whatever is asked for. */
  private record Learning(KvIndex index, RankBlocks blocks) implements BlockIndex {
    @Override
    public RankBlocks open(int slot, int rank) {
      return index.open(slot, rank);
    }

    @Override
    public void match(PromptKeys prompt, long tag, PrefixMatch into) {
      index.match(prompt, tag, into);
      long[] keys = new long[prompt.count()];
      for (int i = 0; i < keys.length; i++) {
        keys[i] = prompt.key(i);
      }
      synchronized (blocks) {
        blocks.report(0, keys, keys.length, Medium.GPU, tag);
      }
    }
  }

  /** Draws no conclusions. */
  private static final class Unmoved implements PromptWitness {
    @Override
    public boolean usable(int slot) {
      return true;
    }

    @Override
    public void routed(int slot, Tokens tokens) {}

    @Override
    public boolean searching() {
      return false;
    }

    @Override
    public void found(int slot) {}

    @Override
    public void foretold(int slot, int promised, int cached) {}

    @Override
    public void answered(int slot, int ours, int theirs) {}
  }
}
