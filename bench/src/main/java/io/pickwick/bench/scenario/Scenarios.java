package io.pickwick.bench.scenario;

import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.replay.FleetSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The scenarios there are. */
final class Scenarios {
  private static final int SEEDS = 5;
  private static final int SWEEP_SEEDS = 3;

  private static final List<String> EVERY =
      List.of(
          "random",
          "round-robin",
          "least-requests",
          "least-queued-tokens",
          "gie-1-1-1",
          "gie-3-2-2",
          "llm-d-sticky",
          "llm-d-default",
          "dynamo",
          "lmetric",
          "lpwl",
          "ours",
          "clairvoyant",
          "pooled");

  private static final List<String> CHOSEN =
      List.of("random", "gie-3-2-2", "lpwl", "ours", "pooled");

  private static final String CONVERSATION_FILE = Experiment.TRACES + "/conversation_trace.jsonl";
  private static final String SYNTHETIC_FILE = Experiment.TRACES + "/synthetic_trace.jsonl";

  /** As the guides of llm-d and the article set it. */
  private static final int BLOCK = 64;

  /** A terabyte of host memory, or a model with a small cache: see the notes. */
  private static final int TRACE_TOKENS = 3_000_000;

  private static final FleetSpec TRACE_FLEET =
      FleetSpec.usual(
          EngineSpec.QWEN_7B_H100_TP2
              .withModelLength(200_000)
              .withBlocks(1 + TRACE_TOKENS / BLOCK, BLOCK)
              .withModelLength(200_000),
          8);

  private static final FleetSpec QWEN3_FLEET = FleetSpec.usual(EngineSpec.QWEN3_32B_H100_TP2, 8);

  /** Seven of the sixteen steps of llm-d's ladder, with its warm-up. */
  private static final String LADDER =
      "shared-prefix:rate=3x20+10x20+20x38+30x25+40x38+49x30+60x25,warmup=15x50";

  private static final Experiment CONVERSATION =
      new Experiment(
          "conversation x 3.0",
          "mooncake:path=" + CONVERSATION_FILE + ",requests=6000",
          TRACE_FLEET,
          3,
          false,
          EVERY,
          SEEDS);

  private static final Experiment SYNTHETIC =
      new Experiment(
          "synthetic x 2.5",
          "mooncake:path=" + SYNTHETIC_FILE + ",requests=3993",
          TRACE_FLEET,
          2.5,
          false,
          EVERY,
          SEEDS);

  /** Half of it, for sweeps. */
  private static final Experiment HALF =
      SYNTHETIC.asking("mooncake:path=" + SYNTHETIC_FILE + ",requests=2000");

  private static final Experiment B2B =
      new Experiment("b2b", LADDER, QWEN3_FLEET, 1, true, EVERY, SEEDS);

  private static final List<Measure> BENCHMARK_SERVING =
      List.of(
          Measure.TTFT_MEAN,
          Measure.TTFT_P50,
          Measure.TTFT_P99,
          Measure.OUTPUT,
          Measure.TPOT_MEAN,
          Measure.TPOT_P99);

  private static final List<String> LOAD_POLICIES =
      List.of("random", "round-robin", "two-choices", "gie-load", "ours");

  private static final List<Scenario> TABLE =
      List.of(
          conversation(),
          synthetic(),
          b2b(),
          singleNode(),
          multiNode(),
          precise(),
          views(),
          staleness(),
          replicas(),
          weights(),
          rates());

  private Scenarios() {}

  /** All, in the order in which they are told. */
  static List<Scenario> table() {
    return TABLE;
  }

  static Optional<Scenario> named(String name) {
    return TABLE.stream().filter(scenario -> scenario.name().equals(name)).findFirst();
  }

  private static Scenario conversation() {
    return new Scenario(
        "conversation",
        "Mooncake's conversation trace at three times its rate, every policy",
        traceNotes(
            "The first 6,000 of its 12,031 requests. Its times are rounded to 3 s; they are spread"
                + " over those by the seed."),
        List.of(CONVERSATION),
        new Ranking());
  }

  private static Scenario synthetic() {
    return new Scenario(
        "synthetic",
        "Mooncake's synthetic trace at 2.5 times its rate, every policy",
        traceNotes("Its arrivals are those of the trace and the same with every seed."),
        List.of(SYNTHETIC),
        new Ranking());
  }

  private static List<String> traceNotes(String times) {
    return List.of(
        "Real lengths, prefixes and arrivals; made-up tokens. "
            + times
            + " Open loop: nobody waits for an answer before asking again.",
        "Each pod holds 3 million tokens, as with a terabyte of host memory behind it that costs"
            + " nothing to read: with the KV cache of the GPUs alone even one pooled cache would"
            + " hit a tenth of the conversation trace. Blocks are of 64 tokens.");
  }

  private static Scenario b2b() {
    return new Scenario(
        "b2b",
        "llm-d's shared prefixes, 150 groups of 5 prompts, rates from 3 to 60 a second, every"
            + " policy",
        b2bNotes(),
        List.of(B2B),
        new Ranking());
  }

  private static List<String> b2bNotes() {
    return List.of(
        "6,000 tokens of system prompt and 1,200 of question, 1,000 generated; a warm-up asks each"
            + " prompt once and is not measured. Seven of the sixteen steps of the ladder (3, 10,"
            + " 20, 30, 40, 49 and 60 a second); a step begins when the one before has ended, as"
            + " inference-perf has it.",
        "Assumed: nobody published a fit of the step time of Qwen 3 32B on two H100, so it is half"
            + " of CodeLlama 34B's on one, with the context of its own KV and the published KV"
            + " tokens (307,328 a pod).");
  }

  private static Scenario singleNode() {
    return new Scenario(
        "single-node",
        "the article on one node a pod: a plain Service and load-aware routing",
        List.of(
            "The article: 5 pods of QwQ 32B on four A10 each, vLLM's random data set (prefix 1,000,"
                + " input 4,000, output 3,000, range 0.2, which then meant 800 to 4,000 and 600 to"
                + " 3,000), 3,000 prompts, 60 at once. One run for each of the two.",
            "The engine's base and prefill time were chosen so that the plain Service's mean time"
                + " per token and its median time to first token come out; those of the table say"
                + " nothing. What is told is the rest: the tail, and what a policy changes. The"
                + " published tail of the plain Service (23.5 s) is that of one run with 2,990 of"
                + " 3,000 requests served and lies in when its pods were full; which balancing its"
                + " gateway used is not said, so there are three."),
        List.of(
            new Experiment(
                "single-node",
                "random:prefix=1000,input=2400,output=1800,range-ratio=0.6667,requests=3000,"
                    + "rate=inf,concurrency=60",
                FleetSpec.usual(EngineSpec.QWQ_32B_A10_TP4, 5),
                1,
                false,
                LOAD_POLICIES,
                SWEEP_SEEDS)),
        new Beside(
            "the article on single-node pods",
            BENCHMARK_SERVING,
            articleRows(
                List.of(2456.44, 1366.07, 23_509.43, 916.22, 63.50, 75.22),
                List.of(1796.93, 1470.97, 8857.07, 926.53, 63.10, 70.68))));
  }

  private static Scenario multiNode() {
    return new Scenario(
        "multi-node",
        "the article on two nodes a pod: a plain Service and load-aware routing",
        List.of(
            "The article: 3 groups of two nodes, tensor-parallel 2 and pipeline-parallel 2, QwQ"
                + " 32B, the same data set, 300 prompts, 30 at once. One run for each of the two,"
                + " so that its 99th percentile is the third-slowest of 300 requests.",
            "The GPUs are not named, and the pipeline is modelled as one long step. Base and"
                + " prefill time and the KV blocks were chosen to match the plain Service's mean"
                + " time per token and median time to first token."),
        List.of(
            new Experiment(
                "multi-node",
                "random:prefix=1000,input=2400,output=1800,range-ratio=0.6667,requests=300,"
                    + "rate=inf,concurrency=30",
                FleetSpec.usual(EngineSpec.QWQ_32B_TP2_PP2, 3),
                1,
                false,
                LOAD_POLICIES,
                2 * SEEDS)),
        new Beside(
            "the article on multi-node pods",
            BENCHMARK_SERVING,
            articleRows(
                List.of(10_909.18, 2446.06, 119_308.83, 227.63, 114.18, 158.03),
                List.of(7335.87, 2413.13, 106_624.40, 231.46, 117.26, 198.15))));
  }

  private static List<Beside.Row> articleRows(List<Double> plain, List<Double> aware) {
    return List.of(
        new Beside.Row("plain Service (kube-proxy: random)", "random", plain),
        new Beside.Row("plain Service (round robin)", "round-robin", plain),
        new Beside.Row("plain Service (Envoy: two choices)", "two-choices", plain),
        new Beside.Row("load-aware (queue and KV use)", "gie-load", aware),
        new Beside.Row("ours", "ours", List.of()));
  }

  private static Scenario precise() {
    List<String> notes = new ArrayList<>(b2bNotes());
    notes.add(
        "The article's table is llm-d's of its 73 % case: precise with weights 3-2-2 and an exact"
            + " view, estimated with weights 1-1-1 and an estimated one, so that two things differ;"
            + " scenario views takes them apart. The published means are over all sixteen steps,"
            + " these over seven; the order and the sizes compare, not the seconds.");
    return new Scenario(
        "precise",
        "the article's precise mode: random, load, estimated and precise prefixes",
        notes,
        List.of(
            B2B.with(
                SEEDS,
                List.of("random", "gie-load", "gie-1-1-1/view=estimated", "gie-3-2-2", "ours"))),
        new Beside(
            "llm-d, repeated by the article",
            List.of(Measure.OUTPUT, Measure.TTFT_P90, Measure.TTFT_MEAN, Measure.QUEUE),
            List.of(
                Beside.Row.of("precise", "gie-3-2-2", 8730.0, 542.0, 298.0, 0.1),
                Beside.Row.of(
                    "estimated", "gie-1-1-1/view=estimated", 6944.4, 31_083.0, 13_316.0, 8.1),
                Beside.Row.of("random", "random", 4428.7, 92_551.0, 45_281.0, 27.3),
                Beside.Row.of("load only", "gie-load", 4266.4, 94_865.0, 46_987.0, 28.9),
                Beside.Row.of("ours (exact)", "ours"))));
  }

  private static Scenario views() {
    return new Scenario(
        "views",
        "what the view is worth and what the weights are",
        List.of(
            "Both views with both sets of weights, and with ours: llm-d's own comparison changed"
                + " the two together. An estimated view knows what was sent where; an exact one"
                + " follows the KV events (the columns without a view)."),
        List.of(B2B, SYNTHETIC).stream()
            .map(one ->
                one.with(
                    SWEEP_SEEDS,
                    Stream.of("gie-1-1-1", "gie-3-2-2", "ours")
                        .flatMap(policy -> Stream.of(policy + "/view=estimated", policy))
                        .toList()))
            .toList(),
        new Sweep("workload", List.of(Measure.TTFT_MEAN, Measure.TTFT_P90, Measure.HITS), false));
  }

  private static Scenario staleness() {
    List<Experiment> experiments = new ArrayList<>();
    Experiment base = HALF.with(SWEEP_SEEDS, List.of("gie-3-2-2", "ours"));
    for (int millis : new int[] {50, 1000, 10_000, 60_000}) {
      experiments.add(
          base.on(
              "scrape every " + millis(millis), TRACE_FLEET.withScrapes(nanos(millis), nanos(5))));
    }
    for (int millis : new int[] {0, 100, 1000, 10_000}) {
      experiments.add(
          base.on("events after " + millis(millis), TRACE_FLEET.withEvents(nanos(millis), 0)));
    }
    for (double loss : new double[] {0.01, 0.1, 1}) {
      experiments.add(
          base.on(
              "%.0f %% of events lost".formatted(100 * loss),
              TRACE_FLEET.withEvents(nanos(5), loss)));
    }
    return new Scenario(
        "staleness",
        "how old and how incomplete the router's knowledge may be",
        List.of(
            "The first 2,000 requests of the synthetic trace x 2.5. In each row one thing differs"
                + " from a scrape every 50 ms and events after 5 ms. Of what is lost all is lost:"
                + " the events of a whole step, with no gap noticed and nothing replayed, which"
                + " Pickwick would do."),
        experiments,
        new Sweep("", List.of(Measure.TTFT_MEAN, Measure.TTFT_P99, Measure.HITS), false));
  }

  private static Scenario replicas() {
    List<Experiment> experiments = new ArrayList<>();
    for (int routers : new int[] {1, 2, 4, 8}) {
      experiments.add(
          HALF.with(SWEEP_SEEDS, List.of("gie-3-2-2", "lmetric", "lpwl", "ours"))
              .on(
                  routers == 1 ? "1 router" : routers + " routers",
                  TRACE_FLEET.withRouters(routers)));
    }
    return new Scenario(
        "replicas",
        "routers side by side that know nothing of each other's requests",
        List.of(
            "The first 2,000 requests of the synthetic trace x 2.5, the requests dealt out in turn."
                + " All routers see all KV events and metrics; each counts only what it sent"
                + " itself."),
        experiments,
        new Sweep("", List.of(Measure.TTFT_MEAN, Measure.TTFT_P99, Measure.HITS), false));
  }

  private static Scenario weights() {
    List<String> policies =
        List.of(
            "ours",
            "ours/lambda=1",
            "ours/lambda=4",
            "ours/kappa=200",
            "ours/crowding=0",
            "ours/crowding=2");
    return new Scenario(
        "weights",
        "the weights of our policy: lambda for what is not cached, kappa for what decodes, crowding"
            + " for a full KV cache",
        List.of(
            "The default is lambda 2, kappa 0 and crowding 1; kappa is in prompt tokens for each"
                + " request that decodes."),
        List.of(CONVERSATION, SYNTHETIC, B2B).stream()
            .map(one -> one.with(SWEEP_SEEDS, policies))
            .toList(),
        new Sweep(
            "workload",
            List.of(Measure.TTFT_MEAN, Measure.TTFT_P99, Measure.TPOT_MEAN, Measure.HITS),
            false));
  }

  private static Scenario rates() {
    List<Experiment> experiments = new ArrayList<>();
    for (double scale : new double[] {1, 2, 3, 4, 5, 6}) {
      experiments.add(HALF.with(SWEEP_SEEDS, CHOSEN).at("x " + scale, scale));
    }
    return new Scenario(
        "rates",
        "throughput and time to first token over a ladder of rates",
        List.of(
            "The first 2,000 requests of the synthetic trace at multiples of its rate; open loop,"
                + " so that beyond what the pods can do queues grow to the end of the trace."),
        experiments,
        new Sweep(
            "rate",
            List.of(Measure.TTFT_MEAN, Measure.TTFT_P99, Measure.OUTPUT, Measure.GOOD),
            true));
  }

  private static String millis(int millis) {
    return millis < 1000 ? millis + " ms" : millis / 1000 + " s";
  }

  private static long nanos(long millis) {
    return millis * 1_000_000;
  }
}
