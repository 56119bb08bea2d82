package io.pickwick.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.pickwick.kube.KubeConfig.Timing;
import io.pickwick.pool.Pool;
import io.pickwick.resource.Resources;
import io.pickwick.schedule.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** A source under test with the pool that it fills and the snapshots that it passed on. */
final class Watching implements AutoCloseable {
  static final Timing QUICK =
      new Timing(
          Duration.ofMillis(5),
          Duration.ofMillis(20),
          Duration.ofMillis(200),
          Duration.ofSeconds(20),
          Duration.ofSeconds(60),
          Duration.ofMillis(300));

  final Pool pool = new Pool();
  final List<Resources> passedOn = new CopyOnWriteArrayList<>();
  final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  final KubeSource source;

  Watching(FakeKube kube) {
    this(kube, config(QUICK));
  }

  Watching(FakeKube kube, KubeConfig config) {
    this(
        config,
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(Config.empty())
                    .withMasterUrl(kube.url())
                    .withNamespace("llm")
                    .withHttp2Disable(true)
                    .withRequestRetryBackoffLimit(0)
                    .build())
            .build());
  }

  Watching(KubeConfig config, KubernetesClient client) {
    source =
        new KubeSource(
            config,
            client,
            pool,
            passedOn::add,
            scheduler,
            Thread.ofVirtual().name("kube-", 0).factory(),
            RandomGenerator.of("L64X128MixRandom"),
            System::nanoTime);
  }

  static KubeConfig config(Timing timing) {
    return new KubeConfig(
        Optional.of("llm"),
        "pool",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        false,
        Optional.empty(),
        timing);
  }

  Watching start() {
    source.start();
    return this;
  }

  List<String> endpoints() {
    return pool.snapshot().endpoints().stream()
        .map(endpoint -> endpoint.name() + "@" + endpoint.address() + ":" + endpoint.port())
        .toList();
  }

  Endpoint endpoint(int index) {
    return pool.snapshot().endpoints().get(index);
  }

  Resources resources() {
    return passedOn.isEmpty() ? Resources.NONE : passedOn.getLast();
  }

  KubeStatus.Kind kind(String name, String group) {
    return source.status().kinds().stream()
        .filter(kind -> kind.name().equals(name) && kind.group().equals(group))
        .findFirst()
        .orElseThrow();
  }

  void eventually(Supplier<?> actual, Object wanted) {
    until(() -> wanted.equals(actual.get()));
    assertThat((Object) actual.get()).isEqualTo(wanted);
  }

  void until(BooleanSupplier condition) {
    long patienceEnds = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() - patienceEnds < 0) {
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(condition.getAsBoolean())
        .as("not within half a minute; endpoints %s; status %s", endpoints(), source.status())
        .isTrue();
  }

  @Override
  public void close() {
    source.close();
    scheduler.shutdownNow();
  }
}
