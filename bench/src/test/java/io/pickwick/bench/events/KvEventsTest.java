package io.pickwick.bench.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.bench.engine.Engine;
import io.pickwick.bench.engine.EngineRequest;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.events.Subscriber.Message;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.zeromq.ZContext;

/** An engine's events over real sockets, held against the engine's own cache. */
class KvEventsTest {
  private static final EngineSpec SPEC =
      EngineSpec.LLAMA_8B_H100.withBlocks(48, 4).withLimits(64, 8, 2).withModelLength(120);
  private static final int SHORT = 300;
  private static final long END = -1;

  private final ZContext context = new ZContext();
  private final Subscriber subscriber = new Subscriber();
  private final List<KvEvents> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(KvEvents::close);
    subscriber.close();
    context.close();
  }

  private KvEvents open(KvEventOptions options, int rank) throws IOException {
    KvEvents events =
        KvEvents.open(
            context,
            options,
            "127.0.0.1",
            0,
            "kv@127.0.0.1:8000@m",
            rank,
            SPEC.blockSize(),
            name -> 7,
            InstantSource.system());
    opened.add(events);
    return events;
  }

  private static KvEventOptions binding() {
    return KvEventOptions.OFF.binding("tcp://*:0").withReplay("tcp://*:0");
  }

  private static Engine engine(KvEventOptions options, KvEvents events) {
    return new Engine(
        SPEC,
        () -> 0,
        new VllmHashing(options, name -> 7, name -> "/adapters/" + name),
        events.observer(),
        options.version().freesUnhashedFirst());
  }

  private void drain(Engine engine, KvEvents events) {
    while (!engine.idle()) {
      engine.step();
      events.stepEnded();
    }
  }

  private static EngineRequest request(Random random) {
    // Few beginnings and a small alphabet, so that hits, copies and evictions are all frequent.
    int[] prompt = new int[1 + random.nextInt(60)];
    int beginning = random.nextInt(4);
    for (int i = 0; i < prompt.length; i++) {
      prompt[i] = i < 24 ? beginning * 1000 + i : random.nextInt(3);
    }
    String lora = random.nextInt(4) == 0 ? "sql" : "";
    String salt = random.nextInt(4) == 0 ? "tenant" : "";
    int tokens = 1 + random.nextInt(12);
    return new EngineRequest(
        prompt, lora, salt, tokens, Integer.MAX_VALUE, position -> 70_000 + position);
  }

  private void load(Engine engine, KvEvents events, Random random, int requests) {
    for (int i = 0; i < requests; i++) {
      engine.submit(request(random));
      for (int step = random.nextInt(3); step > 0 && !engine.idle(); step--) {
        engine.step();
        events.stepEnded();
      }
      if (random.nextInt(40) == 0) {
        engine.resetCache();
      }
    }
    // A reset is told in the next step, so one follows.
    engine.submit(request(random));
    drain(engine, events);
  }

  /** Lets the engine say something until the subscriber hears it: a subscription takes its time. */
  private Message greet(Engine engine, KvEvents events) {
    for (int i = 0; i < 200; i++) {
      int first = 500_000 + 100 * i;
      engine.submit(
          new EngineRequest(
              new int[] {first, first, first, first}, "", "", 1, 1, position -> position));
      drain(engine, events);
      List<Message> heard = subscriber.waiting(100);
      if (!heard.isEmpty()) {
        return heard.getFirst();
      }
    }
    throw new AssertionError("the subscriber hears nothing");
  }

  /** What is kept from a number on, when all that happened has been published. */
  private List<Message> replay(KvEvents events, long from) {
    return replay(events, from, true);
  }

  private List<Message> replay(KvEvents events, long from, boolean topics) {
    while (true) {
      List<Message> all = subscriber.replay(events.replayEndpoint(), from, topics, 20_000);
      assertThat(all).isNotEmpty();
      assertThat(all.getLast().sequence()).isEqualTo(END);
      assertThat(all.getLast().payload()).isEmpty();
      List<Message> kept = all.subList(0, all.size() - 1);
      // A request for a replay may overtake what the engine has just said.
      long next = kept.isEmpty() ? from : kept.getLast().sequence() + 1;
      if (next == Math.max(from, events.messages())) {
        return kept;
      }
    }
  }

  private static Replica replica(List<Message> messages) {
    Replica replica = new Replica();
    messages.forEach(message -> replica.apply(message.payload()));
    return replica;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0.32.0, sha256, false",
    "2, 0.32.0, sha256_cbor, true",
    "3, 0.22.1, sha256, false",
    "4, 0.22.1, sha256_cbor, true",
    "5, 0.14.1, sha256_cbor, false",
    "6, 0.10.1, sha256_cbor_64bit, false"
  })
  void whatIsPublishedIsWhatIsCached(long seed, String version, String algorithm, boolean bytes)
      throws IOException {
    Random random = new Random(seed);
    KvEventOptions options =
        binding().withVersion(EngineVersion.parse(version)).withHashing(algorithm, "0", bytes);
    boolean topics = options.version().replaysTopics();
    KvEvents events = open(options, 0);
    subscriber.connect(events.endpoint());
    Engine engine = engine(options, events);
    Message first = greet(engine, events);
    load(engine, events, random, 300);
    List<Message> all = replay(events, 0, topics);
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).sequence()).isEqualTo(i);
    }
    Replica replica = replica(all);
    assertThat(replica.copies).as("seed %d", seed).isEqualTo(engine.cached()).isNotEmpty();
    assertThat(replica.unreadable + replica.unknownRemoved).isZero();
    assertThat(engine.evictions()).isPositive();
    // Live messages are the replayed ones, byte for byte.
    for (Message live = first; ; live = subscriber.next()) {
      assertThat(live.topic()).isEqualTo("kv@127.0.0.1:8000@m");
      assertThat(live.payload()).isEqualTo(all.get((int) live.sequence()).payload());
      if (live.sequence() == all.size() - 1) {
        break;
      }
    }
  }

  @Test
  void podsCanConnectToWhoListens() throws IOException {
    KvEventOptions options = KvEventOptions.OFF.connecting(subscriber.bind());
    KvEvents events = open(options, 0);
    Engine engine = engine(options, events);
    Message first = greet(engine, events);
    assertThat(replica(List.of(first)).copies).hasSize(1);
    assertThat(events.replayEndpoint()).isEmpty();
  }

  @Test
  void aResetIsToldWithTheNextStep() throws IOException {
    KvEventOptions options = binding();
    KvEvents events = open(options, 0);
    subscriber.connect(events.endpoint());
    Engine engine = engine(options, events);
    Message first = greet(engine, events);
    assertThat(engine.resetCache()).isTrue();
    assertThat(engine.cached()).isEmpty();
    events.stepEnded();
    Replica replica = replica(replay(events, 0));
    assertThat(replica.copies).isEmpty();
    assertThat(first.sequence()).isNotNegative();
  }

  @Test
  void hitsAreToldAgainWhenARequestWantsIt() throws IOException {
    KvEventOptions options = binding();
    KvEvents events = open(options, 0);
    Engine engine = engine(options, events);
    for (int i = 0; i < 2; i++) {
      EngineRequest request =
          new EngineRequest(new int[9], "", "", 1, Integer.MAX_VALUE, position -> 1);
      engine.submit(i == 0 ? request : request.reportingHits("s-1"));
      drain(engine, events);
    }
    List<Message> all = replay(events, 0);
    assertThat(all).hasSize(2);
    assertThat(replica(all).copies.values()).containsOnly(2);
    assertThat(new String(all.get(1).payload(), java.nio.charset.StandardCharsets.ISO_8859_1))
        .contains("session_id")
        .contains("s-1");
  }

  @Test
  void eachRankHasItsOwnPortAndNumbers() throws IOException {
    KvEventOptions options = binding();
    KvEvents one = open(options, 1);
    Engine engine = engine(options, one);
    engine.submit(request(new Random(1)));
    engine.submit(new EngineRequest(new int[8], "", "", 1, 1, position -> 1));
    drain(engine, one);
    List<Message> all = replay(one, 0);
    assertThat(all.getFirst().sequence()).isZero();
    assertThat(all.getFirst().payload()[all.getFirst().payload().length - 1]).isEqualTo((byte) 1);
    assertThat(KvEventOptions.shifted("tcp://*:5557", "127.0.0.3", 1))
        .isEqualTo("tcp://127.0.0.3:5558");
  }

  @Test
  void onlyTheLatestStepsAreReplayed() throws IOException {
    KvEventOptions options = binding().withBuffers(3, 1000);
    KvEvents events = open(options, 0);
    subscriber.connect(events.endpoint());
    Engine engine = engine(options, events);
    greet(engine, events);
    load(engine, events, new Random(5), 30);
    List<Message> all = replay(events, 0);
    assertThat(all).hasSize(3);
    assertThat(replay(events, events.messages())).isEmpty();
    assertThat(replay(events, events.messages() - 1)).hasSize(1);
  }

  static List<EventAccidents> accidents() {
    return List.of(
        EventAccidents.NONE,
        EventAccidents.NONE.withDropEvery(3),
        EventAccidents.NONE.withDropNext(7),
        EventAccidents.NONE.withDuplicateEvery(2),
        EventAccidents.NONE.withReorderEvery(4),
        EventAccidents.NONE.withGarbageEvery(3));
  }

  @ParameterizedTest
  @MethodSource("accidents")
  void accidentsHappenToLiveMessagesAndAReplayMendsThem(EventAccidents accident)
      throws IOException {
    KvEventOptions options = binding();
    KvEvents events = open(options, 0);
    subscriber.connect(events.endpoint());
    Engine engine = engine(options, events);
    greet(engine, events);
    int before = replay(events, 0).size();
    events.accident(accident);
    load(engine, events, new Random(21), 60);
    List<Message> all = replay(events, 0);
    events.accident(EventAccidents.NONE);
    engine.submit(new EngineRequest(new int[] {9, 9, 9, 9}, "", "", 1, 1, position -> position));
    drain(engine, events);
    assertThat(events.messages()).isEqualTo(all.size() + 1);
    List<Message> live = new ArrayList<>();
    Message next = subscriber.next();
    for (; next.sequence() < all.size(); next = subscriber.next()) {
      live.add(next);
    }
    live.addAll(subscriber.waiting(SHORT));
    live.removeIf(message -> message.sequence() < before);
    happened(accident, live, all.subList(before, all.size()));
    assertThat(replica(replay(events, 0)).copies).isEqualTo(engine.cached());
  }

  private static void happened(EventAccidents accident, List<Message> live, List<Message> sent) {
    Map<Long, Integer> seen = new HashMap<>();
    live.forEach(message -> seen.merge(message.sequence(), 1, Integer::sum));
    boolean ordered =
        live.stream().sorted(Comparator.comparingLong(Message::sequence)).toList().equals(live);
    Map<Long, byte[]> truth = new HashMap<>();
    sent.forEach(message -> truth.put(message.sequence(), message.payload()));
    boolean equal =
        live.stream()
            .allMatch(message ->
                java.util.Arrays.equals(truth.get(message.sequence()), message.payload()));
    String what = accident.toString();
    assertThat(seen.size() < sent.size())
        .as(what)
        .isEqualTo(accident.dropEvery() + accident.dropNext() > 0);
    assertThat(seen.values().stream().anyMatch(count -> count > 1))
        .as(what)
        .isEqualTo(accident.duplicateEvery() > 0);
    assertThat(ordered).as(what).isEqualTo(accident.reorderEvery() == 0);
    assertThat(equal).as(what).isEqualTo(accident.garbageEvery() == 0);
  }

  @Test
  void aLiarClaimsAnotherTopic() throws IOException {
    KvEventOptions options = binding();
    KvEvents events = open(options, 0);
    subscriber.connect(events.endpoint());
    Engine engine = engine(options, events);
    greet(engine, events);
    events.accident(EventAccidents.NONE.withTopic("kv@10.0.0.9:8000@m"));
    engine.submit(new EngineRequest(new int[8], "", "", 1, 1, position -> 1));
    drain(engine, events);
    Message lie = subscriber.next();
    while (lie.topic().contains("127.0.0.1")) {
      lie = subscriber.next();
    }
    assertThat(lie.topic()).isEqualTo("kv@10.0.0.9:8000@m");
  }

  @ParameterizedTest
  @EnumSource(EventAccidents.Replay.class)
  void replaysCanGoWrong(EventAccidents.Replay how) throws IOException {
    KvEventOptions options = binding();
    KvEvents events = open(options, 0);
    Engine engine = engine(options, events);
    engine.submit(new EngineRequest(new int[8], "", "", 1, 1, position -> 1));
    drain(engine, events);
    assertThat(replay(events, 0)).hasSize(1);
    events.accident(EventAccidents.NONE.withReplay(how));
    boolean answers = how == EventAccidents.Replay.TRUE || how == EventAccidents.Replay.EMPTY;
    List<Long> numbers =
        subscriber.replay(events.replayEndpoint(), 0, true, answers ? 20_000 : SHORT).stream()
            .map(Message::sequence)
            .toList();
    switch (how) {
      case TRUE -> assertThat(numbers).containsExactly(0L, END);
      case SILENT -> assertThat(numbers).isEmpty();
      case ENDLESS -> assertThat(numbers).containsExactly(0L);
      case EMPTY -> assertThat(numbers).containsExactly(END);
    }
  }

  @Test
  void aPublisherThatStartsAgainCountsFromZeroOnTheSamePort() throws IOException {
    KvEventOptions options = binding();
    KvEvents before = open(options, 0);
    subscriber.connect(before.endpoint());
    greet(engine(options, before), before);
    String endpoint = before.endpoint();
    String replay = before.replayEndpoint();
    before.close();
    KvEventOptions again =
        KvEventOptions.OFF
            .binding("tcp://*:" + KvEventOptions.port(endpoint))
            .withReplay("tcp://*:" + KvEventOptions.port(replay));
    KvEvents after = open(again, 0);
    assertThat(after.endpoint()).isEqualTo(endpoint);
    greet(engine(again, after), after);
    assertThat(replay(after, 0).getFirst().sequence()).isZero();
  }

  @Test
  void aTakenPortIsToldByName() throws IOException {
    try (java.net.ServerSocket taken =
        new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
      KvEventOptions options = KvEventOptions.OFF.binding("tcp://*:" + taken.getLocalPort());
      assertThatThrownBy(() -> open(options, 0))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void optionsThatContradictThemselvesAreRefused() {
    assertThatThrownBy(() -> KvEventOptions.OFF.binding("tcp://127.0.0.1:5557"))
        .hasMessageContaining("*");
    assertThatThrownBy(() -> KvEventOptions.OFF.connecting("tcp://*:5557"))
        .hasMessageContaining("*");
    assertThatThrownBy(() -> KvEventOptions.OFF.binding("*:5557")).hasMessageContaining("tcp://");
    assertThatThrownBy(() -> KvEventOptions.OFF.withReplay("tcp://*:port"))
        .hasMessageContaining("port");
    assertThatThrownBy(() -> EventAccidents.of(Map.of("drop_evry", "3")))
        .hasMessageContaining("drop_evry");
    assertThatThrownBy(() -> EventAccidents.of(Map.of("replay", "maybe")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new VllmHashing(
                KvEventOptions.OFF.withHashing("md5", "", false), name -> 1, name -> ""))
        .hasMessageContaining("sha256_cbor");
  }
}
