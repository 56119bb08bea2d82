package io.pickwick.epp;

import io.pickwick.epp.admin.Guard;
import io.pickwick.epp.config.Flags;
import io.pickwick.epp.live.Live;
import io.pickwick.epp.telemetry.KubeMetrics;
import io.pickwick.kube.KubeConfig;
import io.pickwick.kube.KubeSource;
import io.pickwick.kube.KubeStatus;
import io.pickwick.pool.FileWatch;
import io.pickwick.pool.Pool;
import io.pickwick.resource.Resources;
import io.pickwick.schedule.spec.SpecException;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the pool's endpoints are from: a file, or the pods of an InferencePool. */
sealed interface EndpointSource extends AutoCloseable {
  /** Begins to keep the pool as the source says. */
  void start();

  /** Why it is not all read; absent when it is. */
  Optional<String> unread();

  /** Which snapshot of the cluster's resources is in force; absent where there is no cluster. */
  OptionalLong generation();

  /** Who may read pages about the pool, as the cluster has it; everybody where there is none. */
  Guard guard();

  /** Registers what can be told of it in numbers. */
  void register(PrometheusRegistry registry);

  @Override
  void close();

  /** A file that is watched. */
  record OfFile(FileWatch watch) implements EndpointSource {
    @Override
    public void start() {
      watch.start();
    }

    @Override
    public Optional<String> unread() {
      return watch.lastMistake();
    }

    @Override
    public OptionalLong generation() {
      return OptionalLong.empty();
    }

    @Override
    public Guard guard() {
      return Guard.NONE;
    }

    @Override
    public void register(PrometheusRegistry registry) {}

    @Override
    public void close() {
      watch.close();
    }
  }

  /** An InferencePool, its pods, and the resources that steer it. */
  record OfKubernetes(KubeSource source, ScheduledExecutorService scheduler)
      implements EndpointSource {
    private static final Logger log = LoggerFactory.getLogger(EndpointSource.class);

    static OfKubernetes of(Flags flags, Pool pool, Live live) {
      ScheduledExecutorService scheduler =
          Executors.newSingleThreadScheduledExecutor(
              Thread.ofPlatform().daemon().name("kube-apply").factory());
      return new OfKubernetes(
          new KubeSource(config(flags), pool, resources -> steer(live, resources), scheduler),
          scheduler);
    }

    private static KubeConfig config(Flags flags) {
      return new KubeConfig(
          Optional.of(flags.poolNamespace()),
          flags.poolName(),
          flags.poolGroup(),
          flags.podLabels().map(labels -> new KubeConfig.PodSelection(labels, flags.podPorts())),
          flags.kubeconfig(),
          true,
          flags.attachesRoutes(),
          flags.electsLeader()
              ? Optional.of(new KubeConfig.Election(flags.poolName() + "-epp", identity()))
              : Optional.empty(),
          KubeConfig.Timing.DEFAULT);
    }

    private static String identity() {
      Optional<String> pod = Optional.ofNullable(System.getenv("POD_NAME"));
      return pod.or(() -> Optional.ofNullable(System.getenv("HOSTNAME")))
          .orElseGet(() -> "pickwick-" + ProcessHandle.current().pid());
    }

    private static void steer(Live live, Resources resources) {
      try {
        live.steer(resources);
      } catch (SpecException e) {
        log.warn("resources are not in force, all stays as it was: {}", e.getMessage());
      }
    }

    @Override
    public void start() {
      source.start();
    }

    @Override
    public Optional<String> unread() {
      KubeStatus status = source.status();
      return status.synced()
          ? Optional.empty()
          : Optional.of("Kubernetes: " + String.join("; ", status.words()));
    }

    @Override
    public OptionalLong generation() {
      return OptionalLong.of(source.status().generation());
    }

    @Override
    public Guard guard() {
      return new KubeGuard(source.access());
    }

    @Override
    public void register(PrometheusRegistry registry) {
      KubeMetrics.register(registry, source::status);
    }

    @Override
    public void close() {
      source.close();
      scheduler.shutdownNow();
    }
  }
}
