package io.pickwick.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether this replica is the one of several that holds their Lease. */
final class Leadership implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Leadership.class);

  // The periods of Kubernetes' own controllers.
  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration RENEW = Duration.ofSeconds(10);
  private static final Duration RETRY = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final LeaderElectionConfig config;
  private final ScheduledExecutorService scheduler;
  private Optional<CompletableFuture<?>> running = Optional.empty();
  private boolean closed;
  private volatile boolean leads;

  /**
   * @param elected is told whenever this replica becomes the leader
   * @param scheduler on which an election that ended is begun anew
   */
  Leadership(
      KubernetesClient client,
      String namespace,
      KubeConfig.Election election,
      Runnable elected,
      ScheduledExecutorService scheduler) {
    this.client = client;
    this.scheduler = scheduler;
    this.config =
        new LeaderElectionConfigBuilder()
            .withName(election.lease())
            .withLock(new LeaseLock(namespace, election.lease(), election.identity()))
            .withLeaseDuration(LEASE)
            .withRenewDeadline(RENEW)
            .withRetryPeriod(RETRY)
            .withReleaseOnCancel(true)
            .withLeaderCallbacks(
                new LeaderCallbacks(
                    () -> {
                      leads = true;
                      log.info("we lead, and write status: identity={}", election.identity());
                      elected.run();
                    },
                    () -> {
                      leads = false;
                      log.info("we lead no more: identity={}", election.identity());
                    },
                    leader -> log.debug("leader: {}", leader)))
            .build();
  }

  boolean leads() {
    return leads;
  }

  synchronized void start() {
    if (closed) {
      return;
    }
    CompletableFuture<?> election = client.leaderElector().withConfig(config).build().start();
    running = Optional.of(election);
    // It ends when the Lease could not be renewed in time; then we stand again.
    var _ =
        election.whenComplete((done, failure) -> {
          leads = false;
          again();
        });
  }

  private synchronized void again() {
    if (!closed) {
      var _ = scheduler.schedule(this::start, RETRY.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Gives the Lease back, where the API server takes it soon. */
  @Override
  public void close() {
    Optional<CompletableFuture<?>> election;
    synchronized (this) {
      closed = true;
      election = running;
    }
    if (election.isPresent()) {
      // Cancelling asks the API server in the caller's thread, and an API server that is away may
      // let it wait for long.
      Thread release = Thread.ofVirtual().start(() -> election.get().cancel(true));
      try {
        if (!release.join(RETRY)) {
          log.info("the Lease is not given back, it expires");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
