package io.pickwick.kube;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that brings what the API server has in line with what was wanted last. */
final class ApiWriter<T> implements AutoCloseable {
  // What is wanted may change while it is written: then it is written once more. After a failure it
  // is tried again by itself, after a refusal as late as we ever do: somebody may grant it
  // meanwhile.

  private static final Logger log = LoggerFactory.getLogger(ApiWriter.class);

  private final String what;
  private final String mend;
  private final Work<T> work;
  private final BooleanSupplier leads;
  private final RetryPace pace;
  private final Thread thread;
  private final Semaphore wake = new Semaphore(0);
  private volatile Optional<T> wanted = Optional.empty();
  private volatile boolean closed;

  // Only the thread's:
  private Optional<Duration> pause = Optional.empty();
  private int failures;
  private String refusal = "";

  /** Does what it takes, which may be nothing. */
  interface Work<T> {
    void bring(T wanted) throws IOException, ApiRefusal, InterruptedException;
  }

  /**
   * @param what is written, as the log calls it
   * @param mend what to do about a refusal
   * @param leads whether it is ours to write
   * @param pace how long to wait after failures
   */
  ApiWriter(
      String what,
      String mend,
      Work<T> work,
      BooleanSupplier leads,
      RetryPace pace,
      ThreadFactory threads) {
    this.what = what;
    this.mend = mend;
    this.work = work;
    this.leads = leads;
    this.pace = pace;
    this.thread = threads.newThread(this::run);
  }

  void start() {
    thread.start();
  }

  /** Wants this from now on; what was wanted before is forgotten. */
  void want(T next) {
    wanted = Optional.of(next);
    wake.release();
  }

  /** Looks again, after we became the leader. */
  void wake() {
    wake.release();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    try {
      while (!closed) {
        if (pause.isPresent()) {
          boolean _ = wake.tryAcquire(pause.get().toNanos(), TimeUnit.NANOSECONDS);
        } else {
          wake.acquire();
        }
        wake.drainPermits();
        Optional<T> next = wanted;
        if (next.isPresent() && leads.getAsBoolean()) {
          bring(next.get());
        }
      }
    } catch (InterruptedException e) {
      log.debug("interrupted while it wrote {}", what, e);
    }
  }

  private void bring(T next) throws InterruptedException {
    try {
      work.bring(next);
      if (!refusal.isEmpty()) {
        log.info("{} is written again", what);
      }
      refusal = "";
      failures = 0;
      pause = Optional.empty();
    } catch (ApiRefusal e) {
      switch (e.code()) {
        case 409, 429, 500, 502, 503, 504 -> failed(e);
        default -> refused(e);
      }
    } catch (IOException e) {
      failed(e);
    } catch (RuntimeException e) {
      log.error("{} could not be written", what, e);
      pause = Optional.of(pace.pause(++failures));
    }
  }

  private void failed(Exception cause) {
    log.debug("{} could not be written", what, cause);
    pause = Optional.of(pace.pause(++failures));
  }

  private void refused(ApiRefusal cause) {
    if (!cause.words().equals(refusal)) {
      refusal = cause.words();
      boolean ours = cause.code() == 401 || cause.code() == 403 || cause.code() == 404;
      log.warn("{} is not written, for now ({}){}", what, refusal, ours ? "; " + mend : "");
    }
    pause = Optional.of(pace.longest());
  }
}
