package io.pickwick.bench.events;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;
import org.zeromq.ZMQException;

/**
 * Publishes the events of one engine over ZeroMQ, and replays what it has kept, as vLLM's {@code
 * ZmqEventPublisher} does.
 *
 * <p>A message is {@code [topic | sequence number, 8 bytes, big-endian | batch]}, numbered from 0.
 * A replay is asked for with {@code [empty | first number]} and answered with a message each,
 * {@code [empty | topic | number | batch]}, the topic only from 0.26 on, and an end whose number is
 * all ones.
 */
final class EventPublisher implements AutoCloseable {
  /*
   * As in vLLM, one thread has both sockets: it looks for a request for a replay, then waits a
   * moment for a batch, and so on; while it replays, nothing is published. The engine only puts
   * batches into the queue.
   */
  private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);
  private static final long WAIT_MILLIS = 20;
  private static final int HANDSHAKE_MILLIS = 1000;
  private static final long BIND_PATIENCE_NANOS = 2_000_000_000L;
  private static final byte[] NOTHING = new byte[0];
  private static final byte[] END = {-1, -1, -1, -1, -1, -1, -1, -1};

  private record Batch(Instant time, List<CacheEvent> events) {}

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Kept(long sequence, byte[] payload) {}

  private final KvEventOptions options;
  private final ZMQ.Socket publisher;
  private final ZMQ.Socket replayer;
  private final boolean replays;
  private final byte[] topic;
  private final int rank;
  private final EventEncoder encoder;
  private final InstantSource clock;
  private final String endpoint;
  private final String replayEndpoint;
  private final LinkedBlockingQueue<Batch> queue = new LinkedBlockingQueue<>();
  private final ArrayDeque<Kept> buffer = new ArrayDeque<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Random noise = new Random(42);
  private volatile EventAccidents accidents = EventAccidents.NONE;
  private volatile boolean stopped;
  private EventAccidents current = EventAccidents.NONE;
  private long counted;
  private long sequence;
  private byte[][] held = {};

  /**
   * Opens the sockets.
   *
   * @param at where to publish: to bind or to connect, as the options say
   * @param replayAt where to answer requests for replays; empty: nowhere
   * @throws IOException when a port is taken
   */
  EventPublisher(
      ZContext context,
      KvEventOptions options,
      String at,
      String replayAt,
      String topic,
      int rank,
      InstantSource clock)
      throws IOException {
    this.options = options;
    this.topic = topic.getBytes(StandardCharsets.UTF_8);
    this.rank = rank;
    this.clock = clock;
    this.encoder = new EventEncoder(options.version(), options.byteHashes());
    this.replays = !replayAt.isEmpty();
    publisher = context.createSocket(SocketType.PUB);
    replayer = context.createSocket(SocketType.ROUTER);
    try {
      publisher.setHWM(options.highWaterMark());
      publisher.setLinger(0);
      replayer.setLinger(0);
      // jeromq 0.6.0 may forget to watch a connection that it has just made (its Poller takes the
      // connecter's cancelled key for the engine's); then only this ends it, and it is made again.
      publisher.setHandshakeIvl(HANDSHAKE_MILLIS);
      if (options.direction() == KvEventOptions.Direction.BIND) {
        endpoint = bind(publisher, at);
      } else {
        publisher.connect(at);
        endpoint = at;
      }
      replayEndpoint = replays ? bind(replayer, replayAt) : "";
    } catch (IOException | ZMQException e) {
      destroy();
      throw e;
    }
    Thread.ofVirtual().name("events " + topic + " " + rank).start(this::run);
  }

  /** Where it publishes. */
  String endpoint() {
    return endpoint;
  }

  /** Where it replays; empty when it does not. */
  String replayEndpoint() {
    return replayEndpoint;
  }

  /** Takes the events of a step. */
  void publish(List<CacheEvent> events) {
    queue.add(new Batch(clock.instant(), events));
  }

  /** Makes things go wrong from the next message on. */
  void accident(EventAccidents what) {
    accidents = what;
  }

  /** Ends it as a crash would: what is queued is lost. */
  @Override
  public void close() {
    stopped = true;
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String bind(ZMQ.Socket socket, String at) throws IOException {
    String where = at.endsWith(":0") ? at.substring(0, at.length() - 1) + "*" : at;
    long deadline = System.nanoTime() + BIND_PATIENCE_NANOS;
    while (true) {
      try {
        socket.bind(where);
        return socket.getLastEndpoint();
      } catch (ZMQException e) {
        // A publisher that was closed a moment ago gives its port back in its own time.
        if (System.nanoTime() > deadline) {
          throw new IOException("%s can't be bound: %s".formatted(at, e.getMessage()), e);
        }
        LockSupport.parkNanos(5_000_000);
      }
    }
  }

  private void run() {
    try {
      while (!stopped) {
        if (replays) {
          for (byte[] client = replayer.recv(ZMQ.DONTWAIT);
              client != null && !stopped;
              client = replayer.recv(ZMQ.DONTWAIT)) {
            replay(client);
          }
        }
        Batch batch = queue.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        if (batch != null) {
          publish(batch);
        }
      }
    } catch (ZMQException e) {
      LOG.error("{} stopped", Thread.currentThread().getName(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      destroy();
      closed.countDown();
    }
  }

  private void destroy() {
    publisher.close();
    replayer.close();
  }

  private void publish(Batch batch) {
    byte[] payload = encoder.batch(seconds(batch.time()), batch.events(), rank);
    byte[] number = ByteBuffer.allocate(8).putLong(sequence).array();
    if (options.bufferSteps() > 0) {
      if (buffer.size() == options.bufferSteps()) {
        buffer.removeFirst();
      }
      buffer.addLast(new Kept(sequence, payload));
    }
    sequence++;
    send(number, payload);
  }

  private void send(byte[] number, byte[] payload) {
    EventAccidents now = accidents;
    if (!now.equals(current)) {
      current = now;
      counted = 0;
    }
    counted++;
    if (counted <= now.dropNext() || due(now.dropEvery())) {
      return;
    }
    byte[] shown = payload;
    if (due(now.garbageEvery())) {
      shown = new byte[payload.length];
      noise.nextBytes(shown);
    }
    byte[] claimed = now.topic().isEmpty() ? topic : now.topic().getBytes(StandardCharsets.UTF_8);
    byte[][] message = {claimed, number, shown};
    if (due(now.reorderEvery()) && held.length == 0) {
      held = message;
      return;
    }
    send(message);
    if (due(now.duplicateEvery())) {
      send(message);
    }
    if (held.length > 0) {
      send(held);
      held = new byte[0][];
    }
  }

  private boolean due(int every) {
    return every > 0 && counted % every == 0;
  }

  private void send(byte[][] frames) {
    for (int i = 0; i < frames.length; i++) {
      publisher.send(frames[i], i < frames.length - 1 ? ZMQ.SNDMORE : 0);
    }
  }

  private void replay(byte[] client) {
    byte[] delimiter = replayer.hasReceiveMore() ? replayer.recv() : NOTHING;
    boolean whole = delimiter.length == 0 && replayer.hasReceiveMore();
    byte[] from = whole ? replayer.recv() : NOTHING;
    while (replayer.hasReceiveMore()) {
      replayer.recv();
      whole = false;
    }
    EventAccidents.Replay how = accidents.replay();
    if (!whole || from.length != 8 || how == EventAccidents.Replay.SILENT) {
      return;
    }
    long start = ByteBuffer.wrap(from).getLong();
    if (how != EventAccidents.Replay.EMPTY) {
      for (Kept kept : buffer) {
        if (Long.compareUnsigned(kept.sequence(), start) >= 0) {
          byte[] number = ByteBuffer.allocate(8).putLong(kept.sequence()).array();
          reply(client, topic, number, kept.payload());
        }
      }
    }
    if (how != EventAccidents.Replay.ENDLESS) {
      reply(client, NOTHING, END, NOTHING);
    }
  }

  private void reply(byte[] client, byte[] about, byte[] number, byte[] payload) {
    replayer.send(client, ZMQ.SNDMORE);
    replayer.send(NOTHING, ZMQ.SNDMORE);
    if (options.version().replaysTopics()) {
      replayer.send(about, ZMQ.SNDMORE);
    }
    replayer.send(number, ZMQ.SNDMORE);
    replayer.send(payload, 0);
  }

  private static double seconds(Instant time) {
    return time.getEpochSecond() + time.getNano() / 1e9;
  }
}
