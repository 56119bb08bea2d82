package io.pickwick.bench.serve;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** Connections to one target: those that are idle are used again, the latest first. */
final class TargetClient implements AutoCloseable {
  private final Target target;
  private final InetAddress address;
  private final Optional<Trust> trust;
  private final Duration connectPatience;
  private final long idleNanos;
  private final LongSupplier clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Connection> idle = new ArrayDeque<>();
  private long opened;

  private TargetClient(
      Target target,
      InetAddress address,
      Optional<Trust> trust,
      Duration connectPatience,
      Duration keepAlive,
      LongSupplier clock) {
    this.target = target;
    this.address = address;
    this.trust = trust;
    this.connectPatience = connectPatience;
    this.idleNanos = keepAlive.toNanos();
    this.clock = clock;
  }

  /**
   * Looks the host up, once for the whole run.
   *
   * @param trust whom to believe in TLS; empty to speak in the clear
   * @param keepAlive how long a connection may be idle and be used again; none is if that is zero.
   *     It is to be less than the server's own limit, as a request that meets a connection just
   *     being closed fails
   * @throws ServeException if there is no such host
   */
  static TargetClient of(
      Target target,
      Optional<Trust> trust,
      Duration connectPatience,
      Duration keepAlive,
      LongSupplier clock)
      throws ServeException {
    try {
      InetAddress address = InetAddress.getByName(target.host());
      return new TargetClient(target, address, trust, connectPatience, keepAlive, clock);
    } catch (UnknownHostException e) {
      throw new ServeException(
          "The target %s can't be reached: there is no host %s."
              .formatted(target.name(), target.host()),
          e);
    }
  }

  Target target() {
    return target;
  }

  /** A connection that nobody else uses; it may have to be opened. */
  Connection take() {
    lock.lock();
    try {
      Connection latest = idle.peekLast();
      if (latest != null && clock.getAsLong() - latest.readNanos() < idleNanos) {
        return idle.removeLast();
      }
      opened++;
    } finally {
      lock.unlock();
    }
    return new Connection(target, address, trust, connectPatience, clock);
  }

  /** Gives one back after its use; one that can't be used again is closed. */
  void give(Connection connection) throws IOException {
    if (idleNanos == 0 || !connection.reusable()) {
      connection.close();
      return;
    }
    lock.lock();
    try {
      idle.addLast(connection);
    } finally {
      lock.unlock();
    }
  }

  /** How many connections were opened. */
  long opened() {
    lock.lock();
    try {
      return opened;
    } finally {
      lock.unlock();
    }
  }

  /** Closes the idle ones. */
  @Override
  public void close() {
    lock.lock();
    try {
      for (Iterator<Connection> each = idle.iterator(); each.hasNext(); each.remove()) {
        try {
          each.next().close();
        } catch (IOException e) {
          // It is gone, which is what was wanted.
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
