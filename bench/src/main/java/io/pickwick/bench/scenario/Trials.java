package io.pickwick.bench.scenario;

import io.pickwick.bench.replay.Course;
import io.pickwick.bench.replay.KeyedWorkload;
import io.pickwick.bench.replay.Policy;
import io.pickwick.bench.replay.Replay;
import io.pickwick.bench.replay.RunResult;
import io.pickwick.bench.replay.RunWriter;
import io.pickwick.bench.replay.Slo;
import io.pickwick.bench.replay.Summary;
import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Runs trials, each once, on several threads; what comes out does not depend on how many. */
final class Trials {
  /*
   * Trials of the same requests follow each other, so that the requests are made and hashed once,
   * when the first of them begins, and forgotten when the last has ended: no more of them are in
   * memory than there are threads, and one.
   */
  private final Traces traces;
  private final int threads;
  private final Consumer<String> progress;
  private final RunWriter writer = new RunWriter();

  Trials(Traces traces, int threads, Consumer<String> progress) {
    this.traces = traces;
    this.threads = threads;
    this.progress = progress;
  }

  /**
   * What came of each.
   *
   * @param wanted the trials, each with what it is called
   * @throws io.pickwick.bench.workload.WorkloadException if a workload can't be made
   */
  Map<Trial, Outcome> run(Map<Trial, String> wanted) throws InterruptedException {
    Map<Trial.Asked, List<Trial>> batches = new LinkedHashMap<>();
    for (Trial trial : wanted.keySet()) {
      batches.computeIfAbsent(trial.asked(), _ -> new ArrayList<>()).add(trial);
    }
    Map<Trial, Outcome> outcomes = new LinkedHashMap<>();
    try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
      Map<Trial, Future<Outcome>> futures = new LinkedHashMap<>();
      batches.forEach((asked, trials) -> {
        Batch batch = new Batch(asked, trials.size());
        for (Trial trial : trials) {
          futures.put(trial, workers.submit(() -> batch.run(trial)));
        }
      });
      try {
        for (Map.Entry<Trial, Future<Outcome>> one : futures.entrySet()) {
          Outcome outcome = one.getValue().get();
          outcomes.put(one.getKey(), outcome);
          Trial trial = one.getKey();
          String name = wanted.getOrDefault(trial, trial.workload());
          progress.accept(told(outcomes.size(), futures.size(), name, trial, outcome));
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw new IllegalStateException(e);
      } finally {
        workers.shutdownNow();
      }
    }
    return outcomes;
  }

  private static String told(int done, int all, String name, Trial trial, Outcome outcome) {
    return "%d of %d: %s, %s, seed %d: TTFT mean %.0f ms, %d failed"
        .formatted(
            done,
            all,
            name,
            trial.policy(),
            trial.seed(),
            outcome.summary().ttft().mean(),
            outcome.summary().failed());
  }

  /** Trials of the same requests. */
  private final class Batch {
    private final Trial.Asked asked;
    private final WorkloadSpec spec;
    private Optional<KeyedWorkload> keyed = Optional.empty();
    private int left;

    Batch(Trial.Asked asked, int trials) {
      this.asked = asked;
      this.spec = WorkloadSpec.parse(traces.in(asked.workload()));
      this.left = trials;
    }

    Outcome run(Trial trial) {
      KeyedWorkload requests = requests();
      Course course = new Course(trial.rateScale(), spec.stages(), trial.drains());
      RunResult run =
          new Replay(requests, trial.fleet(), Policy.parse(trial.policy()), course, trial.seed())
              .run();
      Summary summary = Summary.of(run, Slo.STANDARD);
      Outcome outcome =
          new Outcome(
              summary,
              writer.line(run, summary, Slo.STANDARD),
              Arrays.stream(run.firstTokenPercentiles()).boxed().toList());
      ended();
      return outcome;
    }

    private synchronized KeyedWorkload requests() {
      if (keyed.isEmpty()) {
        Workload made = spec.generate(asked.seed());
        asked.check(made.requests().size());
        keyed = Optional.of(KeyedWorkload.of(made, asked.blockSize()));
      }
      return keyed.orElseThrow();
    }

    private synchronized void ended() {
      left--;
      if (left == 0) {
        keyed = Optional.empty();
      }
    }
  }
}
