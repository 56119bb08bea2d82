package io.pickwick.bench.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Writes a run as one line of JSON: what was run, its summary, the distribution of the times to
 * first token, each pod's state over time, and what the caches held in stretches of the run.
 *
 * <p>Latencies are milliseconds, rounded to the microsecond. What has no value, or an infinite one
 * because requests have failed, is null.
 */
public final class RunWriter {
  private static final int MOST_SAMPLES = 300;
  private static final int HIT_STRETCHES = 60;

  private final ObjectMapper mapper = new ObjectMapper();

  /** The line, without its end. */
  public String line(RunResult run, Summary summary, Slo slo) {
    ObjectNode line = mapper.createObjectNode();
    line.put("workload", run.workload());
    line.put("policy", run.policy());
    line.put("seed", run.seed());
    line.put("rateScale", run.course().rateScale());
    line.put("drains", run.course().drains());
    line.put("warmUpRequests", run.firstMeasured());
    fleet(line.putObject("fleet"), run.fleet());
    line.putObject("slo").put("ttftMs", slo.ttftMillis()).put("tpotMs", slo.tpotMillis());
    summary(line.putObject("summary"), summary);
    firstTokens(line.putArray("ttftPercentilesMs"), run);
    shares(line.putArray("pods"), run.shares());
    samples(line.putObject("samples"), run.samples());
    hits(line.putObject("hits"), run);
    try {
      return mapper.writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void fleet(ObjectNode to, FleetSpec fleet) {
    to.put("engine", fleet.engine().name());
    to.put("pods", fleet.pods());
    to.put("kvBlocks", fleet.engine().kvBlocks());
    to.put("blockSize", fleet.engine().blockSize());
    to.put("maxModelLength", fleet.engine().maxModelLength());
    to.put("routers", fleet.routers());
    to.put("scrapeMs", fleet.scrapeNanos() / 1e6);
    to.put("scrapeDelayMs", fleet.scrapeDelayNanos() / 1e6);
    to.put("eventDelayMs", fleet.eventDelayNanos() / 1e6);
    to.put("eventLoss", fleet.eventLoss());
    to.put("dispatchMs", fleet.dispatchNanos() / 1e6);
  }

  private static void summary(ObjectNode to, Summary summary) {
    latency(to.putObject("ttft"), summary.ttft());
    latency(to.putObject("tpot"), summary.tpot());
    latency(to.putObject("itl"), summary.itl());
    latency(to.putObject("e2e"), summary.e2e());
    to.put("completed", summary.completed());
    to.put("failed", summary.failed());
    number(to, "goodShare", summary.goodShare());
    number(to, "goodPerSecond", summary.goodPerSecond());
    number(to, "hitRatio", summary.hitRatio());
    number(to, "imbalance", summary.imbalance());
    number(to, "meanQueue", summary.meanQueue());
    to.put("longestQueue", summary.longestQueue());
    number(to, "kvUsage", summary.kvUsage());
    number(to, "outputTokensPerSecond", summary.outputTokensPerSecond());
    to.put("preemptions", summary.preemptions());
    number(to, "durationSeconds", summary.durationSeconds());
  }

  private static void latency(ObjectNode to, Latency latency) {
    number(to, "mean", latency.mean());
    number(to, "p50", latency.p50());
    number(to, "p90", latency.p90());
    number(to, "p99", latency.p99());
  }

  private static void firstTokens(ArrayNode to, RunResult run) {
    for (double value : run.firstTokenPercentiles()) {
      if (Double.isInfinite(value)) {
        to.addNull();
      } else {
        to.add(rounded(value));
      }
    }
  }

  private static void shares(ArrayNode to, List<RunResult.PodShare> shares) {
    for (RunResult.PodShare share : shares) {
      to.addObject()
          .put("requests", share.requests())
          .put("busySeconds", rounded(share.busyNanos() / 1e9))
          .put("prefilledTokens", share.prefilledTokens())
          .put("decodedTokens", share.decodedTokens())
          .put("preemptions", share.preemptions())
          .put("evictedBlocks", share.evictedBlocks());
    }
  }

  private static void samples(ObjectNode to, List<RunResult.Sample> samples) {
    int stride = Math.max(1, (samples.size() + MOST_SAMPLES - 1) / MOST_SAMPLES);
    ArrayNode seconds = to.putArray("seconds");
    ArrayNode waiting = to.putArray("waiting");
    ArrayNode running = to.putArray("running");
    ArrayNode kvUsage = to.putArray("kvUsage");
    for (int i = 0; i < samples.size(); i += stride) {
      RunResult.Sample sample = samples.get(i);
      seconds.add(sample.atNanos() / 1e9);
      ArrayNode queue = waiting.addArray();
      ArrayNode batch = running.addArray();
      ArrayNode usage = kvUsage.addArray();
      for (RunResult.PodState pod : sample.pods()) {
        queue.add(pod.waiting());
        batch.add(pod.running());
        usage.add(rounded(pod.kvUsage()));
      }
    }
  }

  /** The prompts' tokens, and those found cached, by when their first token came. */
  private static void hits(ObjectNode to, RunResult run) {
    long[] prompts = new long[HIT_STRETCHES];
    long[] cached = new long[HIT_STRETCHES];
    long stretch = run.durationNanos() / HIT_STRETCHES + 1;
    for (int id = 0; id < run.requests(); id++) {
      if (run.completed(id)) {
        int at = (int) Math.min(HIT_STRETCHES - 1, run.firstTokenNanos(id) / stretch);
        prompts[at] += run.promptTokens(id);
        cached[at] += run.cachedTokens(id);
      }
    }
    ArrayNode seconds = to.putArray("seconds");
    ArrayNode promptTokens = to.putArray("promptTokens");
    ArrayNode cachedTokens = to.putArray("cachedTokens");
    for (int at = 0; at < HIT_STRETCHES; at++) {
      seconds.add(rounded((at + 1) * stretch / 1e9));
      promptTokens.add(prompts[at]);
      cachedTokens.add(cached[at]);
    }
  }

  private static void number(ObjectNode to, String name, double value) {
    if (Double.isFinite(value)) {
      to.put(name, rounded(value));
    } else {
      to.putNull(name);
    }
  }

  private static double rounded(double value) {
    return Math.rint(value * 1000) / 1000;
  }
}
