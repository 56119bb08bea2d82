package io.pickwick.bench.simulate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.bench.engine.BlockHashing;
import io.pickwick.bench.events.EventAccidents;
import io.pickwick.bench.events.KvEventOptions;
import io.pickwick.bench.events.KvEvents;
import io.pickwick.bench.events.VllmHashing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.zeromq.ZContext;

/** The engines of one pod, one for each data-parallel rank, from its start to its end. */
final class Ranks implements AutoCloseable {
  private record Rank(EngineLoop loop, Meters meters, Optional<KvEvents> events) {}

  private final KvEventOptions options;
  private final String topic;
  private final List<Rank> ranks = new ArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();

  private Ranks(KvEventOptions options, String topic) {
    this.options = options;
    this.topic = topic;
  }

  /**
   * Starts the engines of a pod.
   *
   * @param index which of the pods it is
   * @throws IOException when a port of the events is taken; then nothing runs
   */
  static Ranks start(
      String name,
      int index,
      int port,
      SimulatorOptions options,
      MetricsTemplate template,
      ZContext context,
      InstantSource clock)
      throws IOException {
    KvEventOptions events = options.events();
    String host = options.addressOf(index);
    String topic =
        events
            .topic()
            .replace("{address}", host)
            .replace("{port}", Integer.toString(port))
            .replace("{model}", options.model());
    // At one address the pods need ports of their own: events and replays of each rank.
    int shift = options.spread() ? 0 : 2 * events.ranks() * index;
    Ranks all = new Ranks(events, topic);
    try {
      for (int rank = 0; rank < events.ranks(); rank++) {
        Optional<KvEvents> published =
            events.on()
                ? Optional.of(
                    KvEvents.open(
                        context,
                        events,
                        host,
                        shift,
                        topic,
                        rank,
                        options.engine().blockSize(),
                        options::loraId,
                        clock))
                : Optional.empty();
        BlockHashing hashing =
            events.on()
                ? new VllmHashing(events, options::loraId, options::loraPath)
                : BlockHashing.CHEAP;
        Meters meters = new Meters(template, options.engine().maxLoras(), clock);
        EngineLoop loop =
            EngineLoop.start(
                name + (events.ranks() > 1 ? "/" + rank : ""),
                options.engine(),
                options.speed(),
                meters,
                hashing,
                events.version().freesUnhashedFirst(),
                published);
        all.ranks.add(new Rank(loop, meters, published));
      }
      return all;
    } catch (IOException | RuntimeException e) {
      all.close();
      throw e;
    }
  }

  /** The engine for a request: the rank that it asks for, else one of those with least to do. */
  EngineLoop choose(String wanted) throws ApiException {
    if (ranks.size() > 1 && wanted.matches("-?\\d{1,9}")) {
      int rank = Integer.parseInt(wanted);
      if (rank < 0 || rank >= ranks.size()) {
        throw new ApiException(
            400,
            "BadRequestError",
            "",
            "data_parallel_rank %d is out of range [0, %d).".formatted(rank, ranks.size()));
      }
      return ranks.get(rank).loop();
    }
    int first = turn.getAndIncrement();
    return IntStream.range(0, ranks.size())
        .mapToObj(i -> ranks.get(Math.floorMod(first + i, ranks.size())).loop())
        .min((one, other) ->
            Integer.compare(one.running() + one.waiting(), other.running() + other.waiting()))
        .orElseThrow();
  }

  int running() {
    return ranks.stream().mapToInt(rank -> rank.loop().running()).sum();
  }

  int waiting() {
    return ranks.stream().mapToInt(rank -> rank.loop().waiting()).sum();
  }

  /** The mean over the ranks. */
  double usage() {
    return ranks.stream().mapToDouble(rank -> rank.loop().usage()).average().orElse(0);
  }

  /** Empties the caches; whether each could be. */
  boolean resetCaches() throws InterruptedException {
    boolean all = true;
    for (Rank rank : ranks) {
      all &= rank.loop().resetCache();
    }
    return all;
  }

  /** Makes things go wrong with the KV events of all ranks. */
  void accident(EventAccidents what) {
    ranks.forEach(rank -> rank.events().ifPresent(events -> events.accident(what)));
  }

  /** Where each rank publishes its events; empty when none does. */
  List<String> eventEndpoints() {
    return ranks.stream().flatMap(rank -> rank.events().stream()).map(KvEvents::endpoint).toList();
  }

  /** Where each rank answers requests for replays; an empty text when it does not. */
  List<String> replayEndpoints() {
    return ranks.stream()
        .flatMap(rank -> rank.events().stream())
        .map(KvEvents::replayEndpoint)
        .toList();
  }

  /** How many messages each rank has published; empty when none does. */
  List<Long> eventMessages() {
    return ranks.stream().flatMap(rank -> rank.events().stream()).map(KvEvents::messages).toList();
  }

  /** The answer of {@code /kv_event_sources}. */
  String eventSources() {
    ObjectNode sources = JsonNodeFactory.instance.objectNode();
    for (int rank = 0; rank < ranks.size(); rank++) {
      if (ranks.get(rank).events().isEmpty()) {
        continue;
      }
      KvEvents events = ranks.get(rank).events().get();
      ObjectNode source = sources.putObject(Integer.toString(rank));
      source.put("enable_kv_cache_events", true);
      source.put("publisher", "zmq");
      source.put("endpoint", events.endpoint());
      if (events.replayEndpoint().isEmpty()) {
        source.putNull("replay_endpoint");
      } else {
        source.put("replay_endpoint", events.replayEndpoint());
      }
      source.put("buffer_steps", options.bufferSteps());
      source.put("hwm", options.highWaterMark());
      source.put("max_queue_size", 100_000);
      source.put("topic", topic);
    }
    return sources.toString();
  }

  /** The metrics page: each series of an engine once for each rank, as vLLM shows them. */
  byte[] page(Accidents.Metrics kind) {
    byte[] first = ranks.getFirst().meters().page(kind);
    if (ranks.size() == 1) {
      return first;
    }
    List<Iterator<String>> others = new ArrayList<>();
    Set<String> plain = new LinkedHashSet<>();
    for (Rank rank : ranks.subList(1, ranks.size())) {
      List<String> lines = lines(rank.meters().page(kind));
      others.add(lines.stream().filter(Ranks::ofEngine).iterator());
      lines.stream().filter(line -> line.startsWith(MetricsTemplate.LORA)).forEach(plain::add);
    }
    StringBuilder page = new StringBuilder(first.length * ranks.size());
    for (String line : lines(first)) {
      page.append(line).append('\n');
      plain.remove(line);
      if (ofEngine(line)) {
        for (int i = 0; i < others.size(); i++) {
          String of = "engine=\"" + (i + 1) + "\"";
          page.append(others.get(i).next().replace("engine=\"0\"", of)).append('\n');
        }
      }
    }
    plain.forEach(line -> page.append(line).append('\n'));
    return page.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> lines(byte[] page) {
    return Arrays.asList(new String(page, StandardCharsets.UTF_8).split("\n", 0));
  }

  private static boolean ofEngine(String line) {
    return !line.startsWith("#") && line.contains("engine=\"0\"");
  }

  /** Ends the engines as a crash would. */
  @Override
  public void close() {
    for (Rank rank : ranks) {
      rank.loop().stop();
      rank.events().ifPresent(KvEvents::close);
    }
  }
}
