package io.pickwick.kv.feed;

import io.pickwick.kv.hash.PromptKeys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.zeromq.SocketType;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;

/**
 * Publishes KV events as vLLM does, with its replay server, and knows what it holds; it can be told
 * to do everything wrong that a publisher can do.
 */
final class FakePublisher implements AutoCloseable {
  static final long SEPARATOR = 4711;

  private static final long LONELY_NANOS = 3_000_000_000L;

  /** How it is set up. */
  static final class Setup {
    String bind = "tcp://127.0.0.1:*";
    String connect = "";
    String replayBind = "tcp://127.0.0.1:*";
    String topic = "kv@127.0.0.1@m";
    int rank = -1;
    int bufferSteps = 10_000;
    int replyFrames = 4;
    boolean endMarker = true;
    boolean shuffledReplies;
    int mostReplies = Integer.MAX_VALUE;
    int hwm = 100_000;
    Consumer<ZMQ.Socket> curve = socket -> {};

    Setup topic(String topic) {
      this.topic = topic;
      return this;
    }

    Setup connect(int port) {
      connect = "tcp://127.0.0.1:" + port;
      return this;
    }

    Setup noReplay() {
      replayBind = "";
      return this;
    }
  }

  private record Batch(long number, ByteBuffer payload) {}

  private final Setup setup;
  private final ZMQ.Context context = ZMQ.context(1);
  private final Deque<Batch> buffer = new ArrayDeque<>();
  private final Map<Long, Integer> copies = new HashMap<>();
  private final Thread thread;
  private ZMQ.Socket live;
  private List<ZMQ.Socket> replay;
  private int port;
  private int replayPort;
  private int subscribers;
  private long next;
  private double clock = 1000;
  private int dropping;
  private long requests;
  private long lastStart = -1;
  private boolean closed;
  private boolean muted;
  private long unanswered;
  private long lonelySince = System.nanoTime();

  FakePublisher(Setup setup) {
    this.setup = setup;
    this.live = open();
    this.replay = replays();
    thread = Thread.ofPlatform().daemon().start(this::serve);
  }

  private ZMQ.Socket open() {
    ZMQ.Socket socket = context.socket(SocketType.XPUB);
    socket.setLinger(0);
    socket.setSndHWM(setup.hwm);
    socket.setIPv6(setup.bind.contains("[") || setup.connect.contains("["));
    socket.setReconnectIVL(10);
    socket.setHandshakeIvl(400);
    setup.curve.accept(socket);
    try {
      if (setup.connect.isEmpty()) {
        socket.bind(port == 0 ? setup.bind : setup.bind.replace("*", Integer.toString(port)));
        port = port(socket);
      } else {
        socket.connect(setup.connect);
      }
    } catch (ZMQException e) {
      socket.close();
      throw e;
    }
    return socket;
  }

  private ZMQ.Socket openReplay() {
    ZMQ.Socket socket = context.socket(SocketType.ROUTER);
    socket.setLinger(0);
    socket.setSndHWM(100_000);
    socket.setIPv6(setup.replayBind.contains("["));
    setup.curve.accept(socket);
    try {
      socket.bind(
          replayPort == 0
              ? setup.replayBind
              : setup.replayBind.replace("*", Integer.toString(replayPort)));
    } catch (ZMQException e) {
      socket.close();
      throw e;
    }
    replayPort = port(socket);
    return socket;
  }

  private List<ZMQ.Socket> replays() {
    return setup.replayBind.isEmpty() ? List.of() : List.of(retried(this::openReplay));
  }

  private static int port(ZMQ.Socket socket) {
    String endpoint = socket.getLastEndpoint();
    return Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
  }

  int port() {
    return port;
  }

  int replayPort() {
    return replayPort;
  }

  /** Keys of the blocks it holds. */
  synchronized Set<Long> held() {
    Set<Long> keys = new TreeSet<>();
    for (long hash : copies.keySet()) {
      keys.add(PromptKeys.separated(SEPARATOR, hash));
    }
    return keys;
  }

  synchronized int subscribers() {
    return subscribers;
  }

  /** Hears requests for replays and answers none from now on. */
  synchronized void mute() {
    muted = true;
  }

  /** Answers again. */
  synchronized void unmute() {
    muted = false;
  }

  synchronized long unanswered() {
    return unanswered;
  }

  /** Nobody is at the replay port from now on. */
  synchronized void stopAnswering() {
    replay.forEach(ZMQ.Socket::close);
    replay = List.of();
  }

  /** Somebody is there again. */
  synchronized void answerAgain() {
    replay = replays();
  }

  synchronized long requests() {
    return requests;
  }

  /** Where the last request for a replay wanted to start. */
  synchronized long lastStart() {
    return lastStart;
  }

  synchronized long next() {
    return next;
  }

  /** The next messages get a number and are kept, but nobody hears them. */
  synchronized void drop(int messages) {
    dropping = messages;
  }

  synchronized long store(long... hashes) {
    return publish(List.of(Batches.stored(hashes)));
  }

  synchronized long remove(long hash) {
    return publish(List.of(new Batches.Removed(hash)));
  }

  synchronized long publish(List<Batches.Event> events) {
    for (Batches.Event event : events) {
      switch (event) {
        case Batches.Stored stored ->
            stored.hashes().forEach(hash -> copies.merge(hash, 1, Integer::sum));
        case Batches.Removed removed ->
            copies.computeIfPresent(removed.hash(), (same, count) -> count > 1 ? count - 1 : null);
        case Batches.Cleared _ -> copies.clear();
        case Batches.Odd _ -> {}
      }
    }
    clock += 0.001;
    return publish(Batches.of(clock, setup.rank, events));
  }

  /** Publishes bytes as they are. */
  synchronized long publish(byte[] payload) {
    long number = next++;
    buffer.addLast(new Batch(number, ByteBuffer.wrap(payload)));
    while (buffer.size() > setup.bufferSteps) {
      buffer.removeFirst();
    }
    if (dropping > 0) {
      dropping--;
    } else {
      say(number);
    }
    return number;
  }

  /** Says a message that is in the buffer, perhaps again or out of turn. */
  synchronized void say(long number) {
    for (Batch batch : buffer) {
      if (batch.number() == number) {
        send(setup.topic, bytes(number), batch.payload().array());
      }
    }
  }

  /** Says anything. */
  synchronized void send(String topic, byte[] number, byte[] payload) {
    live.send(topic.getBytes(StandardCharsets.UTF_8), ZMQ.SNDMORE);
    live.send(number, ZMQ.SNDMORE);
    live.send(payload, 0);
  }

  /** Says any frames. */
  synchronized void frames(byte[]... frames) {
    for (int i = 0; i < frames.length; i++) {
      live.send(frames[i], i < frames.length - 1 ? ZMQ.SNDMORE : 0);
    }
  }

  /** A new process in its place: no memory, numbers from 0, new connections. */
  synchronized void restart() {
    live.close();
    replay.forEach(ZMQ.Socket::close);
    subscribers = 0;
    forget();
    clock += 10;
    live = retried(this::open);
    replay = replays();
  }

  /** The old port may be taken for a moment still. */
  private static ZMQ.Socket retried(Supplier<ZMQ.Socket> open) {
    for (int i = 0; ; i++) {
      try {
        return open.get();
      } catch (ZMQException e) {
        if (i == 200) {
          throw e;
        }
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  /** A new process that nobody notices: a proxy keeps the connections. */
  synchronized void restartBehindProxy() {
    forget();
    clock += 10;
  }

  /** Its connection is lost, the process lives on. */
  synchronized void reconnect() {
    live.close();
    subscribers = 0;
    live = retried(this::open);
  }

  private void forget() {
    next = 0;
    buffer.clear();
    copies.clear();
  }

  private void serve() {
    while (true) {
      synchronized (this) {
        if (closed) {
          live.close();
          replay.forEach(ZMQ.Socket::close);
          return;
        }
        for (byte[] one = live.recv(ZMQ.DONTWAIT); one != null; one = live.recv(ZMQ.DONTWAIT)) {
          subscribers += one.length > 0 && one[0] == 1 ? 1 : -1;
        }
        replay.forEach(this::answer);
        reopenIfForgotten();
        try {
          wait(2);
        } catch (InterruptedException e) {
          return;
        }
      }
    }
  }

  /** JeroMQ now and then forgets a connection that it is about to make, and never tries again. */
  private void reopenIfForgotten() {
    long now = System.nanoTime();
    if (subscribers > 0 || setup.connect.isEmpty()) {
      lonelySince = now;
    } else if (now - lonelySince > LONELY_NANOS) {
      lonelySince = now;
      live.close();
      live = retried(this::open);
    }
  }

  private void answer(ZMQ.Socket socket) {
    byte[] who = socket.recv(ZMQ.DONTWAIT);
    if (who == null) {
      return;
    }
    List<byte[]> frames = new ArrayList<>();
    while (socket.hasReceiveMore()) {
      frames.add(socket.recv());
    }
    if (frames.size() != 2 || frames.get(0).length != 0) {
      return;
    }
    requests++;
    lastStart = ByteBuffer.wrap(frames.get(1)).getLong();
    if (muted) {
      unanswered++;
      return;
    }
    List<Batch> replies = new ArrayList<>();
    for (Batch batch : buffer) {
      if (batch.number() >= lastStart && replies.size() < setup.mostReplies) {
        replies.add(batch);
      }
    }
    if (setup.shuffledReplies) {
      Collections.reverse(replies);
    }
    for (Batch batch : replies) {
      reply(socket, who, setup.topic, bytes(batch.number()), batch.payload().array());
    }
    if (setup.endMarker) {
      reply(socket, who, "", bytes(-1), new byte[0]);
    }
  }

  private void reply(ZMQ.Socket socket, byte[] who, String topic, byte[] number, byte[] payload) {
    socket.send(who, ZMQ.SNDMORE);
    socket.send(new byte[0], ZMQ.SNDMORE);
    if (setup.replyFrames == 4) {
      socket.send(topic.getBytes(StandardCharsets.UTF_8), ZMQ.SNDMORE);
    }
    socket.send(number, ZMQ.SNDMORE);
    socket.send(payload, 0);
  }

  static byte[] bytes(long number) {
    return ByteBuffer.allocate(8).putLong(number).array();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    context.term();
  }
}
