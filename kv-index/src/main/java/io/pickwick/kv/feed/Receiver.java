package io.pickwick.kv.feed;

import io.pickwick.kv.zmtp.Acceptor;
import io.pickwick.kv.zmtp.Connection;
import io.pickwick.kv.zmtp.Door;
import io.pickwick.kv.zmtp.Loop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that receives: it tells whose each message is and puts it into that mailbox. */
final class Receiver {
  /*
   * Where we connect, each publisher has a connection of its own, so the connection tells who
   * speaks, and nothing the other end says can change that. A lost one is made again after a while.
   *
   * Where publishers connect to us, the topic names the endpoint, and the connection's address must
   * be that endpoint's. Strangers may connect: a pod may well do so before it is known to be in the
   * pool. What they say is dropped here.
   *
   * Connections are numbered as they come up, so messages of an older one are told from those of a
   * newer one. What comes of one connection, its begin and its end too, comes in order.
   *
   * Should the thread die, another begins anew with the endpoints that are in the pool then: nothing
   * that the old one had half done is left, all connections are lost, and so is what they told.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);
  private static final int MOST_TOPIC_BYTES = 1024;

  /** Connections from an address for each endpoint there, unless the ranks need more. */
  private static final int LEAST_OF_AN_ADDRESS = FeedConfig.MOST_RANKS;

  /** A rank's connection, those that it lost and we did not notice yet, and some to spare. */
  private static final int CONNECTIONS_OF_A_RANK = 4;

  private static final long TOLD_NANOS = 60_000_000_000L;
  private static final long REPORT_NANOS = 500_000_000L;

  private final FeedConfig config;
  private final Connections connections;
  private final Counters counters;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final Endpoint.PublisherMaker maker;
  private final FeedLog log;
  private final Mends mends;
  private final Runnable alsoLook;
  private final Loop loop;
  private final byte[] prefix;

  /** Those in the pool; any thread writes. */
  private final Set<Endpoint> endpoints = ConcurrentHashMap.newKeySet();

  private final Set<Endpoint> joined = new HashSet<>();
  private final Map<String, List<Endpoint>> byAddress = new HashMap<>();
  private final Map<Endpoint, List<Link>> links = new HashMap<>();
  private final List<Link> unlinked = new ArrayList<>();
  private final Set<Peer> peers = new LinkedHashSet<>();

  /** Why those who tried to connect to us failed. */
  private final Map<Endpoint, String> failed = new HashMap<>();

  private long lastConnection;
  private int poolVersion;
  private int boundPort;
  private long tickedNanos;
  private long reportedNanos;
  private boolean refusedBefore;
  private long refusedNanos;

  /** A connection that we make. */
  private final class Link implements Connection.Listener {
    private final Publisher publisher;
    private final Endpoint endpoint;
    private final int rank;
    private final Outage dropped = new Outage();
    private Optional<Connection> connection = Optional.empty();
    private long number;
    private int failures;
    private long dueNanos;

    Link(Publisher publisher, Endpoint endpoint, int rank) {
      this.publisher = publisher;
      this.endpoint = endpoint;
      this.rank = rank;
    }

    void open() {
      number = ++lastConnection;
      InetSocketAddress to = at();
      if (publisher.link().what().isEmpty()) {
        amiss(to, "no answer yet");
      }
      try {
        connection = Optional.of(loop.connect(to, connections.linked(), this));
      } catch (IOException | RuntimeException e) {
        amiss(to, e.toString());
        again();
      }
    }

    private void amiss(InetSocketAddress at, String why) {
      publisher.link().is(Connections.words(at) + ": " + why, nanos.getAsLong());
    }

    @Override
    public void ready(Connection it) {
      failures = 0;
      publisher.link().over();
      it.send(subscription(new byte[0]));
      publisher.post(new Mail.Connected(number));
    }

    @Override
    public void message(Connection it, byte[][] frames) {
      if (!wellFormed(frames)) {
        dropped.is(malformed(it, frames), nanos.getAsLong());
      } else if (speaksFor(frames[0])) {
        post(publisher, number, frames, new Batch(frames[2]));
      }
    }

    @Override
    public void lost(Connection it, String why) {
      dropped.over();
      amiss(it.remote(), why);
      publisher.post(new Mail.Lost(number));
      again();
    }

    private void again() {
      connection = Optional.empty();
      long most = config.timing().reconnectMost().toNanos();
      long wait = Math.min(most, config.timing().reconnect().toNanos() << Math.min(failures++, 16));
      dueNanos = nanos.getAsLong() + wait / 2 + random.nextLong(Math.max(1, wait));
      unlinked.add(this);
    }

    /** The connection tells who speaks; a topic that names somebody else is not for us. */
    private boolean speaksFor(byte[] topic) {
      if (!startsWithPrefix(topic)) {
        return true;
      }
      if (topic.length > MOST_TOPIC_BYTES) {
        counters.foreignTopics.increment();
        return false;
      }
      for (TopicName.Owner owner : name(topic).owners()) {
        if (!owner.address().equals(endpoint.address()) && byAddress.containsKey(owner.address())) {
          counters.unauthorised.increment();
          if (dropped.what().isEmpty()) {
            dropped.is(
                "%s publishes by the topic %s, which names another endpoint of the pool; give each its own address in the topic of its --kv-events-config"
                    .formatted(Connections.words(at()), quoted(topic)),
                nanos.getAsLong());
          }
          return false;
        }
      }
      return true;
    }

    private InetSocketAddress at() {
      return Connections.at(endpoint.address(), config.port() + rank);
    }

    private void report(long now) {
      log.tell(endpoint.source(), publisher.link(), mends.unreachable(), now);
      log.tell(dropped, now);
    }

    void close() {
      connection.ifPresent(Connection::close);
      connection = Optional.empty();
    }
  }

  /** A connection that was made to us. */
  private final class Peer implements Connection.Listener {
    private final int rank;
    private final Set<Publisher> speaksFor = new HashSet<>();
    private Optional<Connection> connection = Optional.empty();
    private boolean ready;
    private long number;
    private String address = "";
    private byte[] topic = new byte[0];
    private Optional<Endpoint> endpoint = Optional.empty();
    private LongAdder refused = counters.foreignTopics;
    private int version = -1;

    /** What it says wrongly, and of whom. */
    private final Outage dropped = new Outage();

    private Optional<Endpoint> wronged = Optional.empty();

    /** Whether it spoke for one that was in the pool, and may be on its way out now. */
    private boolean spoke;

    Peer(int rank) {
      this.rank = rank;
    }

    @Override
    public void opened(Connection it) {
      connection = Optional.of(it);
      address = Receiver.address(it.remote().getAddress());
      peers.add(this);
      weigh();
    }

    /** Looks whether it is known whose it is. */
    private void weigh() {
      boolean known = !speaksFor.isEmpty() || (config.verifiesPeer() && isOfPool());
      connection.ifPresent(it -> {
        if (known) {
          it.trust(connections.known());
        } else {
          it.distrust(connections.strangers());
        }
      });
    }

    private boolean isOfPool() {
      return byAddress.containsKey(address);
    }

    @Override
    public void ready(Connection it) {
      ready = true;
      number = ++lastConnection;
      // All topics: one that does not begin as it must is never heard otherwise, and nobody knows.
      it.send(subscription(new byte[0]));
      sighted(address, rank);
    }

    @Override
    public void message(Connection it, byte[][] frames) {
      if (wellFormed(frames)) {
        received(frames);
      } else if (dropped.what().isEmpty()) {
        dropped.is(malformed(it, frames), nanos.getAsLong());
      }
    }

    private void received(byte[][] frames) {
      byte[] told = frames[0];
      if (version != poolVersion || !Arrays.equals(topic, told)) {
        endpoint = named(told);
        version = poolVersion;
        topic = told.length > MOST_TOPIC_BYTES ? new byte[0] : told;
      }
      if (endpoint.isEmpty()) {
        refused.increment();
        return;
      }
      spoke = true;
      Batch batch = new Batch(frames[2]);
      int of = batch.rank();
      Optional<Publisher> publisher =
          endpoint.orElseThrow().publisher(of < 0 ? rank : of, rank, maker);
      if (publisher.isEmpty()) {
        counters.unauthorised.increment();
        return;
      }
      if (speaksFor.add(publisher.orElseThrow())) {
        weigh();
      }
      post(publisher.orElseThrow(), number, frames, batch);
    }

    /** The endpoint that a topic names, if the peer may speak for it. */
    private Optional<Endpoint> named(byte[] told) {
      wronged = Optional.empty();
      if (!startsWithPrefix(told) || told.length > MOST_TOPIC_BYTES) {
        return refuse(counters.foreignTopics, mends.topic(address, quoted(told)));
      }
      for (TopicName.Owner owner : name(told).owners()) {
        List<Endpoint> there = byAddress.getOrDefault(owner.address(), List.of());
        List<Endpoint> meant =
            there.stream()
                .filter(
                    one -> owner.port() == TopicName.NO_PORT || owner.port() == one.source().port())
                .toList();
        if (meant.size() > 1) {
          // Several endpoints at one address can be told apart by their ports only.
          return refuse(counters.unauthorised, mends.ambiguous(address, quoted(told)));
        }
        if (meant.size() == 1) {
          if (config.verifiesPeer() && !address.equals(owner.address())) {
            wronged = Optional.of(meant.getFirst());
            return refuse(counters.unauthorised, mends.peer(address, quoted(told)));
          }
          dropped.over();
          return Optional.of(meant.getFirst());
        }
      }
      return refuse(counters.foreignTopics, mends.nobody(address, quoted(told)));
    }

    private Optional<Endpoint> refuse(LongAdder why, String what) {
      refused = why;
      if (!spoke) {
        dropped.is(what, nanos.getAsLong());
      }
      return Optional.empty();
    }

    private void report(long now) {
      String what = dropped.what();
      if (what.isEmpty()) {
        return;
      }
      if (version != poolVersion && topic.length > 0) {
        // Perhaps whom it names has come into the pool since.
        endpoint = named(topic);
        version = poolVersion;
      }
      log.tell(dropped, now);
      List<Endpoint> there = byAddress.getOrDefault(address, List.of());
      wronged
          .or(() -> there.size() == 1 ? Optional.of(there.getFirst()) : Optional.empty())
          .ifPresent(one -> one.refused(dropped.what()));
    }

    @Override
    public void lost(Connection it, String why) {
      boolean known = peers.remove(this);
      if (known && !ready && !why.isEmpty()) {
        List<Endpoint> there = byAddress.getOrDefault(address, List.of());
        there.forEach(one -> failed.put(one, why));
      }
      if (!known || !ready) {
        return;
      }
      speaksFor.forEach(publisher -> publisher.post(new Mail.Lost(number)));
      for (Endpoint there : byAddress.getOrDefault(address, List.of())) {
        for (Publisher publisher : there.publishers()) {
          // Counts only for one whose connection is not known yet.
          publisher.post(new Mail.Lost(-1));
        }
      }
    }
  }

  /** Lets publishers of a rank in. */
  private final class Entrance implements Door {
    private final int rank;

    Entrance(int rank) {
      this.rank = rank;
    }

    @Override
    public boolean expects(InetAddress from) {
      return config.verifiesPeer() && byAddress.containsKey(address(from));
    }

    @Override
    public int mostFrom(InetAddress from) {
      if (!config.verifiesPeer()) {
        // All may come from one address, that of who translates.
        return Loop.MOST_CONNECTIONS;
      }
      int there = byAddress.getOrDefault(address(from), List.of()).size();
      int each = Math.max(LEAST_OF_AN_ADDRESS, CONNECTIONS_OF_A_RANK * config.ranks());
      return each * Math.max(1, there);
    }

    @Override
    public int mostStrangers() {
      return config.verifiesPeer() ? config.limits().strangers() : Loop.MOST_CONNECTIONS;
    }

    @Override
    public Connection.Listener open() {
      return new Peer(rank);
    }

    @Override
    public void refused(InetAddress from, String why) {
      counters.refusedConnections.increment();
      long now = nanos.getAsLong();
      if (!refusedBefore || now - refusedNanos > TOLD_NANOS) {
        refusedBefore = true;
        refusedNanos = now;
        LOG.warn("Connections for KV events are refused, such as one from {}: {}", from, why);
      }
    }
  }

  /**
   * One that does not receive yet.
   *
   * @param log where it is told what keeps events away
   * @param alsoLook called now and then on the thread
   */
  Receiver(
      FeedConfig config,
      Connections connections,
      Counters counters,
      LongSupplier nanos,
      RandomGenerator random,
      Endpoint.PublisherMaker maker,
      FeedLog log,
      Runnable alsoLook)
      throws IOException {
    this.config = config;
    this.log = log;
    this.mends = new Mends(config);
    this.connections = connections;
    this.counters = counters;
    this.nanos = nanos;
    this.random = random;
    this.maker = maker;
    this.alsoLook = alsoLook;
    this.tickedNanos = nanos.getAsLong();
    this.reportedNanos = tickedNanos;
    this.prefix = config.topicPrefix().getBytes(StandardCharsets.UTF_8);
    this.loop = new Loop("kv-receive", nanos, this::look);
  }

  private static String address(InetAddress of) {
    return TopicName.canonical(of.getHostAddress());
  }

  /** What asks a publisher for the topics with a prefix. */
  private static byte[] subscription(byte[] prefix) {
    byte[] message = new byte[prefix.length + 1];
    message[0] = 1;
    System.arraycopy(prefix, 0, message, 1, prefix.length);
    return message;
  }

  /** Binds, if so configured, and starts the thread. */
  void start() throws IOException {
    if (config.bind().isPresent()) {
      bind(config.bind().orElseThrow());
    }
    loop.start();
  }

  private void bind(String endpoint) throws IOException {
    for (int rank = 0; rank < config.ranks(); rank++) {
      int of = rank;
      try {
        Acceptor bound =
            loop.bind(Connections.bindAt(endpoint, rank), connections.bound(), new Entrance(of));
        if (rank == 0) {
          boundPort = bound.port();
        }
      } catch (IOException e) {
        throw new IOException(
            "%s%s can't be had for KV events: %s; is the port in use, or the address another machine's?"
                .formatted(endpoint, rank == 0 ? "" : " plus " + rank, e.getMessage()),
            e);
      }
    }
  }

  int boundPort() {
    return boundPort;
  }

  /** When the thread last began to look what there is to do, on the injected clock. Any thread. */
  long passedNanos() {
    return loop.passedNanos();
  }

  /** Whether the thread ended though nobody ended it. Any thread. */
  boolean hasDied() {
    return loop.hasDied();
  }

  /** Has another thread go on where one died. Any thread. */
  void reviveIfDead() {
    if (loop.reviveIfDead(this::beginAnew)) {
      counters.receiverRestarts.increment();
    }
  }

  private void beginAnew() {
    peers.clear();
    links.clear();
    unlinked.clear();
    byAddress.clear();
    joined.clear();
    failed.clear();
    poolVersion++;
    for (Endpoint endpoint : endpoints) {
      endpoint.publishers().forEach(publisher -> publisher.post(new Mail.Lost(lastConnection)));
      join(endpoint);
    }
  }

  /** An endpoint is in the pool. Any thread. */
  void add(Endpoint endpoint) {
    endpoints.add(endpoint);
    loop.errand(() -> join(endpoint));
  }

  private void join(Endpoint endpoint) {
    if (!endpoints.contains(endpoint) || !joined.add(endpoint)) {
      return;
    }
    poolVersion++;
    byAddress.computeIfAbsent(endpoint.address(), address -> new ArrayList<>()).add(endpoint);
    if (config.connect()) {
      List<Link> made = new ArrayList<>();
      for (int rank = 0; rank < config.ranks(); rank++) {
        int of = rank;
        endpoint
            .publisher(rank, rank, maker)
            .ifPresent(publisher -> made.add(new Link(publisher, endpoint, of)));
      }
      links.put(endpoint, made);
      made.forEach(Link::open);
    }
    for (Peer peer : List.copyOf(peers)) {
      if (peer.address.equals(endpoint.address())) {
        peer.weigh();
        if (peer.ready) {
          sighted(peer.address, peer.rank);
        }
      }
    }
  }

  /** An endpoint left the pool. Any thread. */
  void remove(Endpoint endpoint) {
    endpoints.remove(endpoint);
    loop.errand(() -> leave(endpoint));
  }

  private void leave(Endpoint endpoint) {
    if (!joined.remove(endpoint)) {
      return;
    }
    failed.remove(endpoint);
    poolVersion++;
    List<Endpoint> there = byAddress.getOrDefault(endpoint.address(), new ArrayList<>());
    there.remove(endpoint);
    if (there.isEmpty()) {
      byAddress.remove(endpoint.address());
    }
    List<Link> ended = links.getOrDefault(endpoint, List.of());
    links.remove(endpoint);
    ended.forEach(Link::close);
    unlinked.removeAll(ended);
    for (Peer peer : List.copyOf(peers)) {
      boolean spoke = peer.speaksFor.removeAll(endpoint.publishers());
      if (spoke || peer.address.equals(endpoint.address())) {
        peer.weigh();
      }
    }
  }

  private void look() {
    alsoLook.run();
    long now = nanos.getAsLong();
    if (now - tickedNanos > config.timing().probe().toNanos() / 8) {
      tickedNanos = now;
      byAddress.values().forEach(there -> there.forEach(one -> tick(one, now)));
    }
    if (now - reportedNanos > REPORT_NANOS) {
      reportedNanos = now;
      report(now);
    }
    if (unlinked.isEmpty()) {
      return;
    }
    for (Link link : List.copyOf(unlinked)) {
      if (now - link.dueNanos >= 0) {
        unlinked.remove(link);
        link.open();
      }
    }
  }

  private void report(long now) {
    log.at(now);
    links.values().forEach(all -> all.forEach(link -> link.report(now)));
    if (config.bind().isPresent()) {
      joined.forEach(endpoint -> endpoint.refused(""));
      peers.forEach(peer -> peer.report(now));
      Set<String> connected = new HashSet<>();
      peers.stream().filter(peer -> peer.ready).forEach(peer -> connected.add(peer.address));
      joined.forEach(endpoint -> reportUnheard(endpoint, connected, now));
    }
    for (Endpoint endpoint : joined) {
      for (Publisher publisher : endpoint.publishers()) {
        publisher.tell(log);
        log.tellReplay(endpoint.source(), publisher.replay(), mends.unanswered(), now);
      }
    }
  }

  private void reportUnheard(Endpoint endpoint, Set<String> connected, long now) {
    boolean linked = config.connect() || connected.contains(endpoint.address());
    if (linked) {
      failed.remove(endpoint);
    }
    if (linked || !config.verifiesPeer() || endpoint.isRefused()) {
      endpoint.unheard().over();
      return;
    }
    String why = failed.get(endpoint);
    endpoint
        .unheard()
        .is(
            why == null
                ? "nothing has connected from %s to port %d"
                    .formatted(endpoint.address(), boundPort)
                : "what connects from %s to port %d fails: %s"
                    .formatted(endpoint.address(), boundPort, why),
            now);
    log.tell(endpoint.source(), endpoint.unheard(), mends.unheard(), now);
  }

  private static String malformed(Connection it, byte[][] frames) {
    return "%s sends messages of %d frames, which are no KV events; vLLM's have three: topic, number and events"
        .formatted(Connections.words(it.remote()), frames.length);
  }

  private static String quoted(byte[] topic) {
    return FeedLog.quoted(
        new String(topic, 0, Math.min(topic.length, MOST_TOPIC_BYTES), StandardCharsets.UTF_8));
  }

  private static void tick(Endpoint endpoint, long now) {
    endpoint.publishers().forEach(publisher -> publisher.tick(now));
  }

  /**
   * With one endpoint at an address, a connection from there is its, and it may be asked at once.
   */
  private void sighted(String address, int rank) {
    List<Endpoint> there = byAddress.getOrDefault(address, List.of());
    if (there.size() == 1 && config.replayPort().isPresent() && config.verifiesPeer()) {
      Endpoint endpoint = there.getFirst();
      endpoint
          .publisher(rank, rank, maker)
          .ifPresent(publisher -> publisher.post(new Mail.Sighted()));
    }
  }

  private boolean startsWithPrefix(byte[] topic) {
    return topic.length >= prefix.length
        && Arrays.equals(topic, 0, prefix.length, prefix, 0, prefix.length);
  }

  private TopicName name(byte[] topic) {
    return TopicName.of(
        new String(topic, prefix.length, topic.length - prefix.length, StandardCharsets.UTF_8));
  }

  private boolean wellFormed(byte[][] frames) {
    counters.messages.increment();
    if (frames.length != 3 || Numbers.of(frames[1]) < 0) {
      counters.malformed.increment();
      return false;
    }
    counters.bytes.add(frames[2].length);
    return true;
  }

  private void post(Publisher publisher, long connection, byte[][] frames, Batch batch) {
    publisher.post(new Mail.Live(connection, Numbers.of(frames[1]), batch, nanos.getAsLong()));
  }

  /** Ends all connections and the thread, in limited time. */
  void close() {
    loop.close();
  }
}
