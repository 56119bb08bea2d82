package io.pickwick.bench.serve;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * While it is open, a signal that ends the program stops the run first and waits for the report.
 *
 * <p>The exit status is then that of the signal: 130 for SIGINT, 143 for SIGTERM.
 */
final class EarlyEnd implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final CountDownLatch reported = new CountDownLatch(1);
  private final Thread hook;

  /**
   * From now on.
   *
   * @param stop makes the run end soon
   */
  EarlyEnd(Runnable stop) {
    hook =
        new Thread(() -> {
          stop.run();
          try {
            var _ = reported.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** All is reported. */
  @Override
  public void close() {
    reported.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It is at work, and done soon.
    }
  }
}
