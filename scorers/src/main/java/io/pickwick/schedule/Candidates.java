package io.pickwick.schedule;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.kv.index.PrefixMatch;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one request and what is known of each, as columns.
 *
 * <p>A scratch object of one thread, used again for every request: nothing may keep it. Rows are
 * numbered {@code 0 .. size()-1}; a filter renumbers them.
 */
public final class Candidates {
  /*
   * Columns are filled once per attempt for all endpoints and never moved; filters shrink the
   * list of places, and every accessor goes through it.
   *
   * Gauges grow doubtful with age. An endpoint's own gauges count w, which is 1 up to the
   * staleness threshold and halves with every further threshold; the rest is the mean of the fresh
   * endpoints, so an endpoint that stopped telling looks average: neither avoided nor flooded.
   * When none is fresh the mean is taken over all, each counting its w. What we sent since its
   * last scrape is added in either case, because that is known.
   */
  private static final double HALF_LIFE_LIMIT = 60;

  private int total;
  private int size;
  private int attempted;
  private int[] places = new int[0];
  private int[] spare = new int[0];
  private Endpoint[] endpoints = new Endpoint[0];
  private @Nullable Gauges[] gauges = new Gauges[0];
  private long[] versions = new long[0];
  private int[] inFlight = new int[0];
  private int[] delta = new int[0];
  private int[] decoding = new int[0];
  private int[] matched = new int[0];
  private long[] prefilling = new long[0];
  private double[] queued = new double[0];
  private double[] rate = new double[0];
  private double[] waiting = new double[0];
  private double[] running = new double[0];
  private double[] foreignWaiting = new double[0];
  private double[] foreignRunning = new double[0];
  private double[] kvUsage = new double[0];
  private double[] freshness = new double[0];
  private double[] score = new double[0];
  private double[] cost = new double[0];
  private boolean[] reachable = new boolean[0];
  private long sentRequests;
  private long sentTokens;
  private long nowNanos;
  private PromptKeys prompt = PromptKeys.NONE;
  private final PrefixMatch match = new PrefixMatch();
  private final LoadReading reading = new LoadReading();

  Candidates() {}

  /** How many rows are left. */
  public int size() {
    return size;
  }

  /** The row's endpoint. */
  public Endpoint endpoint(int row) {
    return endpoints[places[row]];
  }

  /** The adapters it told of; {@link LoraState#NONE} when it told nothing. */
  public LoraState lora(int row) {
    Gauges told = gauges[places[row]];
    return told == null ? LoraState.NONE : told.lora();
  }

  /** Requests in its queue: as scraped, corrected by what we sent since, blended by freshness. */
  public double waiting(int row) {
    return waiting[places[row]];
  }

  /** Requests in its batch: as scraped, corrected by what we sent since, blended by freshness. */
  public double running(int row) {
    return running[places[row]];
  }

  /** Requests in its queue that cannot be ours, as far as it told; blended by freshness. */
  public double foreignWaiting(int row) {
    return foreignWaiting[places[row]];
  }

  /** Other requests there that are not ours, as far as it told; blended by freshness. */
  public double foreignRunning(int row) {
    return foreignRunning[places[row]];
  }

  /** Share of its KV cache in use, 0 to 1, blended by freshness. */
  public double kvUsage(int row) {
    return kvUsage[places[row]];
  }

  /** What its own gauges count against the others' mean: 1 fresh, 0 never told. */
  public double freshness(int row) {
    return freshness[places[row]];
  }

  /** Requests of ours on it that have not ended, as far as we know. */
  public int inFlight(int row) {
    return inFlight[places[row]];
  }

  /** Those of them that have had their first token. */
  public int decoding(int row) {
    return decoding[places[row]];
  }

  /** What should be left of {@link #prefillingTokens} by now, at the endpoint's prefill rate. */
  public double queuedTokens(int row) {
    return queued[places[row]];
  }

  /** Uncached prompt tokens of those of our requests that have not had their first token. */
  public long prefillingTokens(int row) {
    return prefilling[places[row]];
  }

  /** Prompt tokens it is thought to work through per second. */
  public double prefillRate(int row) {
    return rate[places[row]];
  }

  /** The prompt's leading tokens that it holds, never more than the prompt has. */
  public int matchedTokens(int row) {
    return matched[places[row]];
  }

  /** The prompt's tokens that it does not hold. */
  public int uncachedTokens(int row) {
    return prompt.tokens() - matched[places[row]];
  }

  /** Whether its last scrape and its last responses were good. */
  public boolean reachable(int row) {
    return reachable[places[row]];
  }

  /** Uncached prompt tokens per request sent so far, over all endpoints; zero before the first. */
  public double meanRequestTokens() {
    return sentRequests == 0 ? 0 : (double) sentTokens / sentRequests;
  }

  /** The row's weighted sum of scores so far. */
  public double score(int row) {
    return score[places[row]];
  }

  /** The row's cost as a scorer noted it; not-a-number when none did. */
  public double cost(int row) {
    return cost[places[row]];
  }

  /** Notes the row's cost in tokens, to be shown with the decision. */
  public void cost(int row, double tokens) {
    cost[places[row]] = tokens;
  }

  /** The time of the decision. */
  public long nowNanos() {
    return nowNanos;
  }

  /** Drops the rows that the predicate refuses and renumbers the rest in their order. */
  public void retain(IntPredicate keep) {
    // Rows must keep their numbers until all have been asked.
    int kept = 0;
    int[] survivors = spare();
    for (int row = 0; row < size; row++) {
      if (keep.test(row)) {
        survivors[kept++] = places[row];
      }
    }
    spare = places;
    places = survivors;
    size = kept;
  }

  private int[] spare() {
    if (spare.length < places.length) {
      spare = new int[places.length];
    }
    return spare;
  }

  /** Copies a row's present state for the first time. */
  void open(List<Endpoint> choices, PromptKeys keys, PrefixIndex index) {
    total = choices.size();
    attempted = 0;
    prompt = keys;
    grow(total);
    int slots = 0;
    for (int i = 0; i < total; i++) {
      Endpoint endpoint = choices.get(i);
      endpoints[i] = endpoint;
      slots = Math.max(slots, endpoint.slot() + 1);
    }
    match.reset(slots);
    if (keys.count() > 0) {
      index.match(keys, match);
    }
    for (int i = 0; i < total; i++) {
      matched[i] = Math.clamp(match.tokens(endpoints[i].slot()), 0, keys.tokens());
    }
  }

  /** Reads every endpoint's load anew and takes all rows back in. */
  void read(long now, long stalenessNanos) {
    attempted++;
    nowNanos = now;
    size = total;
    sentRequests = 0;
    sentTokens = 0;
    boolean doubtful = false;
    for (int i = 0; i < total; i++) {
      places[i] = i;
      endpoints[i].load().read(now, reading);
      Gauges told = reading.gauges;
      gauges[i] = told;
      versions[i] = reading.version;
      inFlight[i] = reading.inFlight + reading.detached;
      delta[i] = reading.delta;
      decoding[i] = reading.decoding;
      prefilling[i] = reading.prefillingTokens;
      queued[i] = reading.queuedTokens;
      rate[i] = reading.prefillRate;
      reachable[i] = reading.reachable;
      sentRequests += reading.requests;
      sentTokens += reading.dispatched;
      score[i] = 0;
      cost[i] = Double.NaN;
      if (told == null) {
        waiting[i] = 0;
        running[i] = 0;
        foreignWaiting[i] = 0;
        foreignRunning[i] = 0;
        kvUsage[i] = 0;
        freshness[i] = 0;
        doubtful = true;
      } else {
        double w = freshness(now - told.observedNanos(), stalenessNanos);
        waiting[i] = Math.max(0, told.waiting() + reading.delta);
        running[i] = Math.max(0, told.running() + reading.delta);
        int ours = inFlight[i] - reading.delta;
        foreignWaiting[i] = Math.max(0, told.waiting() - ours);
        foreignRunning[i] = Math.max(0, told.waiting() + told.running() - ours) - foreignWaiting[i];
        kvUsage[i] = share(told.kvUsage());
        freshness[i] = w;
        doubtful |= w < 1;
      }
    }
    if (doubtful) {
      blend();
    }
  }

  private void blend() {
    double floor = 0;
    for (int i = 0; i < total; i++) {
      floor = Math.max(floor, freshness[i]);
    }
    // With a fresh endpoint about, only the fresh ones make the mean; else all do, by weight.
    double weights = 0;
    double meanWaiting = 0;
    double meanRunning = 0;
    double meanForeignWaiting = 0;
    double meanForeignRunning = 0;
    double meanKv = 0;
    for (int i = 0; i < total; i++) {
      double w = floor >= 1 && freshness[i] < 1 ? 0 : freshness[i];
      weights += w;
      meanWaiting += w * waiting[i];
      meanRunning += w * running[i];
      meanForeignWaiting += w * foreignWaiting[i];
      meanForeignRunning += w * foreignRunning[i];
      meanKv += w * kvUsage[i];
    }
    if (weights > 0) {
      meanWaiting /= weights;
      meanRunning /= weights;
      meanForeignWaiting /= weights;
      meanForeignRunning /= weights;
      meanKv /= weights;
    }
    for (int i = 0; i < total; i++) {
      double w = freshness[i];
      if (w < 1) {
        int sent = Math.max(0, delta[i]);
        waiting[i] = w * waiting[i] + (1 - w) * (meanWaiting + sent);
        running[i] = w * running[i] + (1 - w) * (meanRunning + sent);
        foreignWaiting[i] = w * foreignWaiting[i] + (1 - w) * meanForeignWaiting;
        foreignRunning[i] = w * foreignRunning[i] + (1 - w) * meanForeignRunning;
        kvUsage[i] = w * kvUsage[i] + (1 - w) * meanKv;
      }
    }
  }

  static double freshness(long ageNanos, long stalenessNanos) {
    double thresholds = (double) ageNanos / stalenessNanos;
    if (thresholds <= 1) {
      return 1;
    }
    double over = thresholds - 1;
    if (over > HALF_LIFE_LIMIT) {
      return 0;
    }
    // Exact at every whole threshold and straight between them: a power for each of a thousand
    // endpoints would be the dearest part of the decision.
    int halvings = (int) over;
    return Math.scalb(1 - 0.5 * (over - halvings), -halvings);
  }

  private static double share(double usage) {
    return Double.isNaN(usage) ? 0 : Math.clamp(usage, 0.0, 1.0);
  }

  void addScore(int row, double weighted) {
    score[places[row]] += weighted;
  }

  long version(int row) {
    return versions[places[row]];
  }

  /** The row's place among all endpoints given, dropped ones included. */
  int place(int row) {
    return places[row];
  }

  /** How often the loads were read for this request. */
  int attempts() {
    return attempted;
  }

  /** Lets go of what belongs to the last request, so that nothing outlives it here. */
  void close() {
    prompt = PromptKeys.NONE;
    Arrays.fill(endpoints, 0, total, null);
    Arrays.fill(gauges, 0, total, null);
    total = 0;
    size = 0;
  }

  private void grow(int needed) {
    if (places.length >= needed) {
      return;
    }
    int room = Math.max(needed, 2 * places.length);
    places = new int[room];
    endpoints = new Endpoint[room];
    gauges = new Gauges[room];
    versions = new long[room];
    inFlight = new int[room];
    delta = new int[room];
    decoding = new int[room];
    matched = new int[room];
    prefilling = new long[room];
    queued = new double[room];
    rate = new double[room];
    waiting = new double[room];
    running = new double[room];
    foreignWaiting = new double[room];
    foreignRunning = new double[room];
    kvUsage = new double[room];
    freshness = new double[room];
    score = new double[room];
    cost = new double[room];
    reachable = new boolean[room];
  }
}
