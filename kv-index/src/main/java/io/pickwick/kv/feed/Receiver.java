package io.pickwick.kv.feed;

import io.pickwick.kv.event.BatchDecoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;
import zmq.io.Metadata;

/** The thread that receives: it tells whose each message is and puts it into that mailbox. */
final class Receiver {
  /*
   * Where we connect, each publisher has a socket of its own, so the socket tells who speaks, and
   * nothing the other end says can change that. A lost connection ends its socket with all that was
   * received on it and not read; the next one is made after a while.
   *
   * Where publishers connect to us, the topic names the endpoint, and the connection's address, as the
   * Gate knows it, must be that endpoint's. Connections are numbered as they come up, so messages of
   * an older one that are read late are told from those of a newer one.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);
  private static final int AT_A_TIME = 256;
  private static final int MOST_PEERS = 65_536;
  private static final int MOST_TOPIC_BYTES = 1024;
  private static final long TICK_MILLIS = 20;

  private final FeedConfig config;
  private final Sockets sockets;
  private final Counters counters;
  private final LongSupplier nanos;
  private final RandomGenerator random;
  private final Endpoint.PublisherMaker maker;
  private final Turns turns;
  private final Thread thread;
  private final Gate gate;
  private final byte[] prefix;

  private final List<ZMQ.Socket> bound = new ArrayList<>();
  private final Map<String, List<Endpoint>> byAddress = new HashMap<>();
  private final Map<Endpoint, List<Link>> links = new HashMap<>();
  private final List<Link> unlinked = new ArrayList<>();
  private final Map<String, Peer> peers = lru();
  private final Map<String, Peer> peersByRemote = lru();
  private final Map<String, Integer> heardFrom = lru();
  private final Map<Long, Boolean> dead = lru();
  private int poolVersion;
  private int boundPort;
  private long tickedNanos;

  /** A connection that we make. */
  private final class Link {
    private final Publisher publisher;
    private final Endpoint endpoint;
    private final int rank;
    private Optional<ZMQ.Socket> socket = Optional.empty();
    private Optional<Turns.Turn> turn = Optional.empty();
    private long connection;
    private int failures;
    private long dueNanos;
    private boolean gone;

    private static final long NONE = -1;

    Link(Publisher publisher, Endpoint endpoint, int rank) {
      this.publisher = publisher;
      this.endpoint = endpoint;
      this.rank = rank;
    }

    void open() {
      connection = gate.next();
      String address = endpoint.address();
      try {
        ZMQ.Socket made = sockets.receiver(SocketType.SUB, address.indexOf(':') >= 0);
        socket = Optional.of(made);
        sockets.asClient(made);
        made.subscribe(new byte[0]);
        long mine = connection;
        made.base()
            .setEventHook(
                event -> turns.errand(() -> happened(mine, event.event)),
                zmq.ZMQ.ZMQ_EVENT_HANDSHAKE_PROTOCOL | zmq.ZMQ.ZMQ_EVENT_DISCONNECTED);
        turn = Optional.of(turns.add(made, () -> read(made)));
        made.connect(Sockets.tcp(address, config.port() + rank));
      } catch (RuntimeException e) {
        LOG.warn("Can't connect to {} for KV events", address, e);
        lost();
      }
    }

    private void happened(long on, int event) {
      if (gone || on != connection) {
        return;
      }
      if (event == zmq.ZMQ.ZMQ_EVENT_DISCONNECTED) {
        publisher.post(new Mail.Lost(connection));
        lost();
      } else {
        failures = 0;
        publisher.post(new Mail.Connected(connection));
      }
    }

    private void lost() {
      close();
      connection = NONE; // what may still come of it is not heard twice
      long most = config.timing().reconnectMost().toNanos();
      long wait = Math.min(most, config.timing().reconnect().toNanos() << Math.min(failures++, 16));
      dueNanos = nanos.getAsLong() + wait / 2 + random.nextLong(Math.max(1, wait));
      unlinked.add(this);
    }

    private boolean read(ZMQ.Socket from) {
      for (int i = 0; i < AT_A_TIME; i++) {
        Optional<Sockets.Frames> next = Sockets.poll(from);
        if (next.isEmpty()) {
          return false;
        }
        byte[][] frames = next.orElseThrow().data();
        if (wellFormed(frames) && speaksFor(frames[0])) {
          post(publisher, connection, frames);
        }
      }
      return true;
    }

    /** The connection tells who speaks; a topic that names somebody else is not for us. */
    private boolean speaksFor(byte[] topic) {
      if (!startsWithPrefix(topic)) {
        return true;
      }
      TopicName name = name(topic);
      if (!modelFits(endpoint, name)) {
        counters.foreignTopics.increment();
        return false;
      }
      for (TopicName.Owner owner : name.owners()) {
        if (!owner.address().equals(endpoint.address()) && byAddress.containsKey(owner.address())) {
          counters.unauthorised.increment();
          return false;
        }
      }
      return true;
    }

    void close() {
      turn.ifPresent(Turns.Turn::end);
      socket.ifPresent(ZMQ.Socket::close);
      turn = Optional.empty();
      socket = Optional.empty();
    }
  }

  /** A connection that was made to us. */
  private static final class Peer {
    private final String told;
    private final long connection;
    private final String address;
    private final Set<Publisher> speaksFor = new HashSet<>();
    private byte[] topic = new byte[0];
    private Optional<Endpoint> endpoint = Optional.empty();
    private LongAdder refused;
    private int version = -1;

    Peer(String told, LongAdder refused) {
      Gate.Pass pass = Gate.pass(told);
      this.told = told;
      this.refused = refused;
      this.connection = pass.connection();
      this.address = pass.address();
    }
  }

  private static <K, V> Map<K, V> lru() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MOST_PEERS;
      }
    };
  }

  Receiver(
      FeedConfig config,
      Sockets sockets,
      Counters counters,
      LongSupplier nanos,
      RandomGenerator random,
      Endpoint.PublisherMaker maker)
      throws IOException {
    this.config = config;
    this.sockets = sockets;
    this.counters = counters;
    this.nanos = nanos;
    this.random = random;
    this.maker = maker;
    this.turns = new Turns();
    this.gate = new Gate(sockets.gate(), config, random, this::opened);
    this.tickedNanos = nanos.getAsLong();
    this.prefix = config.topicPrefix().getBytes(StandardCharsets.UTF_8);
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("kv-receive")
            .unstarted(() -> turns.run(this::look, TICK_MILLIS));
  }

  /** Binds, if so configured, and starts the thread. */
  void start() throws IOException {
    gate.bind();
    turns.add(gate.socket(), gate::read);
    if (config.bind().isPresent()) {
      bind(config.bind().orElseThrow());
    }
    thread.start();
  }

  private void bind(String endpoint) throws IOException {
    OptionalInt port = port(endpoint);
    for (int rank = 0; rank < config.ranks(); rank++) {
      String one =
          port.isPresent() && port.getAsInt() > 0
              ? endpoint.substring(0, endpoint.lastIndexOf(':') + 1) + (port.getAsInt() + rank)
              : endpoint;
      ZMQ.Socket socket = bound(one, rank);
      bound.add(socket);
      int of = rank;
      turns.add(socket, () -> read(socket, of));
      if (rank == 0) {
        boundPort = port(socket.getLastEndpoint()).orElse(0);
      }
    }
  }

  private ZMQ.Socket bound(String endpoint, int rank) throws IOException {
    // Of both families where the machine has both.
    ZMQException failure = new ZMQException(0);
    for (boolean ipv6 : new boolean[] {true, false}) {
      ZMQ.Socket socket = sockets.receiver(SocketType.SUB, ipv6);
      try {
        sockets.asServer(socket);
        socket.setZapDomain(Gate.domain(rank));
        socket.subscribe(prefix);
        socket.base().setEventHook(this::disconnected, zmq.ZMQ.ZMQ_EVENT_DISCONNECTED);
        socket.bind(endpoint);
        return socket;
      } catch (ZMQException e) {
        failure = e;
        socket.close();
      }
    }
    throw new IOException(
        "%s can't be had for KV events: %s".formatted(endpoint, failure.getMessage()), failure);
  }

  private static OptionalInt port(String endpoint) {
    try {
      return OptionalInt.of(Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1)));
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  int boundPort() {
    return boundPort;
  }

  /** An endpoint is in the pool. Any thread. */
  void add(Endpoint endpoint) {
    turns.errand(() -> {
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
      Integer rank = heardFrom.get(endpoint.address());
      if (rank != null) {
        sighted(endpoint.address(), rank);
      }
    });
  }

  /** An endpoint left the pool. Any thread. */
  void remove(Endpoint endpoint) {
    turns.errand(() -> {
      poolVersion++;
      List<Endpoint> there = byAddress.getOrDefault(endpoint.address(), new ArrayList<>());
      there.remove(endpoint);
      if (there.isEmpty()) {
        byAddress.remove(endpoint.address());
      }
      List<Link> ended = links.getOrDefault(endpoint, List.of());
      links.remove(endpoint);
      for (Link link : ended) {
        link.gone = true;
        link.close();
      }
      unlinked.removeAll(ended);
      for (Peer peer : peers.values()) {
        peer.speaksFor.removeAll(endpoint.publishers());
      }
    });
  }

  private void look() {
    long now = nanos.getAsLong();
    if (now - tickedNanos > config.timing().probe().toNanos() / 8) {
      tickedNanos = now;
      byAddress.values().forEach(there -> there.forEach(one -> tick(one, now)));
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

  private static void tick(Endpoint endpoint, long now) {
    endpoint.publishers().forEach(publisher -> publisher.tick(now));
  }

  private void opened(long connection, String address, int rank) {
    heardFrom.put(address, rank);
    sighted(address, rank);
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

  /** On ZeroMQ's thread, while the channel is still there. */
  private void disconnected(zmq.ZMQ.Event event) {
    if (!(event.arg instanceof SocketChannel channel)) {
      return;
    }
    try {
      if (channel.getRemoteAddress() instanceof InetSocketAddress from) {
        String address = TopicName.canonical(from.getAddress().getHostAddress());
        turns.errand(() -> disconnected(address, from.getPort()));
      }
    } catch (IOException e) {
      LOG.debug("A lost connection had no address any more", e);
    }
  }

  private void disconnected(String address, int port) {
    heardFrom.remove(address);
    Peer peer = peersByRemote.remove(remote(address, port));
    if (peer != null) {
      dead.put(peer.connection, true);
      peers.remove(peer.told);
      for (Publisher publisher : peer.speaksFor) {
        publisher.post(new Mail.Lost(peer.connection));
      }
    }
    for (Endpoint endpoint : byAddress.getOrDefault(address, List.of())) {
      for (Publisher publisher : endpoint.publishers()) {
        // Counts only for one whose connection is not known yet.
        publisher.post(new Mail.Lost(-1));
      }
    }
  }

  private static String remote(String address, int port) {
    return address + ' ' + port;
  }

  private boolean read(ZMQ.Socket socket, int rank) {
    for (int i = 0; i < AT_A_TIME; i++) {
      Optional<Sockets.Frames> next = Sockets.poll(socket);
      if (next.isEmpty()) {
        return false;
      }
      Sockets.Frames message = next.orElseThrow();
      if (wellFormed(message.data())) {
        received(message, rank);
      }
    }
    return true;
  }

  private void received(Sockets.Frames message, int rank) {
    String told = gate.told(message.first());
    if (told.isEmpty()) {
      counters.unauthorised.increment();
      return;
    }
    Peer peer = peers.get(told);
    if (peer == null) {
      peer = meet(told, message.first());
    }
    if (dead.containsKey(peer.connection)) {
      counters.stale.increment();
      return;
    }
    byte[] topic = message.data()[0];
    if (peer.version != poolVersion || !Arrays.equals(peer.topic, topic)) {
      peer.topic = topic;
      peer.version = poolVersion;
      peer.endpoint = named(peer, topic);
    }
    if (peer.endpoint.isEmpty()) {
      peer.refused.increment();
      return;
    }
    byte[] payload = message.data()[2];
    int of = BatchDecoder.rankOf(payload, 0, payload.length);
    Endpoint endpoint = peer.endpoint.orElseThrow();
    Optional<Publisher> publisher = endpoint.publisher(of < 0 ? rank : of, rank, maker);
    if (publisher.isEmpty()) {
      counters.unauthorised.increment();
      return;
    }
    peer.speaksFor.add(publisher.orElseThrow());
    post(publisher.orElseThrow(), peer.connection, message.data());
  }

  private Peer meet(String told, zmq.Msg first) {
    Peer peer = new Peer(told, counters.foreignTopics);
    peers.put(told, peer);
    // Only the port is taken from here: what a peer may say of itself hurts nobody else.
    String remote = first.getMetadata().get(Metadata.PEER_ADDRESS);
    if (remote != null) {
      OptionalInt port = port(remote);
      if (port.isPresent()) {
        peersByRemote.put(remote(peer.address, port.getAsInt()), peer);
      }
    }
    return peer;
  }

  /** The endpoint that a topic names, if the peer may speak for it. */
  private Optional<Endpoint> named(Peer peer, byte[] topic) {
    if (!startsWithPrefix(topic) || topic.length > MOST_TOPIC_BYTES) {
      return refuse(peer, counters.foreignTopics);
    }
    TopicName name = name(topic);
    for (TopicName.Owner owner : name.owners()) {
      List<Endpoint> there = byAddress.getOrDefault(owner.address(), List.of());
      List<Endpoint> meant =
          there.stream()
              .filter(
                  one -> owner.port() == TopicName.NO_PORT || owner.port() == one.source().port())
              .toList();
      if (meant.size() > 1) {
        // Several endpoints at one address can be told apart by their ports only.
        return refuse(peer, counters.unauthorised);
      }
      if (meant.size() == 1) {
        if (config.verifiesPeer() && !peer.address.equals(owner.address())) {
          return refuse(peer, counters.unauthorised);
        }
        if (!modelFits(meant.getFirst(), name)) {
          return refuse(peer, counters.foreignTopics);
        }
        return Optional.of(meant.getFirst());
      }
    }
    return refuse(peer, counters.foreignTopics);
  }

  private static Optional<Endpoint> refuse(Peer peer, LongAdder why) {
    peer.refused = why;
    return Optional.empty();
  }

  private static boolean modelFits(Endpoint endpoint, TopicName name) {
    String model = endpoint.source().model();
    return model.isEmpty() || name.model().isEmpty() || model.equals(name.model());
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
    if (frames.length != 3 || Sockets.number(frames[1]) < 0) {
      counters.malformed.increment();
      return false;
    }
    counters.bytes.add(frames[2].length);
    return true;
  }

  private void post(Publisher publisher, long connection, byte[][] frames) {
    publisher.post(
        new Mail.Live(connection, Sockets.number(frames[1]), frames[2], nanos.getAsLong()));
  }

  /** Ends all connections and the thread. */
  void close() {
    turns.errand(turns::close);
    try {
      if (thread.getState() == Thread.State.NEW) {
        turns.run(() -> {}, 1);
      }
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    links.values().forEach(list -> list.forEach(Link::close));
    bound.forEach(ZMQ.Socket::close);
    gate.close();
  }
}
