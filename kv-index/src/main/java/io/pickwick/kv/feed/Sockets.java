package io.pickwick.kv.feed;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;

/** Makes ZeroMQ sockets as a configuration says. */
final class Sockets implements AutoCloseable {
  /** A message of more frames than any that is known has. */
  private static final int MOST_FRAMES = 8;

  private final FeedConfig config;
  private final ZMQ.Context context = ZMQ.context(1);

  Sockets(FeedConfig config) {
    this.config = config;
    context.setMaxSockets(65_536);
  }

  /** A socket that receives but is not connected yet. */
  ZMQ.Socket receiver(SocketType type, boolean ipv6) {
    ZMQ.Socket socket = context.socket(type);
    FeedConfig.Timing timing = config.timing();
    socket.setLinger(0);
    socket.setIPv6(ipv6);
    socket.setRcvHWM(config.limits().receiveHwm());
    socket.setMaxMsgSize(config.limits().maxFrameBytes());
    // Frames on the heap: there they are seen by the collector and by who sizes the process.
    socket.setMsgAllocator(this::frame);
    // JeroMQ now and then forgets a connection that has just been made, when something else happens
    // to its I/O thread at the same time; then the handshake never ends. It is made again soon.
    socket.setHandshakeIvl((int) timing.heartbeat().toMillis());
    socket.setHeartbeatIvl((int) timing.heartbeat().toMillis());
    socket.setHeartbeatTimeout((int) timing.heartbeatTimeout().toMillis());
    socket.setReconnectIVL((int) timing.reconnect().toMillis());
    socket.setReconnectIVLMax((int) timing.reconnectMost().toMillis());
    return socket;
  }

  /**
   * JeroMQ takes a size for signed, and with one that is none its I/O thread goes round for ever.
   */
  private zmq.Msg frame(int size) {
    return new zmq.Msg(size < 0 || size > config.limits().maxFrameBytes() ? 0 : size);
  }

  /** A socket that answers who asks whether a connection may be. */
  ZMQ.Socket gate() {
    return context.socket(SocketType.REP);
  }

  /** Makes the other end prove that it is the endpoint, when its key is configured. */
  void asClient(ZMQ.Socket socket) {
    config
        .curve()
        .filter(curve -> curve.serverKey().isPresent())
        .ifPresent(curve -> {
          socket.setCurvePublicKey(ascii(curve.publicKey()));
          socket.setCurveSecretKey(ascii(curve.secretKey()));
          socket.setCurveServerKey(ascii(curve.serverKey().orElseThrow()));
        });
  }

  /** Takes only encrypted connections, when keys are configured. */
  void asServer(ZMQ.Socket socket) {
    config
        .curve()
        .ifPresent(curve -> {
          socket.setCurveServer(true);
          socket.setCurvePublicKey(ascii(curve.publicKey()));
          socket.setCurveSecretKey(ascii(curve.secretKey()));
        });
  }

  private static byte[] ascii(String key) {
    return key.getBytes(StandardCharsets.US_ASCII);
  }

  /** The endpoint to connect to: an IPv6 address takes brackets. */
  static String tcp(String address, int port) {
    return address.indexOf(':') >= 0
        ? "tcp://[%s]:%d".formatted(address, port)
        : "tcp://%s:%d".formatted(address, port);
  }

  /** A message's frames; none are kept of one with too many. */
  static final class Frames {
    private final zmq.Msg first;
    private final byte[][] data;

    private Frames(zmq.Msg first, byte[][] data) {
      this.first = first;
      this.data = data;
    }

    zmq.Msg first() {
      return first;
    }

    byte[][] data() {
      return data;
    }
  }

  /** The next message, if one is there. */
  static Optional<Frames> poll(ZMQ.Socket socket) {
    zmq.SocketBase base = socket.base();
    zmq.Msg first = base.recv(ZMQ.DONTWAIT);
    if (first == null) {
      return Optional.empty();
    }
    byte[][] frames = new byte[4][];
    frames[0] = first.data();
    int count = 1;
    zmq.Msg last = first;
    while (last.hasMore()) {
      last = base.recv(ZMQ.DONTWAIT);
      if (last == null) {
        // A message comes whole or not at all.
        break;
      }
      if (count < MOST_FRAMES) {
        if (count == frames.length) {
          frames = Arrays.copyOf(frames, MOST_FRAMES);
        }
        frames[count] = last.data();
      }
      count++;
    }
    return Optional.of(
        new Frames(first, count > MOST_FRAMES ? new byte[0][] : Arrays.copyOf(frames, count)));
  }

  /** An unsigned number of eight bytes, big-endian; negative when there are not eight. */
  static long number(byte[] frame) {
    if (frame.length != Long.BYTES) {
      return Long.MIN_VALUE;
    }
    long number = 0;
    for (byte one : frame) {
      number = (number << 8) | (one & 0xff);
    }
    return number;
  }

  /** Ends what all sockets have in common; they are closed already. */
  @Override
  public void close() {
    context.term();
  }
}
