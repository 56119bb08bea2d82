package io.pickwick.bench.watch;

import io.pickwick.kube.KubeConfig;
import io.pickwick.kube.KubeSource;
import io.pickwick.pool.Pool;
import io.pickwick.pool.PoolListener;
import io.pickwick.schedule.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** One run: the API server in a process of its own, the watcher, the pool and decisions in ours. */
final class WatchRun {
  static final String APPLYING = "kube-apply";
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long POLL_MILLIS = 1;

  private final WatchLoad load;
  private final Pool pool = new Pool();
  private final Recorder seenMicros = new Recorder(3);

  private WatchRun(WatchLoad load) {
    this.load = load;
  }

  /**
   * Runs it from the start of the API server to the comparison at the end.
   *
   * @param jvmFlags of the API server's process
   * @param directory for its log and the kubeconfig
   */
  static WatchReport run(WatchLoad load, List<String> jvmFlags, Path directory)
      throws IOException, InterruptedException {
    return new WatchRun(load).run(jvmFlags, directory);
  }

  private WatchReport run(List<String> jvmFlags, Path directory)
      throws IOException, InterruptedException {
    ScheduledExecutorService scheduler =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(APPLYING).factory());
    try (PodCluster cluster = PodCluster.start(load, jvmFlags, directory);
        KubeSource source =
            new KubeSource(config(cluster.kubeconfig()), pool, resources -> {}, scheduler)) {
      long began = System.nanoTime();
      source.start();
      if (!await(() -> pool.snapshot().endpoints().size() == load.pods())) {
        throw new IOException("not all pods were known after " + PATIENCE.toSeconds() + " s");
      }
      Duration cold = Duration.ofNanos(System.nanoTime() - began);
      pool.listen(new Arrivals());
      try (Decisions decisions = Decisions.start(pool, load.decisions())) {
        cluster.change();
        Thread.sleep(load.warmUp());
        return measure(cluster, decisions, cold);
      }
    } finally {
      scheduler.shutdownNow();
    }
  }

  private WatchReport measure(PodCluster cluster, Decisions decisions, Duration cold)
      throws IOException, InterruptedException {
    List<WatchReport.Window> calm = new ArrayList<>();
    List<WatchReport.Window> changing = new ArrayList<>();
    PodCluster.Told told = cluster.rest();
    for (int round = 0; round < load.rounds(); round++) {
      calm.add(window(decisions, 0));
      cluster.change();
      long before = told.changes();
      WatchReport.Window window = window(decisions, 0);
      told = cluster.rest();
      changing.add(window.with(told.changes() - before));
    }
    long wanted = told.fingerprint();
    boolean equal = await(() -> fingerprint() == wanted);
    return new WatchReport(load, cold, calm, changing, told, decisions.refused(), equal);
  }

  private WatchReport.Window window(Decisions decisions, long changes) throws InterruptedException {
    decisions.nanos().reset();
    seenMicros.reset();
    Usage before = Usage.now();
    long from = System.nanoTime();
    Thread.sleep(load.window());
    Histogram nanos = decisions.nanos().getIntervalHistogram();
    Usage used = Usage.now().since(before);
    return new WatchReport.Window(
        System.nanoTime() - from, changes, used, nanos, seenMicros.getIntervalHistogram());
  }

  private static boolean await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
      Thread.sleep(POLL_MILLIS);
    }
    return condition.getAsBoolean();
  }

  private long fingerprint() {
    return pool.snapshot().endpoints().stream()
        .mapToLong(endpoint -> PodServer.fingerprint(endpoint.name(), stamp(endpoint)))
        .sum();
  }

  private static String stamp(Endpoint endpoint) {
    return endpoint.labels().getOrDefault("bench", "");
  }

  private static KubeConfig config(Path kubeconfig) {
    return new KubeConfig(
        Optional.of(PodServer.NAMESPACE),
        PodServer.POOL,
        Optional.empty(),
        Optional.empty(),
        Optional.of(kubeconfig),
        false,
        false,
        Optional.empty(),
        KubeConfig.Timing.DEFAULT);
  }

  /** How old a change is when it is about to be served from. */
  private final class Arrivals implements PoolListener {
    @Override
    public void added(Endpoint endpoint) {
      String stamp = stamp(endpoint);
      if (!stamp.equals("0")) {
        seenMicros.recordValue(PodsCommand.since(Integer.parseInt(stamp)));
      }
    }
  }
}
