package io.pickwick.epp.telemetry;

import io.pickwick.kv.feed.FeedState;
import io.pickwick.kv.feed.FeedStats;
import io.pickwick.kv.feed.FeedStatus;
import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Endpoint;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** What the engines' KV events brought, computed when it is read. */
public final class FeedMetrics {
  private static final double NANOS = 1e9;

  private final PrometheusRegistry registry;
  private final ProcessMetrics process;
  private final Supplier<PoolSnapshot> pool;
  private final Supplier<List<FeedStatus>> feeds;
  private final Supplier<FeedStats> stats;

  /** Registers everything. */
  public FeedMetrics(
      PrometheusRegistry registry,
      Supplier<PoolSnapshot> pool,
      Supplier<List<FeedStatus>> feeds,
      Supplier<FeedStats> stats) {
    this.registry = registry;
    this.process = new ProcessMetrics(registry);
    this.pool = pool;
    this.feeds = feeds;
    this.stats = stats;
    states();
    each(
        "pickwick_kv_feed_blocks", "Blocks that a publisher is known to hold.", FeedStatus::blocks);
    each(
        "pickwick_kv_feed_lag_seconds",
        "How long a publisher's oldest waiting message has waited.",
        feed -> feed.lagNanos() / NANOS);
    each(
        "pickwick_kv_feed_last_sequence",
        "The last message applied; -1 before the first.",
        FeedStatus::lastSequence);
    process.gauge(
        "pickwick_kv_lag_seconds",
        "How long the oldest waiting message of all publishers has waited.",
        () -> stats.get().lagNanos() / NANOS);
    count("messages", "KV event messages received.", FeedStats::messages);
    count("message_bytes", "Bytes of KV event messages received.", FeedStats::bytes);
    count("events", "KV events applied.", FeedStats::events);
    count("unreadable_events", "KV events that could not be read.", FeedStats::unreadableEvents);
    count(
        "unauthorised_messages",
        "KV event messages of somebody who may not speak for the endpoint named.",
        FeedStats::unauthorised);
    count(
        "foreign_messages",
        "KV event messages that name no endpoint of the pool.",
        FeedStats::foreignTopics);
    count("malformed_messages", "Messages that are no KV event messages.", FeedStats::malformed);
    count(
        "stale_messages",
        "KV event messages of a connection or an endpoint that is gone.",
        FeedStats::stale);
    count("duplicate_messages", "KV event messages that came twice.", FeedStats::duplicates);
    count("gaps", "Times that a KV event message was missing.", FeedStats::gaps);
    count(
        "losses",
        "Times that what was known of a publisher was dropped because messages are lost for good.",
        FeedStats::losses);
    count("restarts", "Times that a publisher began anew.", FeedStats::restarts);
    count("disconnects", "Connections to publishers lost.", FeedStats::disconnects);
    count(
        "overflows",
        "Times that a publisher's waiting messages were dropped.",
        FeedStats::overflows);
    count("replays", "Replays asked for.", FeedStats::replays);
    count("replay_failures", "Replays that ended without an answer.", FeedStats::replayFailures);
    count(
        "replayed_messages", "KV event messages that came by replay.", FeedStats::replayedMessages);
    count("stored_blocks", "Blocks stored or reported.", FeedStats::storedBlocks);
    count("removed_blocks", "Blocks removed that were known.", FeedStats::removedBlocks);
    count("unknown_blocks", "Blocks removed that were not known.", FeedStats::unknownBlocks);
    count(
        "ignored_blocks",
        "Blocks passed over: of other groups, or without a key.",
        FeedStats::ignoredBlocks);
    count(
        "refused_connections",
        "Connections for KV events refused because there were too many.",
        FeedStats::refusedConnections);
    count(
        "receiver_restarts",
        "Times that the thread that receives KV events died and began anew.",
        FeedStats::receiverRestarts);
    count(
        "lane_restarts",
        "Times that a thread that applies KV events died and began anew.",
        FeedStats::laneRestarts);
  }

  private void count(String what, String help, ToLongFunction<FeedStats> value) {
    process.counter("pickwick_kv_" + what + "_total", help, () -> value.applyAsLong(stats.get()));
  }

  private void states() {
    GaugeWithCallback.builder()
        .name("pickwick_kv_feed_state")
        .help("1 for the state that a publisher's feed is in.")
        .labelNames("model_server_pod", "rank", "state")
        .callback(callback -> {
          Map<Integer, String> names = names();
          for (FeedStatus feed : feeds.get()) {
            String name = names.get(feed.slot());
            if (name == null) {
              continue;
            }
            for (FeedState state : FeedState.values()) {
              callback.call(
                  feed.state() == state ? 1 : 0,
                  name,
                  Integer.toString(feed.rank()),
                  state.name().toLowerCase(Locale.ROOT));
            }
          }
        })
        .register(registry);
  }

  private void each(String name, String help, ToDoubleFunction<FeedStatus> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("model_server_pod", "rank")
        .callback(callback -> {
          Map<Integer, String> names = names();
          for (FeedStatus feed : feeds.get()) {
            String pod = names.get(feed.slot());
            if (pod != null) {
              callback.call(value.applyAsDouble(feed), pod, Integer.toString(feed.rank()));
            }
          }
        })
        .register(registry);
  }

  /** Endpoints' names by slot. */
  private Map<Integer, String> names() {
    Map<Integer, String> names = new HashMap<>();
    for (Endpoint endpoint : pool.get().endpoints()) {
      names.put(endpoint.slot(), endpoint.name());
    }
    return names;
  }
}
