package io.pickwick.bench.replay;

import io.pickwick.bench.engine.EngineRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What came of one run: each request's times and tokens, and each pod's queue and cache over time.
 *
 * <p>Times are nanoseconds from the begin of the run; {@value #NEVER} for what did not happen.
 */
public final class RunResult {
  /** The time of what did not happen. */
  public static final long NEVER = -1;

  private static final int PERCENTILES = 100;
  private static final long LONGEST_GAP_MICROS = 3_600_000_000L;

  /** Why a request has failed. */
  public enum Failure {
    /** The policy had no pod for it. */
    NO_POD,
    /** Its pod could not serve it: too long, or no room for adapters. */
    REFUSED
  }

  /**
   * The fleet at one moment.
   *
   * @param atNanos when
   * @param pods each pod's state, by slot
   */
  public record Sample(long atNanos, List<PodState> pods) {
    /** Keeps its own copy. */
    public Sample {
      pods = List.copyOf(pods);
    }
  }

  /**
   * One pod at one moment.
   *
   * @param waiting requests in its queue
   * @param running requests in its batch
   * @param kvUsage the share of its KV blocks that are in use, 0 to 1
   */
  public record PodState(int waiting, int running, double kvUsage) {}

  /**
   * One pod's share of the work.
   *
   * @param requests how many it served
   * @param busyNanos how long it computed
   * @param prefilledTokens the prompt tokens that it computed
   * @param decodedTokens the tokens that it decoded
   * @param preemptions how often a request lost its blocks
   * @param evictedBlocks the cached blocks that made room
   */
  public record PodShare(
      int requests,
      long busyNanos,
      long prefilledTokens,
      long decodedTokens,
      long preemptions,
      long evictedBlocks) {}

  private final KeyedWorkload workload;
  private final String policy;
  private final FleetSpec fleet;
  private final Course course;
  private final long seed;
  private final int warmUp;
  private final long[] sent;
  private final long[] scheduled;
  private final long[] firstToken;
  private final long[] lastToken;
  private final long[] end;
  private final int[] pod;
  private final int[] cached;
  private final int[] output;
  private final Map<Failure, BitSet> failures = new EnumMap<>(Failure.class);
  private final Histogram gaps = new Histogram(LONGEST_GAP_MICROS, 3);
  private final List<Sample> samples = new ArrayList<>();
  private List<PodShare> shares = List.of();
  private long durationNanos;

  RunResult(KeyedWorkload workload, String policy, FleetSpec fleet, Course course, long seed) {
    int count = workload.requests().size();
    this.workload = workload;
    this.policy = policy;
    this.fleet = fleet;
    this.course = course;
    warmUp = course.warmUp();
    this.seed = seed;
    sent = never(count);
    scheduled = never(count);
    firstToken = never(count);
    lastToken = never(count);
    end = never(count);
    pod = new int[count];
    Arrays.fill(pod, Router.NONE);
    cached = new int[count];
    output = new int[count];
    for (Failure why : Failure.values()) {
      failures.put(why, new BitSet(count));
    }
  }

  private static long[] never(int count) {
    long[] times = new long[count];
    Arrays.fill(times, NEVER);
    return times;
  }

  // What the run writes.

  void sent(int id, long nanos) {
    sent[id] = nanos;
  }

  void picked(int id, int slot) {
    pod[id] = slot;
  }

  void firstToken(int id, EngineRequest request, long nanos) {
    scheduled[id] = request.scheduledNanos();
    cached[id] = request.cachedTokens();
    firstToken[id] = nanos;
    lastToken[id] = nanos;
  }

  void token(int id, long nanos) {
    if (id >= warmUp) {
      gaps.recordValue(Math.min(LONGEST_GAP_MICROS, (nanos - lastToken[id]) / 1000));
    }
    lastToken[id] = nanos;
  }

  void completed(int id, EngineRequest request, long nanos) {
    output[id] = request.outputTokens();
    end[id] = nanos;
  }

  void failed(int id, Failure why, long nanos) {
    of(why).set(id);
    end[id] = nanos;
  }

  void sample(long nanos, List<Pod> pods) {
    samples.add(
        new Sample(
            nanos,
            pods.stream()
                .map(one ->
                    new PodState(
                        one.engine().waiting(), one.engine().running(), one.engine().kvUsage()))
                .toList()));
  }

  private BitSet of(Failure why) {
    return failures.getOrDefault(why, new BitSet());
  }

  void ended(long nanos, List<Pod> pods) {
    durationNanos = nanos;
    int[] served = new int[pods.size()];
    for (int id = 0; id < pod.length; id++) {
      if (completed(id)) {
        served[pod[id]]++;
      }
    }
    List<PodShare> all = new ArrayList<>(pods.size());
    for (Pod one : pods) {
      all.add(
          new PodShare(
              served[one.slot()],
              one.busyNanos(),
              one.prefilled(),
              one.decoded(),
              one.engine().preemptions(),
              one.engine().evictions()));
    }
    shares = List.copyOf(all);
  }

  // What it was.

  /** The workload's name. */
  public String workload() {
    return workload.workload().name();
  }

  /** The policy. */
  public String policy() {
    return policy;
  }

  /** What it ran on. */
  public FleetSpec fleet() {
    return fleet;
  }

  /** How its times were followed. */
  public Course course() {
    return course;
  }

  /** The first request that is measured; those before it only warm the caches. */
  public int firstMeasured() {
    return warmUp;
  }

  /** When the first measured request was sent. */
  public long measuredFromNanos() {
    return warmUp == 0 ? 0 : sent[warmUp];
  }

  /** What all chance was drawn from. */
  public long seed() {
    return seed;
  }

  /** How many requests there were; they are numbered from 0. */
  public int requests() {
    return sent.length;
  }

  /** When the last request had ended. */
  public long durationNanos() {
    return durationNanos;
  }

  // Each request.

  /** When it was sent. */
  public long sentNanos(int id) {
    return sent[id];
  }

  /** When it first was in a batch. */
  public long scheduledNanos(int id) {
    return scheduled[id];
  }

  /** When its first token was there. */
  public long firstTokenNanos(int id) {
    return firstToken[id];
  }

  /** When it ended or failed. */
  public long endNanos(int id) {
    return end[id];
  }

  /** Whether it has got all its tokens. */
  public boolean completed(int id) {
    return end[id] != NEVER && failures.values().stream().noneMatch(all -> all.get(id));
  }

  /** The pod that it was sent to; negative for none. */
  public int pod(int id) {
    return pod[id];
  }

  /** The tokens of its prompt. */
  public int promptTokens(int id) {
    return workload.requests().get(id).promptTokens();
  }

  /** How many of them its pod's cache held. */
  public int cachedTokens(int id) {
    return cached[id];
  }

  /** The tokens that it generated. */
  public int outputTokens(int id) {
    return output[id];
  }

  // All of them.

  /** How many have failed for a reason. */
  public int failures(Failure why) {
    return of(why).cardinality();
  }

  /** The times between a request's token and its next, in microseconds; a copy. */
  public Histogram tokenGaps() {
    return gaps.copy();
  }

  /**
   * The percentiles 1 to 100 of the times to first token of the measured requests, in milliseconds;
   * a failed one took for ever.
   */
  public double[] firstTokenPercentiles() {
    double[] millis = new double[sent.length - warmUp];
    for (int id = warmUp; id < sent.length; id++) {
      millis[id - warmUp] =
          completed(id) ? (firstToken[id] - sent[id]) / 1e6 : Double.POSITIVE_INFINITY;
    }
    Arrays.sort(millis);
    double[] percentiles = new double[millis.length == 0 ? 0 : PERCENTILES];
    for (int percent = 1; percent <= percentiles.length; percent++) {
      int rank = (int) (((long) percent * millis.length + PERCENTILES - 1) / PERCENTILES);
      percentiles[percent - 1] = millis[rank - 1];
    }
    return percentiles;
  }

  /** The pods' states, one each second. */
  public List<Sample> samples() {
    return List.copyOf(samples);
  }

  /** What each pod did, by slot. */
  public List<PodShare> shares() {
    return shares;
  }
}
