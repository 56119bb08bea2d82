package io.pickwick.epp.prefix;

import io.pickwick.epp.decide.Inquiry;
import io.pickwick.epp.decide.PromptView;
import io.pickwick.epp.decide.PromptViews;
import io.pickwick.epp.prefix.Estimated.Reason;
import io.pickwick.epp.prompt.PromptBody;
import io.pickwick.epp.prompt.PromptInput;
import io.pickwick.epp.prompt.TokenSource;
import io.pickwick.epp.prompt.Tokens;
import io.pickwick.kv.event.AdapterTag;
import io.pickwick.kv.feed.FeedState;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.TokenChain;
import io.pickwick.kv.history.Speculation;
import io.pickwick.kv.index.BlockIndex;
import io.pickwick.schedule.Endpoint;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks prompts up by their tokens in what the engines published; where that is not possible, for a
 * prompt or for an endpoint, by the estimate.
 *
 * <p>Rendering, tokenizing and hashing run on the workers. When they are too busy the estimate
 * serves: a request is never refused and never waits long for this.
 */
public final class PrecisePrompts implements PromptViews {
  private static final Logger LOG = LoggerFactory.getLogger(PrecisePrompts.class);
  private static final int MODELS = 1_000;

  /** A body's values are in memory beside it, its text once more, and its tokens. */
  private static final int MOST_BYTES = 4 << 20;

  /**
   * What it works with.
   *
   * @param endpoints the pool's endpoints now
   * @param feeds how far the events of a slot's endpoint can be believed
   * @param speculation where just-routed prompts count; absent when they don't
   * @param ranks data-parallel ranks of an endpoint
   * @param workers run what takes long; refuse when they are too busy
   */
  public record Parts(
      PromptViews estimate,
      Supplier<List<Endpoint>> endpoints,
      Engines engines,
      TokenSource tokens,
      BlockIndex index,
      IntFunction<FeedState> feeds,
      Optional<Speculation> speculation,
      PromptWitness witness,
      int ranks,
      Executor workers) {}

  private record Known(long version, List<Endpoint> endpoints, Lineup lineup) {}

  private final Parts parts;
  private final Chains chains;
  private final Map<String, Known> lineups = new ConcurrentHashMap<>();
  private final PromptCounts counts = new PromptCounts();

  /**
   * Makes it.
   *
   * @param separator what keeps the keys apart from those of other models
   * @param keptBytes the bound on what is kept of earlier prompts' hashes
   */
  public PrecisePrompts(Parts parts, long separator, long keptBytes) {
    this.parts = parts;
    this.chains = new Chains(separator, keptBytes);
  }

  /** How many were looked up in which way; a prompt counts when it goes to an endpoint. */
  PromptCounts counts() {
    return counts;
  }

  @Override
  public PromptView estimate(Inquiry inquiry, String target) {
    return estimate(inquiry, target, Reason.BODY, "the decision was made without the body");
  }

  private PromptView estimate(Inquiry inquiry, String target, Reason reason, String words) {
    Estimated why = new Estimated(reason, words);
    return new EstimatedView(parts.estimate().estimate(inquiry, target), _ -> why, counts);
  }

  @Override
  public void view(
      Inquiry inquiry,
      String target,
      Supplier<InputStream> body,
      Executor loop,
      Consumer<PromptView> done) {
    if (!PromptBody.readable(inquiry.facts().api())) {
      done.accept(estimate(inquiry, target, Reason.BODY, "this API's prompts are estimated"));
      return;
    }
    if (inquiry.facts().bytes() > MOST_BYTES) {
      done.accept(
          estimate(
              inquiry, target, Reason.LENGTH, "the body is longer than " + MOST_BYTES + " bytes"));
      return;
    }
    if (inquiry.facts().media() > 0) {
      done.accept(estimate(inquiry, target, Reason.MEDIA, "the prompt has images or other media"));
      return;
    }
    try {
      parts.workers().execute(() -> look(inquiry, target, body, loop, done));
    } catch (RejectedExecutionException e) {
      done.accept(estimate(inquiry, target, Reason.BUSY, "too many prompts are being tokenized"));
    }
  }

  private void look(
      Inquiry inquiry,
      String target,
      Supplier<InputStream> body,
      Executor loop,
      Consumer<PromptView> done) {
    try {
      PromptInput input = PromptBody.read(inquiry.facts().api(), body.get());
      parts
          .tokens()
          .tokens(
              input,
              target,
              tokens -> tell(loop, done, () -> found(inquiry, target, tokens), inquiry, target));
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      tell(loop, done, () -> failed(inquiry, target, e), inquiry, target);
    }
  }

  private void tell(
      Executor loop,
      Consumer<PromptView> done,
      Supplier<PromptView> making,
      Inquiry inquiry,
      String target) {
    PromptView view;
    try {
      view = making.get();
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      view = failed(inquiry, target, e);
    }
    PromptView made = view;
    try {
      loop.execute(() -> done.accept(made));
    } catch (RejectedExecutionException e) {
      LOG.debug("A prompt was looked up for a stream whose event loop has ended", e);
    }
  }

  private PromptView failed(Inquiry inquiry, String target, Throwable e) {
    LOG.warn("A prompt could not be looked up by its tokens; it is estimated", e);
    return estimate(inquiry, target, Reason.TOKENS, "its tokens could not be told");
  }

  private PromptView found(Inquiry inquiry, String target, Tokens tokens) {
    if (tokens instanceof Tokens.Unknown(String why)) {
      return estimate(inquiry, target, Reason.TOKENS, why);
    }
    Lineup lineup = lineup(target);
    if (lineup.groups().isEmpty()) {
      return new EstimatedView(parts.estimate().estimate(inquiry, target), lineup::why, counts);
    }
    List<PreciseView.Chain> made = new ArrayList<>(lineup.groups().size());
    for (Lineup.Group group : lineup.groups()) {
      ExtraKeys extra =
          new ExtraKeys(group.adapter(), List.of(), inquiry.facts().cacheSalt(), Optional.empty());
      TokenChain chain =
          switch (tokens) {
            case Tokens.Known known -> chains.chain(known, group.scheme(), extra);
            case Tokens.Cut cut -> chains.chain(cut, group.scheme(), extra);
            case Tokens.Unknown(String why) -> throw new IllegalStateException(why);
          };
      long tag =
          group.adapter().map(adapter -> AdapterTag.of(adapter.name())).orElse(AdapterTag.BASE);
      made.add(
          new PreciseView.Chain(group.slots(), tag, extra.isNone(), chain.hits(), chain.stored()));
    }
    return new PreciseView(
        parts, lineup, made, tokens, parts.estimate().estimate(inquiry, target), counts);
  }

  @SuppressWarnings("ReferenceEquality") // a pool's list is replaced as a whole
  private Lineup lineup(String model) {
    long version = parts.engines().version();
    List<Endpoint> endpoints = parts.endpoints().get();
    Known known = lineups.get(model);
    if (known != null && known.version == version && known.endpoints == endpoints) {
      return known.lineup;
    }
    Lineup lineup = Lineup.of(endpoints, parts.engines(), model);
    if (lineups.size() >= MODELS) {
      lineups.clear();
    }
    lineups.put(model, new Known(version, endpoints, lineup));
    return lineup;
  }
}
