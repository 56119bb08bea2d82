package io.pickwick.bench.replay;

import io.pickwick.bench.engine.EngineRequest;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.Speculation;
import io.pickwick.kv.index.PrefixMatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A bound rather than a policy: looks into the engines at the moment of the pick, and knows how
 * many tokens each request will generate.
 */
final class TrueStateRouter implements Router {
  /** What makes a pod good; less is better. */
  @FunctionalInterface
  interface Rating {
    double of(Outlook outlook, int uncachedTokens);
  }

  /** The least backlog, in tokens to prefill. */
  static final Rating BACKLOG = (outlook, uncached) -> outlook.backlogTokens();

  /** The earliest first token. */
  static final Rating FIRST_TOKEN = Outlook::firstTokenMicros;

  private record Sent(KeyedRequest request, int uncached) {}

  private final List<Pod> pods;
  private final Rating rating;
  private final int blockSize;
  private final Speculation coming;
  private final Map<Integer, Speculation.Sent> queued = new LinkedHashMap<>();
  private final List<Map<Integer, Sent>> sent = new ArrayList<>();
  private final Map<Integer, Integer> podOf = new LinkedHashMap<>();
  private final PrefixMatch match = new PrefixMatch();

  TrueStateRouter(Setup setup, Rating rating) {
    this.pods = setup.pods();
    this.rating = rating;
    this.blockSize = setup.workload().blockSize();
    // What stands in a pod's queue will be in its cache when its turn has come, however late.
    this.coming = new Speculation(Long.MAX_VALUE / 4, Integer.MAX_VALUE, setup.agenda()::now);
    pods.forEach(pod -> sent.add(new LinkedHashMap<>()));
  }

  @Override
  public int pick(KeyedRequest request, long nowNanos) {
    match.reset(pods.size());
    for (Pod pod : pods) {
      match.set(pod.slot(), cachedTokens(pod, request.hits()));
    }
    coming.match(request.hits(), match);
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (Pod pod : pods) {
      int slot = pod.slot();
      double its = rating.of(outlook(pod), request.promptTokens() - match.tokens(slot));
      if (its < least || (its == least && sent.get(slot).size() < sent.get(best).size())) {
        least = its;
        best = slot;
      }
    }
    sent.get(best)
        .put(request.id(), new Sent(request, request.promptTokens() - match.tokens(best)));
    podOf.put(request.id(), best);
    queued.put(request.id(), coming.record(best, request.stored()));
    return best;
  }

  @Override
  public void firstToken(KeyedRequest request, long nowNanos) {
    Speculation.Sent one = queued.remove(request.id());
    if (one != null) {
      coming.withdraw(one);
    }
  }

  @Override
  public void ended(KeyedRequest request, long nowNanos) {
    firstToken(request, nowNanos);
    Integer slot = podOf.remove(request.id());
    if (slot != null) {
      sent.get(slot).remove(request.id());
    }
  }

  private int cachedTokens(Pod pod, PromptKeys prompt) {
    int held = 0;
    while (held < prompt.count() && pod.engine().holds(prompt.key(held))) {
      held++;
    }
    return prompt.tokensIn(held);
  }

  private Outlook outlook(Pod pod) {
    Outlook outlook = new Outlook(pod);
    for (Sent one : sent.get(pod.slot()).values()) {
      Optional<EngineRequest> request = pod.request(one.request.id());
      if (request.isEmpty() || request.orElseThrow().state() != EngineRequest.State.RUNNING) {
        outlook.waits(one.uncached, (one.uncached + blockSize - 1) / blockSize);
      } else {
        outlook.runs(request.orElseThrow(), one.request.asked().outputTokens());
      }
    }
    return outlook;
  }
}
