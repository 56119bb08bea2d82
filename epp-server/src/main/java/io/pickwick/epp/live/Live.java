package io.pickwick.epp.live;

import io.pickwick.epp.config.Flags;
import io.pickwick.epp.decide.EstimatedPrompts;
import io.pickwick.epp.decide.Policy;
import io.pickwick.epp.decide.PromptViews;
import io.pickwick.epp.prefix.PrecisePrefix;
import io.pickwick.epp.prompt.HashedPrompts;
import io.pickwick.epp.prompt.PromptReader;
import io.pickwick.epp.rehearsal.Stage;
import io.pickwick.epp.telemetry.ProcessMetrics;
import io.pickwick.kv.history.PrefixHistory;
import io.pickwick.pool.Pool;
import io.pickwick.pool.PoolListener;
import io.pickwick.resource.Resources;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.PrefixSettings;
import io.pickwick.schedule.Scheduler;
import io.pickwick.schedule.spec.Spec;
import io.pickwick.schedule.spec.SpecException;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What requests are decided by: put together from what is configured, and swapped as a whole when
 * that changes.
 *
 * <p>A change is checked together with all that is said elsewhere before anything happens. If it is
 * wrong, {@link SpecException} names the place, and what was in force stays in force.
 */
public final class Live implements AutoCloseable {
  /*
   * Changes take turns under a lock; requests read one volatile reference. What a change leaves as
   * it was is taken over: the history of estimated prefixes while blocks are cut the same way, the
   * index of KV events while all that it depends on stays. Ports that the next one may need are free
   * before it starts; requests are estimated meanwhile. Prompts that are being looked up in the old
   * one get their answer there.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Live.class);
  private static final Duration TUNING = Duration.ofSeconds(5);
  private static final Duration GRACE = Duration.ofSeconds(30);

  private final Flags flags;
  private final Pool pool;
  private final LongSupplier nanos;
  private final long secret = new SecureRandom().nextLong();
  private final LongAdder refused = new LongAdder();
  private String lastRefusal = "";
  private final ReentrantLock changing = new ReentrantLock();
  private Inputs inputs = Inputs.NONE;
  private List<String> told = List.of();
  private volatile Optional<InForce> now = Optional.empty();

  /** All that is in force at one time. */
  private record InForce(
      long generation,
      Inputs.Plan plan,
      Policy policy,
      Estimate estimate,
      Optional<Tracking> tracking) {
    /** The same with other views of prompts. */
    InForce with(PromptViews prompts, Optional<Tracking> tracking) {
      return new InForce(
          generation,
          plan,
          new Policy(policy.models(), policy.scheduler(), prompts, policy.bytesPerToken()),
          estimate,
          tracking);
    }
  }

  /** The history of what was sent where, and what depends on how it cuts prompts into blocks. */
  private record Estimate(
      PrefixSettings settings,
      PrefixHistory history,
      HashedPrompts readers,
      PoolListener forgetting,
      Optional<HistoryTuning> tuning) {
    boolean serves(Inputs.Plan next) {
      return settings.equals(next.config().prefix());
    }
  }

  /** What follows the engines' events. */
  private record Tracking(PrecisePrefix prefix, PrometheusRegistry metrics) {}

  /** Nothing is in force before {@link #start}. */
  public Live(Flags flags, Pool pool, LongSupplier nanos) {
    this.flags = flags;
    this.pool = pool;
    this.nanos = nanos;
  }

  /**
   * Puts in force what was said until now.
   *
   * @throws SpecException when it does not go together
   * @throws IOException when a port can't be had or a file can't be used
   */
  public void start() throws IOException {
    changing.lock();
    try {
      Inputs.Plan plan = inputs.plan(flags);
      Estimate estimate = estimate(plan);
      publish(1, plan, estimate, tracking(prepared(plan), estimate));
    } finally {
      changing.unlock();
    }
  }

  /** What the configuration file says from now on. */
  public void configure(ConfigFile file) {
    change(before -> before.with(file));
  }

  /** The pool's traffic policy from now on. */
  public void govern(Optional<Spec> policy) {
    change(before -> before.with(policy));
  }

  /** What steers the pool besides, from now on. */
  public void steer(Resources resources) {
    change(before -> before.with(resources));
  }

  private void change(UnaryOperator<Inputs> by) {
    changing.lock();
    try {
      Inputs next = by.apply(inputs);
      if (now.isPresent()) {
        change(now.orElseThrow(), next.plan(flags));
      }
      inputs = next;
      lastRefusal = "";
    } catch (SpecException e) {
      count(e);
      throw e;
    } finally {
      changing.unlock();
    }
  }

  /** What can be read of a file. */
  public interface Reading<T> {
    /** Reads it. */
    T read() throws IOException;
  }

  /**
   * What a file says, by which something is to be changed; when it is wrong, that is a change
   * refused.
   */
  public <T> T read(Reading<T> file) throws IOException {
    try {
      return file.read();
    } catch (SpecException e) {
      changing.lock();
      try {
        count(e);
      } finally {
        changing.unlock();
      }
      throw e;
    }
  }

  /** A file that is wrong is looked at again and again; it is one change all the same. */
  private void count(SpecException refusal) {
    String words = String.valueOf(refusal.getMessage());
    if (!words.equals(lastRefusal)) {
      refused.increment();
    }
    lastRefusal = words;
  }

  private void change(InForce before, Inputs.Plan plan) {
    long generation = before.generation() + 1;
    boolean cutsAlike = before.estimate().serves(plan);
    if (cutsAlike && before.plan().settings().silent().equals(plan.settings().silent())) {
      publish(generation, plan, before.estimate(), before.tracking());
      return;
    }
    Optional<PrecisePrefix.Prepared> prepared;
    try {
      prepared = prepared(plan);
    } catch (IOException e) {
      throw refusal(e);
    }
    before.tracking().ifPresent(old -> retire(before, old));
    Estimate estimate = cutsAlike ? before.estimate() : estimate(plan);
    Optional<Tracking> tracking;
    try {
      tracking = tracking(prepared, estimate);
    } catch (IOException e) {
      if (!cutsAlike) {
        end(estimate);
      }
      back(before);
      throw refusal(e);
    }
    publish(generation, plan, estimate, tracking);
    if (!cutsAlike) {
      end(before.estimate());
    }
  }

  /** Ports are given back before others are taken; until those serve, prompts are estimated. */
  private void retire(InForce before, Tracking old) {
    now =
        Optional.of(
            before.with(new EstimatedPrompts(before.estimate().history()), Optional.empty()));
    pool.unlisten(old.prefix());
    old.prefix().retire(GRACE);
  }

  private void back(InForce before) {
    try {
      Optional<Tracking> again = tracking(prepared(before.plan()), before.estimate());
      now =
          Optional.of(
              before.with(prompts(before.plan().prefixes(), before.estimate(), again), again));
    } catch (IOException e) {
      LOG.error("KV events can't be followed any more: prefixes are estimated", e);
    }
  }

  private static SpecException refusal(IOException why) {
    LOG.debug("KV events could not be followed as told", why);
    return new SpecException("KV events", String.valueOf(why.getMessage()));
  }

  private Estimate estimate(Inputs.Plan plan) {
    PrefixHistory history =
        new PrefixHistory(
            plan.layout().blockTokens(),
            plan.config().prefix().capacityBlocks().orElse(PrefixHistory.DEFAULT_CAPACITY));
    PoolListener forgetting = new Forgetting(history);
    pool.listen(forgetting);
    return new Estimate(
        plan.config().prefix(),
        history,
        new HashedPrompts(plan.layout(), secret),
        forgetting,
        plan.config().prefix().autoTune().orElse(true)
            ? Optional.of(
                new HistoryTuning(pool::snapshot, history, plan.layout().blockTokens(), TUNING))
            : Optional.empty());
  }

  private void end(Estimate estimate) {
    pool.unlisten(estimate.forgetting());
    estimate.tuning().ifPresent(HistoryTuning::close);
  }

  private static Optional<PrecisePrefix.Prepared> prepared(Inputs.Plan plan) throws IOException {
    return plan.settings().tracking()
        ? Optional.of(PrecisePrefix.prepare(plan.settings()))
        : Optional.empty();
  }

  private Optional<Tracking> tracking(Optional<PrecisePrefix.Prepared> prepared, Estimate estimate)
      throws IOException {
    if (prepared.isEmpty()) {
      return Optional.empty();
    }
    PrecisePrefix prefix =
        PrecisePrefix.start(
            prepared.orElseThrow(),
            pool::snapshot,
            new EstimatedPrompts(estimate.history()),
            nanos);
    PrometheusRegistry metrics = new PrometheusRegistry();
    prefix.register(metrics);
    pool.listen(prefix);
    return Optional.of(new Tracking(prefix, metrics));
  }

  private static PromptViews prompts(
      boolean prefixes, Estimate estimate, Optional<Tracking> tracking) {
    if (tracking.isPresent()) {
      return tracking.orElseThrow().prefix().prompts();
    }
    PromptViews estimated = new EstimatedPrompts(estimate.history());
    return prefixes ? estimated : new LoadAlone(estimated);
  }

  private void publish(
      long generation, Inputs.Plan plan, Estimate estimate, Optional<Tracking> tracking) {
    plan.notices().stream().filter(notice -> !told.contains(notice)).forEach(LOG::warn);
    told = plan.notices();
    now =
        Optional.of(
            new InForce(
                generation,
                plan,
                new Policy(
                    plan.models(),
                    scheduler(plan),
                    prompts(plan.prefixes(), estimate, tracking),
                    plan.layout().bytesPerToken()),
                estimate,
                tracking));
    LOG.atInfo()
        .addKeyValue("generation", generation)
        .addKeyValue("profile", plan.config().profile().name())
        .addKeyValue("prefix", mode(plan))
        .log("configuration in force");
  }

  private InForce inForce() {
    return now.orElseThrow(() -> new IllegalStateException("not started"));
  }

  /** What a request is decided by now. */
  public Policy policy() {
    return inForce().policy();
  }

  /** A reader of one prompt, as its policy wants it. */
  public PromptReader reader() {
    return inForce().estimate().readers().get();
  }

  /**
   * What made-up requests are decided by: what would be in force with this configuration, but with
   * nothing that requests change shared with what is.
   *
   * @param endpoints that no real request meets
   */
  public Stage rehearsal(ConfigFile file, Supplier<List<Endpoint>> endpoints) {
    Inputs.Plan plan;
    changing.lock();
    try {
      plan = inputs.with(file).plan(flags);
    } finally {
      changing.unlock();
    }
    PrefixHistory history =
        new PrefixHistory(plan.layout().blockTokens(), PrefixHistory.DEFAULT_CAPACITY);
    PromptViews estimated = new EstimatedPrompts(history);
    PromptViews prompts =
        inForce()
            .tracking()
            .map(it -> it.prefix().rehearsal(endpoints, estimated))
            .orElseGet(() -> plan.prefixes() ? estimated : new LoadAlone(estimated));
    return new Stage(
        new Policy(plan.models(), scheduler(plan), prompts, plan.layout().bytesPerToken()),
        new HashedPrompts(plan.layout(), secret));
  }

  private Scheduler scheduler(Inputs.Plan plan) {
    return new Scheduler(
        plan.config().profile(),
        flags.metricsStalenessThreshold().toNanos(),
        ThreadLocalRandom::current);
  }

  /** How many changes were put in force, the first one included. */
  public long generation() {
    return inForce().generation();
  }

  /** The base model as it is configured; empty when each endpoint tells. */
  public String baseModel() {
    return inForce().plan().settings().model().orElse("");
  }

  /** Whether KV events that were missed are still being replayed. */
  public boolean catchingUp() {
    return inForce().tracking().map(it -> it.prefix().catchingUp()).orElse(false);
  }

  /** How many prompt blocks are remembered of an endpoint. */
  public int rememberedBlocks(Endpoint endpoint) {
    return inForce().estimate().history().blocks(endpoint.slot());
  }

  /** What else is to be told of an endpoint on the admin page. */
  public Map<String, Object> notes(Endpoint endpoint) {
    return inForce().tracking().map(it -> it.prefix().notes(endpoint)).orElse(Map.of());
  }

  /** How prompts are matched with what endpoints hold, for the admin page. */
  public Map<String, Object> prefix() {
    InForce it = inForce();
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("mode", mode(it.plan()));
    it.tracking().ifPresent(tracking -> told.putAll(tracking.prefix().settings()));
    return told;
  }

  private static String mode(Inputs.Plan plan) {
    return plan.prefixes() ? plan.settings().mode().name().toLowerCase(Locale.ROOT) : "ignored";
  }

  /** Registers all that can be told in numbers. */
  public void register(PrometheusRegistry registry) {
    new ProcessMetrics(registry)
        .gauge(
            "pickwick_config_generation",
            "Configurations put in force since the start.",
            this::generation)
        .counter(
            "pickwick_config_refused_total",
            "Changes of the configuration that were wrong and not put in force.",
            refused::sum)
        .gauge(
            "pickwick_prefix_history_bytes",
            "Memory of the prefix history.",
            () -> inForce().estimate().history().bytes());
    MultiCollector tracking =
        () ->
            inForce()
                .tracking()
                .map(it -> it.metrics().scrape())
                .orElseGet(() -> new MetricSnapshots(List.of()));
    registry.register(tracking);
  }

  @Override
  public void close() {
    changing.lock();
    try {
      now.ifPresent(it -> {
        it.tracking().ifPresent(tracking -> tracking.prefix().close());
        end(it.estimate());
      });
    } finally {
      changing.unlock();
    }
  }

  /** Empties an endpoint's history when it leaves the pool. */
  private record Forgetting(PrefixHistory history) implements PoolListener {
    @Override
    public void added(Endpoint endpoint) {
      // A request that held an old snapshot may have written here since the last one left.
      history.forget(endpoint.slot());
    }

    @Override
    public void removed(Endpoint endpoint) {
      history.forget(endpoint.slot());
    }
  }
}
