package io.pickwick.bench.events;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** One who subscribes to a publisher and asks it for replays, as plainly as can be. */
final class Subscriber implements AutoCloseable {
  private static final int PATIENCE_MILLIS = (int) Duration.ofSeconds(20).toMillis();

  /** See {@link EventPublisher}: a connection may be forgotten, and then has to be made again. */
  private static final int HANDSHAKE_MILLIS = 300;

  /**
   * A message as it came.
   *
   * @param topic empty when a replay does not tell it
   * @param sequence all ones for the end of a replay
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Message(String topic, long sequence, byte[] payload) {}

  private final ZContext context = new ZContext();
  private final ZMQ.Socket events = context.createSocket(SocketType.SUB);

  Subscriber() {
    events.subscribe(new byte[0]);
    events.setReceiveTimeOut(PATIENCE_MILLIS);
    events.setHandshakeIvl(HANDSHAKE_MILLIS);
  }

  void connect(String endpoint) {
    events.connect(endpoint);
  }

  String bind() {
    events.bind("tcp://127.0.0.1:*");
    return events.getLastEndpoint();
  }

  /** The next message; fails when none comes. */
  Message next() {
    return message(frames(events), 0, true);
  }

  /** The next message that has come already. */
  List<Message> waiting(int millis) {
    events.setReceiveTimeOut(millis);
    byte[] topic = events.recv();
    events.setReceiveTimeOut(PATIENCE_MILLIS);
    if (topic == null) {
      return List.of();
    }
    byte[] number = events.recv();
    byte[] payload = events.recv();
    return List.of(message(List.of(topic, number, payload), 0, true));
  }

  /** What is replayed from a number on, the end included; empty when no answer comes in time. */
  List<Message> replay(String endpoint, long from, boolean topics, int patienceMillis) {
    try (ZMQ.Socket socket = context.createSocket(SocketType.DEALER)) {
      socket.setReceiveTimeOut(patienceMillis);
      socket.setLinger(0);
      socket.setHandshakeIvl(HANDSHAKE_MILLIS);
      socket.connect(endpoint);
      socket.send(new byte[0], ZMQ.SNDMORE);
      socket.send(ByteBuffer.allocate(8).putLong(from).array());
      List<Message> all = new ArrayList<>();
      while (true) {
        List<byte[]> frames = frames(socket);
        if (frames.isEmpty()) {
          return all;
        }
        if (frames.size() != (topics ? 4 : 3) || frames.getFirst().length != 0) {
          throw new AssertionError("a reply of " + frames.size() + " frames");
        }
        Message message = message(frames, 1, topics);
        all.add(message);
        if (message.sequence() == -1) {
          return all;
        }
      }
    }
  }

  private static List<byte[]> frames(ZMQ.Socket socket) {
    List<byte[]> frames = new ArrayList<>();
    byte[] first = socket.recv();
    if (first == null) {
      return frames;
    }
    frames.add(first);
    while (socket.hasReceiveMore()) {
      frames.add(socket.recv());
    }
    return frames;
  }

  private static Message message(List<byte[]> frames, int from, boolean topics) {
    if (frames.size() < from + (topics ? 3 : 2)) {
      throw new AssertionError("a message of " + frames.size() + " frames, or none came");
    }
    int at = topics ? from + 1 : from;
    return new Message(
        topics ? new String(frames.get(from), StandardCharsets.UTF_8) : "",
        ByteBuffer.wrap(frames.get(at)).getLong(),
        frames.get(at + 1));
  }

  @Override
  public void close() {
    context.close();
  }
}
