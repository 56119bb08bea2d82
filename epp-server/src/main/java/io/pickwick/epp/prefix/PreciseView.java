package io.pickwick.epp.prefix;

import io.pickwick.epp.decide.PromptView;
import io.pickwick.epp.prefix.Estimated.Reason;
import io.pickwick.epp.prompt.Tokens;
import io.pickwick.epp.request.Usage;
import io.pickwick.kv.feed.FeedState;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.Speculation;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.kv.index.PrefixMatch;
import io.pickwick.schedule.Endpoint;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * A prompt whose tokens are known: exact for endpoints whose feed is live, estimated for the
 * others.
 */
final class PreciseView implements PromptView, PrefixIndex {
  private static final ThreadLocal<PrefixMatch> SCRATCH = ThreadLocal.withInitial(PrefixMatch::new);

  /**
   * The prompt's keys as a group of endpoints makes them.
   *
   * @param slots the group
   * @param tag the adapter
   * @param plain whether nothing but the tokens enters the keys
   * @param hits the blocks that a lookup may hit
   * @param stored the blocks that will be in the cache afterwards
   */
  record Chain(BitSet slots, long tag, boolean plain, PromptKeys hits, PromptKeys stored) {}

  private final PrecisePrompts.Parts parts;
  private final Lineup lineup;
  private final List<Chain> chains;
  private final Tokens tokens;
  private final PromptView estimate;
  private final PromptCounts counts;
  private int[] ranks = new int[0];

  PreciseView(
      PrecisePrompts.Parts parts,
      Lineup lineup,
      List<Chain> chains,
      Tokens tokens,
      PromptView estimate,
      PromptCounts counts) {
    this.parts = parts;
    this.lineup = lineup;
    this.chains = chains;
    this.tokens = tokens;
    this.estimate = estimate;
    this.counts = counts;
  }

  @Override
  public PromptKeys prompt() {
    return chains.getFirst().hits();
  }

  @Override
  public PrefixIndex index() {
    return this;
  }

  @Override
  public void match(PromptKeys prompt, PrefixMatch into) {
    PrefixMatch scratch = SCRATCH.get();
    int slots = into.slots();
    PromptKeys guess = estimate.prompt();
    if (guess.count() > 0) {
      scratch.reset(slots);
      estimate.index().match(guess, scratch);
      for (int slot = 0; slot < slots; slot++) {
        // The estimate counts in tokens of its own.
        long share = (long) scratch.tokens(slot) * prompt.tokens() / Math.max(1, guess.tokens());
        into.set(slot, (int) share);
      }
    }
    if (parts.ranks() > 1) {
      ranks = new int[slots];
      Arrays.fill(ranks, -1);
    }
    for (Chain chain : chains) {
      scratch.reset(slots);
      parts.index().match(chain.hits, chain.tag, scratch);
      if (parts.witness().searching()) {
        found(chain, scratch);
      }
      if (parts.speculation().isPresent()) {
        parts.speculation().get().match(chain.hits, scratch);
      }
      for (int slot = chain.slots.nextSetBit(0);
          slot >= 0 && slot < slots;
          slot = chain.slots.nextSetBit(slot + 1)) {
        if (slot < ranks.length && scratch.tokens(slot) > 0) {
          ranks[slot] = scratch.rank(slot);
        }
        if (exact(slot)) {
          into.set(slot, scratch.tokens(slot));
        } else {
          into.raise(slot, scratch.tokens(slot));
        }
      }
    }
  }

  /** What was found by events alone, of feeds that tell of the engine as it is now. */
  private void found(Chain chain, PrefixMatch match) {
    for (int slot = chain.slots.nextSetBit(0);
        slot >= 0 && slot < match.slots();
        slot = chain.slots.nextSetBit(slot + 1)) {
      if (match.tokens(slot) > 0) {
        FeedState state = parts.feeds().apply(slot);
        if (state == FeedState.LIVE || state == FeedState.PARTIAL) {
          parts.witness().found(slot);
        }
      }
    }
  }

  @Override
  public int rank(Endpoint picked) {
    return picked.slot() < ranks.length ? ranks[picked.slot()] : -1;
  }

  private boolean exact(int slot) {
    return parts.feeds().apply(slot) == FeedState.LIVE && parts.witness().usable(slot);
  }

  private Optional<Chain> chain(int slot) {
    for (Chain chain : chains) {
      if (chain.slots.get(slot)) {
        return Optional.of(chain);
      }
    }
    return Optional.empty();
  }

  /** Why a slot's endpoint is estimated; empty when it is not. */
  private Optional<Estimated> why(int slot) {
    if (chain(slot).isEmpty()) {
      return Optional.of(lineup.why(slot));
    }
    if (!parts.witness().usable(slot)) {
      return Optional.of(
          new Estimated(Reason.MISMATCH, "this endpoint's hashes do not match ours"));
    }
    FeedState state = parts.feeds().apply(slot);
    return state == FeedState.LIVE
        ? Optional.empty()
        : Optional.of(new Estimated(Reason.FEED, "this endpoint's events are " + state));
  }

  @Override
  public String mode(Endpoint picked) {
    return why(picked.slot()).map(Estimated::mode).orElse("precise");
  }

  @Override
  public boolean followsEvents() {
    return true;
  }

  @Override
  public Sent routed(Endpoint endpoint, int matched) {
    int slot = endpoint.slot();
    estimate.routed(endpoint, matched);
    Optional<Estimated> why = why(slot);
    counts.routed(why);
    Optional<Chain> chain = chain(slot);
    if (chain.isEmpty()) {
      return Sent.NONE;
    }
    Optional<Speculation.Sent> speculated =
        parts.speculation().map(all -> all.record(slot, chain.get().stored));
    if (chain.get().plain) {
      parts.witness().routed(slot, tokens);
    }
    return new OnItsWay(
        parts,
        slot,
        matched,
        chain.get().hits.tokens(),
        why.isEmpty(),
        chain.get().plain,
        speculated,
        counts);
  }

  /** Lives as long as the request, so it must not keep the prompt. */
  private record OnItsWay(
      PrecisePrompts.Parts parts,
      int slot,
      int matched,
      int ours,
      boolean exact,
      boolean plain,
      Optional<Speculation.Sent> speculated,
      PromptCounts counts)
      implements Sent {
    @Override
    public void unserved() {
      ended();
    }

    @Override
    public void ended() {
      // By now the events have told what was stored, and perhaps evicted again.
      speculated.ifPresent(sent -> parts.speculation().ifPresent(all -> all.withdraw(sent)));
    }

    @Override
    public void served(Usage usage) {
      if (usage.inputTokens() > 0) {
        parts.witness().answered(slot, ours, (int) usage.inputTokens());
      }
      if (exact && usage.cachedTokens() >= 0) {
        counts.served(matched, usage.cachedTokens());
        if (plain) {
          parts.witness().foretold(slot, matched, (int) usage.cachedTokens());
        }
      }
    }
  }
}
