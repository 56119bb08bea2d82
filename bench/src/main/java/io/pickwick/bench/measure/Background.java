package io.pickwick.bench.measure;

import java.util.function.Consumer;

/** A thread that does something beside what is measured until it is closed. */
public final class Background implements AutoCloseable {
  private final Thread thread;
  private volatile boolean closed;

  /**
   * Not started yet.
   *
   * @param work ends soon after {@link #closed}
   */
  public Background(String name, Consumer<Background> work) {
    thread = Thread.ofPlatform().daemon().name(name).unstarted(() -> work.accept(this));
  }

  /** Starts it. */
  public void start() {
    thread.start();
  }

  /** Whether it shall end. */
  public boolean closed() {
    return closed;
  }

  /** Ends it and waits for that, unless interrupted. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    while (thread.isAlive() && !interrupted) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
