package io.pickwick.kv.feed;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.zeromq.ZMQ;
import zmq.io.Metadata;

/** Decides who may connect to us, and makes each connection known by number and address. */
final class Gate {
  /*
   * ZeroMQ asks a handler (ZAP, RFC 27) about each connection before its first message, telling the
   * peer's IP address as the system knows it. The properties in the answer come with every message of
   * the connection. So does one named Peer-Address; but a peer may send properties of its own in its
   * handshake, and they replace what is known under the same name. Hence ours has a name that nobody
   * can guess. Peers of protocols older than ZMTP 3 are not asked about, and ZeroMQ refuses them.
   *
   * Strangers are let in: libzmq would never try again after a refusal, and a pod may well connect
   * before it is known to be in the pool. What they say is dropped where it is received. Only a wrong
   * key is refused.
   */
  private static final String VERSION = "1.0";
  private static final String DOMAIN = "kv-";

  private final ZMQ.Socket socket;
  private final String property;
  private final Set<String> keys;
  private final Opened opened;
  private long connections;

  /** Told of each new connection. */
  interface Opened {
    /** Somebody connects from an address to the port of a rank. */
    void opened(long connection, String address, int rank);
  }

  /** A connection, as every message of it tells. */
  record Pass(long connection, String address) {}

  /** A gate that is shut until it is bound. */
  Gate(ZMQ.Socket socket, FeedConfig config, RandomGenerator random, Opened opened) {
    this.socket = socket;
    this.opened = opened;
    this.property =
        "kv-"
            + HexFormat.of().toHexDigits(random.nextLong())
            + "-"
            + HexFormat.of().toHexDigits(random.nextLong());
    this.keys = config.curve().map(FeedConfig.Curve::clientKeys).orElse(Set.of());
  }

  ZMQ.Socket socket() {
    return socket;
  }

  void bind() {
    socket.bind("inproc://zeromq.zap.01");
  }

  /** By which a socket's connections are known to lead to a rank's port. */
  static String domain(int rank) {
    return DOMAIN + rank;
  }

  /** The number of a connection that we made ourselves. */
  long next() {
    return ++connections;
  }

  /** Answers one question, if there is one. */
  boolean read() {
    Optional<Sockets.Frames> next = Sockets.poll(socket);
    if (next.isEmpty()) {
      return false;
    }
    byte[][] frames = next.orElseThrow().data();
    boolean known = frames.length >= 6 && text(frames[0]).equals(VERSION);
    boolean good = known && keyed(frames);
    Metadata told = new Metadata();
    if (good) {
      long connection = ++connections;
      String address = TopicName.canonical(text(frames[3]));
      told.put(property, connection + " " + address);
      opened.opened(connection, address, rank(text(frames[2])));
    }
    socket.send(VERSION, ZMQ.SNDMORE);
    socket.send(known ? frames[1] : new byte[0], ZMQ.SNDMORE);
    socket.send(good ? "200" : "400", ZMQ.SNDMORE);
    socket.send(good ? "OK" : "unknown key", ZMQ.SNDMORE);
    socket.send("", ZMQ.SNDMORE);
    socket.send(told.bytes(), 0);
    return true;
  }

  private boolean keyed(byte[][] frames) {
    if (keys.isEmpty()) {
      return true;
    }
    return text(frames[5]).equals("CURVE")
        && frames.length > 6
        && frames[6].length == 32
        && keys.contains(ZMQ.Curve.z85Encode(frames[6]));
  }

  private static int rank(String domain) {
    return Integer.parseInt(domain.substring(DOMAIN.length()));
  }

  private static String text(byte[] frame) {
    return new String(frame, StandardCharsets.UTF_8);
  }

  /** What a message's properties say of its connection; empty when that is not known for sure. */
  String told(zmq.Msg message) {
    Metadata metadata = message.getMetadata();
    if (metadata == null) {
      return "";
    }
    String told = metadata.get(property);
    return told == null ? "" : told;
  }

  /** Reads what {@link #told} gave. */
  static Pass pass(String told) {
    int space = told.indexOf(' ');
    return new Pass(Long.parseLong(told.substring(0, space)), told.substring(space + 1));
  }

  void close() {
    socket.close();
  }
}
