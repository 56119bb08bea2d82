package io.pickwick.kv.zmtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
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
   * asks when it last began a pass. Should it end all the same, by what no guard holds or since the
   * selector is no longer good, then another thread can have it begin anew: with no connections, but
   * with all that is bound.
   *
   * Strangers have a share of each pass; those whose turn comes after it wait for the next pass.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
  private static final long TICK_MILLIS = 20;
  private static final long LOOK_NANOS = 50_000_000;
  private static final long LATE_NANOS = 4 * LOOK_NANOS;
  private static final long STRANGERS_NANOS = 5_000_000;
  private static final long REVIVAL_NANOS = 1_000_000_000;
  private static final int MOST_FAILURES = 3;
  private static final int BUFFER_BYTES = 1 << 18;
  private static final int BACKLOG = 1024;

  /** Connections that there may be in all, by whomever. */
  public static final int MOST_CONNECTIONS = 16_384;

  private static final Duration CLOSING = Duration.ofSeconds(3);

  private final LongSupplier nanos;
  private final Runnable look;
  private final String name;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final ConcurrentLinkedQueue<Runnable> errands = new ConcurrentLinkedQueue<>();
  private final Set<Connection> connections = new LinkedHashSet<>();
  private final List<Acceptor> acceptors = new ArrayList<>();
  private final Map<InetAddress, Integer> counts = new HashMap<>();
  private final AtomicLong failures = new AtomicLong();
  private volatile Selector selector;
  private volatile Thread thread;
  private volatile boolean closed;
  private volatile long passedNanos;
  private long lookedNanos;
  private long strangersNanos;
  private int strangers;
  private boolean revivedBefore;
  private long revivedNanos;

  /**
   * A loop that does not run yet.
   *
   * @param name the thread's
   * @param look called now and then, at least every few hundredths of a second
   * @throws IOException if the machine gives no selector
   */
  public Loop(String name, LongSupplier nanos, Runnable look) throws IOException {
    this.name = name;
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

  /** Whether the thread has ended and nobody ended it. Any thread. */
  public boolean hasDied() {
    return !closed && thread.getState() == Thread.State.TERMINATED;
  }

  /**
   * Begins anew with another thread if the old one died, though not again at once. All connections
   * are closed, and their listeners are not told; what is bound stays so. Any thread.
   *
   * @param first what is done before anything else
   * @return whether it began
   */
  public boolean reviveIfDead(Runnable first) {
    return hasDied() && revive(first);
  }

  private synchronized boolean revive(Runnable first) {
    long now = nanos.getAsLong();
    if (!hasDied() || (revivedBefore && now - revivedNanos < REVIVAL_NANOS)) {
      return false;
    }
    revivedBefore = true;
    revivedNanos = now;
    try {
      beginAnew(Selector.open(), first);
      LOG.error("{} died; another thread has begun in its place", name);
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.error("{} died, and nothing can take its place yet", name, e);
      return false;
    }
  }

  private void beginAnew(Selector fresh, Runnable first) throws IOException {
    List.copyOf(connections).forEach(it -> guarded(it::close));
    connections.clear();
    counts.clear();
    strangers = 0;
    close(selector);
    selector = fresh;
    for (Acceptor one : acceptors) {
      one.move(fresh);
    }
    passedNanos = revivedNanos;
    lookedNanos = revivedNanos;
    thread =
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .unstarted(() -> {
              guarded(first);
              run();
            });
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
      return add(channel, to, settings, listener, connected, false);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Takes connections at an address. Before the start, or on the loop's thread.
   *
   * @param door says who may connect
   * @throws IOException if the port can't be had
   */
  public Acceptor bind(InetSocketAddress at, Settings settings, Door door) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.bind(at, BACKLOG);
      Acceptor made = new Acceptor(this, channel, selector, settings, door);
      acceptors.add(made);
      return made;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  void accepted(SocketChannel channel, Settings settings, Door door) throws IOException {
    boolean kept = false;
    try {
      if (channel.getRemoteAddress() instanceof InetSocketAddress from
          && mayEnter(from.getAddress(), door)) {
        prepare(channel);
        Connection.Listener listener = door.open();
        Connection made = add(channel, from, settings, listener, true, true);
        kept = true;
        listener.opened(made);
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("A connection ended as it began", e);
    } finally {
      if (!kept) {
        channel.close();
      }
    }
  }

  private boolean mayEnter(InetAddress from, Door door) {
    int most = door.mostFrom(from);
    if (connections.size() >= MOST_CONNECTIONS) {
      door.refused(from, "there are %d connections".formatted(MOST_CONNECTIONS));
    } else if (counts.getOrDefault(from, 0) >= most) {
      door.refused(from, "there are %d from its address".formatted(most));
    } else if (strangers >= door.mostStrangers() && !door.expects(from)) {
      door.refused(from, "there are %d of strangers".formatted(strangers));
    } else {
      return true;
    }
    return false;
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
      boolean connected,
      boolean stranger)
      throws IOException {
    SelectionKey key =
        channel.register(selector, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT);
    Connection made =
        new Connection(this, channel, key, remote, settings, listener, connected, stranger);
    key.attach((Runnable) made::selected);
    connections.add(made);
    if (made.wasAccepted()) {
      counts.merge(remote.getAddress(), 1, Integer::sum);
    }
    strangers(stranger ? 1 : 0);
    return made;
  }

  void closed(Connection it) {
    if (!connections.remove(it)) {
      return;
    }
    if (it.wasAccepted()) {
      counts.computeIfPresent(
          it.remote().getAddress(), (same, count) -> count > 1 ? count - 1 : null);
    }
    strangers(it.isStranger() ? -1 : 0);
  }

  void strangers(int more) {
    strangers += more;
  }

  /** Whether strangers may still be heard in this pass. */
  boolean hasTimeForStrangers() {
    return strangersNanos < STRANGERS_NANOS;
  }

  /** Does something for a stranger. */
  void timed(Runnable step) {
    long begin = nanos.getAsLong();
    step.run();
    strangersNanos += nanos.getAsLong() - begin;
  }

  /** A step failed that must not. */
  void failed() {
    failures.incrementAndGet();
  }

  /** How many steps failed that must not. Any thread. */
  long failures() {
    return failures.get();
  }

  /** How many connections there are; on the loop's thread. */
  int connections() {
    return connections.size();
  }

  long now() {
    return passedNanos;
  }

  /** Where bytes are read to; what is there is worked off before the next connection's turn. */
  ByteBuffer buffer() {
    return buffer;
  }

  private void run() {
    try {
      passes();
    } catch (RuntimeException | Error e) {
      LOG.error("{} ended", name, e);
      return;
    }
    List.copyOf(connections).forEach(it -> guarded(it::close));
    acceptors.forEach(it -> guarded(it::close));
    close(selector);
  }

  private static void close(Selector selector) {
    try {
      selector.close();
    } catch (IOException e) {
      LOG.debug("A selector does not close", e);
    }
  }

  private void passes() {
    int failed = 0;
    while (!closed) {
      long before = passedNanos;
      passedNanos = nanos.getAsLong();
      if (passedNanos - before > LATE_NANOS) {
        // It was this thread that did not hear, and not the others that were quiet.
        connections.forEach(it -> it.excuse(passedNanos));
      }
      try {
        pass();
        failed = 0;
      } catch (IOException | RuntimeException e) {
        failed();
        if (++failed == MOST_FAILURES) {
          throw new IllegalStateException("it does not get on", e);
        }
      }
    }
  }

  private void pass() throws IOException {
    for (Runnable one = errands.poll(); one != null; one = errands.poll()) {
      guarded(one);
    }
    guarded(look);
    long now = passedNanos;
    if (now - lookedNanos > LOOK_NANOS) {
      lookedNanos = now;
      List.copyOf(connections).forEach(it -> guarded(() -> it.tick(now)));
      acceptors.forEach(it -> guarded(() -> it.tick(now)));
    }
    strangersNanos = 0;
    selector.select(key -> guarded((Runnable) key.attachment()), TICK_MILLIS);
  }

  /** One's trouble is not the others'. */
  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      failed();
      LOG.error("A step of receiving KV events failed; the others go on", e);
    }
  }

  /** Ends the thread, all connections and all that is bound; waits for it, but not for ever. */
  @Override
  public synchronized void close() {
    closed = true;
    selector.wakeup();
    try {
      if (thread.getState() == Thread.State.NEW || thread.getState() == Thread.State.TERMINATED) {
        run();
      } else if (!thread.join(CLOSING)) {
        LOG.error("{} does not end", thread.getName());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
