package io.pickwick.schedule;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Endpoints, prompts and gauges for tests. */
public final class Pods {
  /** One millisecond. */
  public static final long MS = 1_000_000L;

  /** One second. */
  public static final long SECOND = 1_000_000_000L;

  private Pods() {}

  /** An idle endpoint {@code 10.0.x.y:8000}, {@code ns/pod-slot}. */
  public static Endpoint pod(int slot) {
    return pod(slot, Map.of());
  }

  /** An idle endpoint with labels. */
  public static Endpoint pod(int slot, Map<String, String> labels) {
    return pod(slot, labels, new FleetRate());
  }

  /** An idle endpoint of a fleet. */
  public static Endpoint pod(int slot, Map<String, String> labels, FleetRate fleet) {
    String address = "10.0." + slot / 250 + "." + (slot % 250 + 1);
    return new Endpoint(slot, "ns", "pod-" + slot, address, 8000, labels, new EndpointLoad(fleet));
  }

  /** The idle endpoints of a fleet in slots {@code 0 .. count-1}. */
  public static List<Endpoint> pods(int count) {
    FleetRate fleet = new FleetRate();
    List<Endpoint> pods = new ArrayList<>();
    for (int slot = 0; slot < count; slot++) {
      pods.add(pod(slot, Map.of(), fleet));
    }
    return pods;
  }

  /** Gauges without LoRA. */
  public static Gauges gauges(long nanos, int waiting, int running, double kvUsage) {
    return new Gauges(nanos, waiting, running, kvUsage, 16, 1000, LoraState.NONE);
  }

  /** A prompt of {@code tokens} tokens in blocks of 64; the first key tells prompts apart. */
  public static PromptKeys prompt(long root, int tokens) {
    int blocks = tokens / 64;
    long[] keys = new long[blocks];
    int[] ends = new int[blocks];
    for (int i = 0; i < blocks; i++) {
      keys[i] = root + i;
      ends[i] = (i + 1) * 64;
    }
    return new PromptKeys(keys, blocks, ends, tokens);
  }

  /** An index in which {@code slots[i]} holds {@code tokens[i]} tokens of any prompt. */
  public static PrefixIndex holding(int... slotsAndTokens) {
    return (prompt, into) -> {
      for (int i = 0; i < slotsAndTokens.length; i += 2) {
        into.set(slotsAndTokens[i], slotsAndTokens[i + 1]);
      }
    };
  }

  /** Counts a request of so many uncached tokens on an endpoint. */
  public static Reservation reserve(Endpoint pod, int uncachedTokens, long nanos) {
    Reservation reservation = new Reservation(pod, uncachedTokens, nanos);
    pod.load().reserve(reservation);
    return reservation;
  }

  /** Endpoints as a plugin sees them at one moment. */
  public static Candidates candidates(
      List<Endpoint> pods, ScheduleRequest request, PrefixIndex index, long nanos) {
    Candidates candidates = new Candidates();
    candidates.open(pods, request.prompt(), index);
    candidates.read(nanos, Scheduler.STALENESS_NANOS);
    return candidates;
  }

  /** What one scorer says of each endpoint. */
  public static double[] scores(Scorer scorer, ScheduleRequest request, Candidates candidates) {
    double[] scores = new double[candidates.size()];
    scorer.score(request, candidates, scores);
    return scores;
  }

  /** Sets a row's total score. */
  public static void score(Candidates candidates, double... scores) {
    for (int row = 0; row < scores.length; row++) {
      candidates.addScore(row, scores[row]);
    }
  }
}
