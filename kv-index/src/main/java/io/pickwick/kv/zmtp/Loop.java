package io.pickwick.kv.zmtp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that owns connections, reads them as bytes come, each a little at a time, and does what
 * others ask of it.
 */
public final class Loop implements AutoCloseable {
  /*
   * Nothing that one connection, errand or look does ends the thread or the others: what fails is
   * logged, and a connection that fails is lost. Who wants to know whether the thread still gets on
   * asks when it last began a pass.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
  private static final long TICK_MILLIS = 20;
  private static final long LOOK_NANOS = 50_000_000;
  private static final long LATE_NANOS = 4 * LOOK_NANOS;
  private static final int BUFFER_BYTES = 1 << 18;
  private static final int BACKLOG = 1024;
  private static final int MOST_CONNECTIONS = 16_384;
  private static final Duration CLOSING = Duration.ofSeconds(3);

  private final LongSupplier nanos;
  private final Runnable look;
  private final Selector selector;
  private final Thread thread;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final ConcurrentLinkedQueue<Runnable> errands = new ConcurrentLinkedQueue<>();
  private final Set<Connection> connections = new LinkedHashSet<>();
  private final List<Acceptor> acceptors = new ArrayList<>();
  private volatile boolean closed;
  private volatile long passedNanos;
  private long lookedNanos;
  private boolean full;

  /**
   * A loop that does not run yet.
   *
   * @param name the thread's
   * @param look called now and then, at least every few hundredths of a second
   * @throws IOException if the machine gives no selector
   */
  public Loop(String name, LongSupplier nanos, Runnable look) throws IOException {
    this.nanos = nanos;
    this.look = look;
    this.selector = Selector.open();
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    this.passedNanos = nanos.getAsLong();
    this.lookedNanos = passedNanos;
  }

  /** Starts the thread. */
  public void start() {
    thread.start();
  }

  /** Has something done on the thread, from any thread. */
  public void errand(Runnable what) {
    errands.add(what);
    selector.wakeup();
  }

  /** When the last pass over all that is to do began, on the injected clock; any thread. */
  public long passedNanos() {
    return passedNanos;
  }

  /**
   * Connects; what comes of it the listener is told. On the loop's thread.
   *
   * @throws IOException if the machine gives no socket
   */
  public Connection connect(InetSocketAddress to, Settings settings, Connection.Listener listener)
      throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      prepare(channel);
      boolean connected = channel.connect(to);
      return add(channel, to, settings, listener, connected);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Takes connections at an address. Before the start, or on the loop's thread.
   *
   * @param listeners makes a listener for each connection
   * @throws IOException if the port can't be had
   */
  public Acceptor bind(
      InetSocketAddress at, Settings settings, Supplier<Connection.Listener> listeners)
      throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.bind(at, BACKLOG);
      SelectionKey key = channel.register(selector, SelectionKey.OP_ACCEPT);
      Acceptor made = new Acceptor(this, channel, key, settings, listeners);
      key.attach((Runnable) made::selected);
      acceptors.add(made);
      return made;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  void accepted(SocketChannel channel, Settings settings, Connection.Listener listener)
      throws IOException {
    if (connections.size() >= MOST_CONNECTIONS) {
      if (!full) {
        LOG.warn("There are {} connections; more are refused", MOST_CONNECTIONS);
      }
      full = true;
      channel.close();
      return;
    }
    full = false;
    try {
      prepare(channel);
      if (channel.getRemoteAddress() instanceof InetSocketAddress from) {
        add(channel, from, settings, listener, true);
      } else {
        channel.close();
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("A connection ended as it began", e);
      channel.close();
    }
  }

  private static void prepare(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
  }

  private Connection add(
      SocketChannel channel,
      InetSocketAddress remote,
      Settings settings,
      Connection.Listener listener,
      boolean connected)
      throws IOException {
    SelectionKey key =
        channel.register(selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT);
    Connection made = new Connection(this, channel, key, remote, settings, listener, connected);
    key.attach((Runnable) made::selected);
    connections.add(made);
    return made;
  }

  void closed(Connection it) {
    connections.remove(it);
  }

  long now() {
    return passedNanos;
  }

  /** Where bytes are read to; what is there is worked off before the next connection's turn. */
  ByteBuffer buffer() {
    return buffer;
  }

  private void run() {
    while (!closed) {
      long before = passedNanos;
      passedNanos = nanos.getAsLong();
      if (passedNanos - before > LATE_NANOS) {
        // It was this thread that did not hear, and not the others that were quiet.
        connections.forEach(it -> it.excuse(passedNanos));
      }
      guarded(this::pass);
    }
    List.copyOf(connections).forEach(it -> guarded(it::close));
    acceptors.forEach(it -> guarded(it::close));
    try {
      selector.close();
    } catch (IOException e) {
      LOG.debug("A selector does not close", e);
    }
  }

  private void pass() {
    for (Runnable one = errands.poll(); one != null; one = errands.poll()) {
      guarded(one);
    }
    guarded(look);
    long now = passedNanos;
    if (now - lookedNanos > LOOK_NANOS) {
      lookedNanos = now;
      List.copyOf(connections).forEach(it -> guarded(() -> it.tick(now)));
      acceptors.forEach(it -> it.tick(now));
    }
    try {
      selector.select(key -> guarded((Runnable) key.attachment()), TICK_MILLIS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One's trouble is not the others'. */
  private static void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      LOG.error("A step of receiving KV events failed; the others go on", e);
    }
  }

  /** Ends the thread, all connections and all that is bound; waits for it, but not for ever. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    try {
      if (thread.getState() == Thread.State.NEW) {
        run();
      } else if (!thread.join(CLOSING)) {
        LOG.error("{} does not end", thread.getName());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
