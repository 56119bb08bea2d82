package io.pickwick.kube;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.pickwick.kube.KubeStatus.Mistake;
import io.pickwick.model.ModelTable;
import io.pickwick.pool.DeclaredEndpoint;
import io.pickwick.pool.Pool;
import io.pickwick.resource.InferenceModel;
import io.pickwick.resource.InferenceModelRewrite;
import io.pickwick.resource.InferenceObjective;
import io.pickwick.resource.InferencePool;
import io.pickwick.resource.InferenceTrafficPolicy;
import io.pickwick.resource.PodEndpoints;
import io.pickwick.resource.PodFacts;
import io.pickwick.resource.PoolAnnotations.Listener;
import io.pickwick.resource.PoolId;
import io.pickwick.resource.Resources;
import io.pickwick.schedule.spec.Spec;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a pool and the resources that steer us equal to what a Kubernetes API server has.
 *
 * <p>Nothing that the API server does or leaves undone empties the pool or takes a resource out of
 * force, except its plain word that they are gone. Each kind is kept by itself: one that may not be
 * read, or that the cluster does not have, holds up no other.
 */
public final class KubeSource implements AutoCloseable {
  // Every kind has a KindWatch with its own thread, which tells of changes. They are gathered for a
  // moment and applied together on the scheduler, under one lock: a burst costs one snapshot. The
  // larger the pool, the longer an application takes and the longer is gathered for the next, so
  // that a pool in which pods come and go all the time costs a bounded share of a core.
  //
  // Pods are watched by the pool's selector. When it changes, another watch begins; until that one
  // has read all pods, the old one goes on with the pool as it was, so that the pool is never
  // half-known. A pool that is gone, and does not come back at once as when it is replaced, empties
  // the pool, but its pods stay watched for the next.

  private static final Logger log = LoggerFactory.getLogger(KubeSource.class);

  private static final Duration STATUS_SPACING = Duration.ofMillis(50);

  /** How many times as long as changes took to apply the next ones wait, if they come at once. */
  private static final int REST = 100;

  /** The longest that changes are gathered, in times of the shortest. */
  private static final int LONGEST_GATHERING = 10;

  private final KubeConfig config;
  private final KubernetesClient client;
  private final ApiServer api;
  private final String namespace;
  private final Pool pool;
  private final Consumer<Resources> consumer;
  private final ScheduledExecutorService scheduler;
  private final ThreadFactory threads;
  private final RetryPace pace;
  private final LongSupplier nanos;

  private final Optional<InferencePool> given;
  private final List<KindWatch<InferencePool>> pools = new ArrayList<>();
  private final KindWatch<InferenceModel> models;
  private final List<KindWatch<InferenceObjective>> objectives = new ArrayList<>();
  private final List<KindWatch<InferenceModelRewrite>> rewrites = new ArrayList<>();
  private final KindWatch<InferenceTrafficPolicy> policies;
  private final Optional<StatusWriter> status;
  private final Optional<RouteWriter> route;
  private final Optional<Leadership> leadership;
  private final AtomicBoolean gathering = new AtomicBoolean();
  private final ReentrantLock applying = new ReentrantLock();

  // Guarded by applying:
  private final PodEndpoints endpoints = new PodEndpoints();
  private Optional<PodWatch> serving = Optional.empty();
  private Optional<PodWatch> coming = Optional.empty();
  private Optional<InferencePool> servingPool = Optional.empty();
  private Applied applied = Applied.NOTHING;
  private long resourceChanges = -1;
  private List<String> poolMistakes = List.of();
  private Optional<InferencePool> attached = Optional.empty();
  private Optional<Long> goneAt = Optional.empty();
  private @Nullable ScheduledFuture<?> silence;
  private boolean closed;

  private final AtomicLong generation = new AtomicLong();
  private volatile boolean endpointsKnown;
  private volatile long restUntil;

  /**
   * Makes a source that knows nothing yet.
   *
   * @param config what to watch, and where
   * @param pool is kept equal to the pods
   * @param consumer gets every new snapshot of the resources, on the scheduler, one at a time
   * @param scheduler on which changes are applied; nothing on it may wait long
   */
  public KubeSource(
      KubeConfig config,
      Pool pool,
      Consumer<Resources> consumer,
      ScheduledExecutorService scheduler) {
    this(
        config,
        client(config),
        pool,
        consumer,
        scheduler,
        Thread.ofVirtual().name("kube-", 0).factory(),
        RandomGenerator.getDefault(),
        System::nanoTime);
  }

  KubeSource(
      KubeConfig config,
      KubernetesClient client,
      Pool pool,
      Consumer<Resources> consumer,
      ScheduledExecutorService scheduler,
      ThreadFactory threads,
      RandomGenerator random,
      LongSupplier nanos) {
    this.config = config;
    this.client = client;
    this.api = new ApiServer(client, config.timing().request());
    this.namespace =
        config
            .namespace()
            .or(() -> Optional.ofNullable(client.getConfiguration().getNamespace()))
            .orElse("default");
    this.pool = pool;
    this.consumer = consumer;
    this.scheduler = scheduler;
    this.threads = threads;
    this.pace = new RetryPace(config.timing().firstPause(), config.timing().longestPause(), random);
    this.nanos = nanos;
    this.restUntil = nanos.getAsLong();
    given =
        config
            .selection()
            .map(selection ->
                InferencePool.of(namespace, config.pool(), selection.labels(), selection.ports()));
    List<String> groups =
        given.isPresent()
            ? List.of()
            : config.poolGroup().map(List::of).orElse(List.of(PoolId.GROUP, PoolId.OLD_GROUP));
    for (String group : groups) {
      List<String> versions =
          group.equals(PoolId.OLD_GROUP) ? List.of("v1alpha2", "v1alpha1") : List.of("v1");
      pools.add(
          watch(
              custom(
                  InferencePool.KIND,
                  "inferencepools",
                  group,
                  versions,
                  group.equals(groups.getFirst()),
                  InferencePool::read),
              KindWatch.byName(config.pool())));
    }
    models =
        watch(
            custom(
                InferenceModel.KIND,
                "inferencemodels",
                PoolId.OLD_GROUP,
                List.of("v1alpha2", "v1alpha1"),
                false,
                InferenceModel::read),
            "");
    for (String group : List.of(PoolId.OLD_GROUP, "llm-d.ai")) {
      objectives.add(
          watch(
              custom(
                  InferenceObjective.KIND,
                  "inferenceobjectives",
                  group,
                  List.of("v1alpha2"),
                  false,
                  InferenceObjective::read),
              ""));
      rewrites.add(
          watch(
              custom(
                  InferenceModelRewrite.KIND,
                  "inferencemodelrewrites",
                  group,
                  List.of("v1alpha2"),
                  false,
                  InferenceModelRewrite::read),
              ""));
    }
    policies =
        watch(
            custom(
                InferenceTrafficPolicy.KIND,
                "inferencetrafficpolicies",
                "inferenceextension.alibabacloud.com",
                List.of("v1alpha1"),
                false,
                InferenceTrafficPolicy::read),
            "");
    leadership =
        config
            .election()
            .filter(election -> config.writeStatus() || config.attachRoutes())
            .map(election ->
                new Leadership(client, namespace, election, this::wakeWriters, scheduler));
    BooleanSupplier leads = leadership.<BooleanSupplier>map(of -> of::leads).orElse(() -> true);
    status =
        config.writeStatus()
            ? Optional.of(
                new StatusWriter(
                    api,
                    models::path,
                    leads,
                    InstantSource.system(),
                    pace,
                    STATUS_SPACING,
                    threads))
            : Optional.empty();
    route =
        config.attachRoutes() && given.isEmpty()
            ? Optional.of(new RouteWriter(api, namespace, leads, pace, threads))
            : Optional.empty();
  }

  /** The namespace that is watched. */
  public String namespace() {
    return namespace;
  }

  /** Begins to watch. */
  public void start() {
    log.info(
        "watching: url={} namespace={} pool={}", client.getMasterUrl(), namespace, config.pool());
    status.ifPresent(StatusWriter::start);
    route.ifPresent(RouteWriter::start);
    leadership.ifPresent(Leadership::start);
    resourceWatches().forEach(KindWatch::start);
    changed();
    long period = Math.max(1, config.timing().silence().toMillis() / 4);
    applying.lock();
    try {
      silence =
          scheduler.scheduleWithFixedDelay(
              this::checkSilence, period, period, TimeUnit.MILLISECONDS);
    } finally {
      applying.unlock();
    }
  }

  /** Tells who may read pages of ours; it asks the same API server. */
  public AccessReview access() {
    return new AccessReview(api, nanos);
  }

  /** How well everything is known. */
  public KubeStatus status() {
    List<KubeStatus.Kind> kinds = new ArrayList<>();
    applying.lock();
    try {
      pools.forEach(watch -> kinds.add(withAnnotations(watch)));
      coming.or(() -> serving).ifPresent(pods -> kinds.add(pods.watch.status()));
      otherWatches().forEach(watch -> kinds.add(watch.status()));
    } finally {
      applying.unlock();
    }
    long passedOn = generation.get();
    return new KubeStatus(kinds, passedOn, endpointsKnown && passedOn > 0);
  }

  @Override
  public void close() {
    applying.lock();
    try {
      closed = true;
      if (silence != null) {
        silence.cancel(false);
      }
      resourceWatches().forEach(KindWatch::close);
      serving.ifPresent(pods -> pods.watch.close());
      coming.ifPresent(pods -> pods.watch.close());
      status.ifPresent(StatusWriter::close);
      route.ifPresent(RouteWriter::close);
    } finally {
      applying.unlock();
    }
    leadership.ifPresent(Leadership::close);
    client.close();
  }

  private void changed() {
    if (gathering.compareAndSet(false, true)) {
      long shortest = config.timing().coalesce().toNanos();
      long rest = restUntil - nanos.getAsLong();
      long delay = Math.clamp(rest, shortest, LONGEST_GATHERING * shortest);
      var _ = scheduler.schedule(this::applyChanges, delay, TimeUnit.NANOSECONDS);
    }
  }

  private void applyChanges() {
    gathering.set(false);
    applying.lock();
    long began = nanos.getAsLong();
    try {
      if (closed || !(given.isPresent() || poolsAnswered())) {
        return;
      }
      Optional<InferencePool> current =
          given.or(
              () -> pools.stream().flatMap(watch -> watch.copies().inForce().stream()).findFirst());
      tellMistakes(current);
      attach(current);
      watchPods(current);
      applyEndpoints(current);
      passOn(current);
    } catch (RuntimeException e) {
      // Whatever goes wrong with this state of things, the next one must still be applied.
      log.error("the cluster's state could not be applied", e);
    } finally {
      long ended = nanos.getAsLong();
      restUntil = ended + REST * (ended - began);
      applying.unlock();
    }
  }

  private boolean poolsAnswered() {
    // Without an answer about the wanted group, another group's pool is not to be believed, and
    // neither is the lack of one.
    return pools.getFirst().answered()
        && pools.stream().anyMatch(KindWatch::synced)
        && pools.stream().allMatch(KindWatch::tried);
  }

  private void tellMistakes(Optional<InferencePool> current) {
    List<String> mistakes = current.map(of -> of.annotations().mistakes()).orElse(List.of());
    if (!mistakes.equals(poolMistakes)) {
      poolMistakes = mistakes;
      mistakes.forEach(mistake -> log.warn("an annotation of the pool is not used: {}", mistake));
    }
  }

  private void attach(Optional<InferencePool> current) {
    // Without a pool nothing is wanted: the route goes with it.
    if (current.isEmpty() || current.equals(attached)) {
      return;
    }
    Optional<Listener> before = attached.flatMap(of -> of.annotations().attachTo());
    Optional<Listener> now = current.get().annotations().attachTo();
    attached = current;
    if (route.isPresent()) {
      route.get().want(current.get());
    } else if (now.isPresent() && !now.equals(before)) {
      log.info(
          "the pool is to be attached to a listener, which is left to an HTTPRoute of yours:"
              + " gateway={} port={}; --attach-routes makes one",
          now.get().name(),
          now.get().port());
    }
  }

  private void watchPods(Optional<InferencePool> current) {
    if (current.isPresent()) {
      Map<String, String> selector = current.get().selector();
      if (serving.isPresent() && serving.get().selector.equals(selector)) {
        coming.ifPresent(pods -> pods.watch.close());
        coming = Optional.empty();
      } else if (coming.isEmpty() || !coming.get().selector.equals(selector)) {
        coming.ifPresent(pods -> pods.watch.close());
        KindWatch<PodFacts> watch =
            watch(
                new WatchedKind<>("Pod", "pods", "", List.of("v1"), true, new PodReader(namespace)),
                KindWatch.byLabels(selector));
        coming = Optional.of(new PodWatch(selector, watch));
        watch.start();
      }
    }
    if (coming.isPresent() && coming.get().watch.synced()) {
      serving.ifPresent(pods -> pods.watch.close());
      serving = coming;
      coming = Optional.empty();
    }
    if (serving.isPresent()
        && current.map(of -> of.selector().equals(serving.get().selector)).orElse(true)) {
      servingPool = current;
    }
  }

  private void applyEndpoints(Optional<InferencePool> current) {
    if (current.isPresent()) {
      goneAt = Optional.empty();
    }
    if (current.isEmpty()) {
      long now = nanos.getAsLong();
      long left = config.timing().poolGone().toNanos() - (now - goneAt.orElse(now));
      if (left <= 0 || pool.snapshot().endpoints().isEmpty()) {
        apply(Applied.EMPTY, List::of);
      } else if (goneAt.isEmpty()) {
        log.warn("the InferencePool {}/{} is gone", namespace, config.pool());
        goneAt = Optional.of(now);
        var _ = scheduler.schedule(this::changed, left, TimeUnit.NANOSECONDS);
      }
    } else if (serving.isPresent() && servingPool.isPresent()) {
      Copies<PodFacts> pods = serving.get().watch.copies();
      InferencePool of = servingPool.get();
      // The count is taken first: what changes meanwhile is then applied once more, not missed.
      apply(
          new Applied(servingPool, serving, pods.changes()),
          () -> endpoints.now(of, pods.inForce()));
    }
  }

  private void apply(Applied next, Supplier<List<DeclaredEndpoint>> declared) {
    if (!next.equals(applied)) {
      pool.apply(declared.get());
      applied = next;
      endpointsKnown = true;
    }
  }

  private void passOn(Optional<InferencePool> current) {
    if (!resourceWatches().allMatch(KindWatch::tried)) {
      return;
    }
    long changes = resourceWatches().mapToLong(watch -> watch.copies().changes()).sum();
    if (changes == resourceChanges) {
      return;
    }
    Resources resources =
        new Resources(
            current,
            models.copies().inForce(),
            inForce(objectives),
            inForce(rewrites),
            policies.copies().inForce());
    consumer.accept(resources);
    resourceChanges = changes;
    generation.incrementAndGet();
    status.ifPresent(writer -> writer.want(verdicts(resources)));
  }

  private List<Verdict> verdicts(Resources resources) {
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    resources
        .pool()
        .ifPresent(of ->
            ModelTable.of(of.id(), resources).acceptances().stream()
                .filter(acceptance -> acceptance.meta().kind().equals(InferenceModel.KIND))
                .map(Verdict::of)
                .forEach(verdict -> verdicts.put(verdict.uid(), verdict)));
    models.copies().mistakes().stream()
        .map(Verdict::of)
        .forEach(verdict -> verdicts.put(verdict.uid(), verdict));
    return List.copyOf(verdicts.values());
  }

  private void wakeWriters() {
    status.ifPresent(StatusWriter::wake);
    route.ifPresent(RouteWriter::wake);
  }

  private void checkSilence() {
    resourceWatches().forEach(KindWatch::checkSilence);
    applying.lock();
    try {
      serving.ifPresent(pods -> pods.watch.checkSilence());
      coming.ifPresent(pods -> pods.watch.checkSilence());
    } finally {
      applying.unlock();
    }
  }

  private Stream<KindWatch<?>> resourceWatches() {
    return Stream.concat(pools.stream(), otherWatches());
  }

  private Stream<KindWatch<?>> otherWatches() {
    return Stream.of(List.of(models), objectives, rewrites, List.of(policies))
        .flatMap(List::stream);
  }

  private KubeStatus.Kind withAnnotations(KindWatch<InferencePool> watch) {
    KubeStatus.Kind status = watch.status();
    List<Mistake> mistakes = new ArrayList<>(status.mistakes());
    for (InferencePool of : watch.copies().inForce()) {
      of.annotations()
          .mistakes()
          .forEach(message ->
              mistakes.add(
                  new Mistake(
                      InferencePool.KIND,
                      namespace,
                      of.meta().name(),
                      of.meta().uid(),
                      of.meta().generation(),
                      message)));
    }
    return status.with(mistakes);
  }

  private <T> KindWatch<T> watch(WatchedKind<T> kind, String selector) {
    return new KindWatch<>(
        kind, namespace, selector, api, config.timing(), pace, nanos, this::changed, threads);
  }

  private <T> WatchedKind<T> custom(
      String name,
      String plural,
      String group,
      List<String> versions,
      boolean needed,
      BiFunction<Spec, String, T> reader) {
    return new WatchedKind<>(
        name, plural, group, versions, needed, new CustomReader<>(name, namespace, reader));
  }

  private static <T> List<T> inForce(List<KindWatch<T>> watches) {
    return watches.stream().flatMap(watch -> watch.copies().inForce().stream()).toList();
  }

  private static KubernetesClient client(KubeConfig config) {
    Config found =
        config
            .kubeconfig()
            .map(Path::toFile)
            .map(Config::fromKubeconfig)
            .orElseGet(() -> Config.autoConfigure(null));
    Duration patience = config.timing().request();
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(found)
                // A connection for each watch: one that hangs then holds up no other.
                .withHttp2Disable(true)
                // We have our own pace.
                .withRequestRetryBackoffLimit(0)
                .withConnectionTimeout((int) patience.toMillis())
                .withRequestTimeout((int) patience.toMillis())
                .build())
        .build();
  }

  private record PodWatch(Map<String, String> selector, KindWatch<PodFacts> watch) {}

  /** What the pool was made of: the same again need not be applied. */
  private record Applied(Optional<InferencePool> pool, Optional<PodWatch> pods, long changes) {
    static final Applied NOTHING = new Applied(Optional.empty(), Optional.empty(), -1);
    static final Applied EMPTY = new Applied(Optional.empty(), Optional.empty(), 0);
  }
}
