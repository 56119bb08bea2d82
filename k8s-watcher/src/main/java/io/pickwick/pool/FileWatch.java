package io.pickwick.pool;

import io.pickwick.schedule.spec.SpecException;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps something equal to what a file says while the file changes.
 *
 * <p>A file that is torn, wrong or gone is reported once and leaves everything as it was, until it
 * is right again. Writers should replace the file by a rename: a file that is cut at the end of a
 * line can be valid and say less.
 */
public final class FileWatch implements AutoCloseable {
  // The directory is watched, not the file: an editor replaces the file, and a mounted ConfigMap
  // changes by renaming the link "..data" beside it, so no event ever names the file. Any event
  // therefore only means "look": what is looked at is the real path, its key, size and time. The
  // slow poll is for file systems without events, and for a directory that comes and goes.

  private static final Logger log = LoggerFactory.getLogger(FileWatch.class);

  private final String what;
  private final Path file;
  private final Reader reader;
  private final Duration debounce;
  private final Duration poll;
  private final Thread thread;
  private final ReentrantLock checking = new ReentrantLock();
  private volatile boolean closed;
  private volatile @Nullable String lastMistake;
  private @Nullable Fingerprint applied;

  /** Reads the file without any effect yet. */
  public interface Reader {
    /**
     * Reads and checks it.
     *
     * @return what makes it count; it may still refuse
     * @throws SpecException when the file is wrong
     */
    Runnable read(Path file) throws IOException;
  }

  /**
   * Makes a watch that does nothing before {@link #start}.
   *
   * @param what what to call the file in log lines
   * @param debounce how long the directory must be quiet after an event before the file is read
   * @param poll how often to look when there are no events
   * @param threads makes the one thread that watches
   */
  public FileWatch(
      String what,
      Path file,
      Reader reader,
      Duration debounce,
      Duration poll,
      ThreadFactory threads) {
    this.what = what;
    this.file = file.toAbsolutePath();
    this.reader = reader;
    this.debounce = debounce;
    this.poll = poll;
    this.thread = threads.newThread(this::watch);
  }

  /** Reads the file once in the caller's thread, then watches it. */
  public void start() {
    check();
    thread.start();
  }

  /**
   * The same for a file that must be right to begin with.
   *
   * @throws SpecException when it is wrong
   * @throws IOException when it can't be read
   */
  public void startRight() throws IOException {
    checking.lock();
    try {
      look();
    } finally {
      checking.unlock();
    }
    thread.start();
  }

  /** What is wrong with the file as it is now; empty when what it says counts. */
  public Optional<String> lastMistake() {
    return Optional.ofNullable(lastMistake);
  }

  /** Reads the file if it is another than the one that was read last. */
  public void check() {
    checking.lock();
    try {
      look();
    } catch (SpecException e) {
      report(Objects.requireNonNullElse(e.getMessage(), "the file is wrong"));
    } catch (NoSuchFileException e) {
      applied = null;
      report(file + ": the file is not there");
    } catch (IOException e) {
      applied = null;
      report(file + ": the file cannot be read: " + e);
    } catch (RuntimeException e) {
      // Whatever a file does to us, the next one must still be looked at.
      log.error("{} could not be applied: file={}", what, file, e);
      report(file + ": the file could not be applied: " + e);
    } finally {
      checking.unlock();
    }
  }

  private void look() throws IOException {
    Fingerprint seen = fingerprint();
    if (seen.equals(applied)) {
      right();
      return;
    }
    Runnable effect = reader.read(file);
    if (!seen.equals(fingerprint())) {
      // Somebody is writing at this moment: the next look finds the file complete.
      return;
    }
    effect.run();
    applied = seen;
    right();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    if (thread.getState() == Thread.State.NEW) {
      return;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void right() {
    if (lastMistake != null) {
      lastMistake = null;
      log.info("{} is right again: file={}", what, file);
    }
  }

  private void report(String mistake) {
    if (!mistake.equals(lastMistake)) {
      lastMistake = mistake;
      log.warn("{} is not used, all stays as it was: {}", what, mistake);
    }
  }

  private void watch() {
    while (!closed) {
      try (WatchService service = file.getFileSystem().newWatchService()) {
        watch(service);
      } catch (ClosedWatchServiceException | InterruptedException e) {
        log.debug("watch of the {} interrupted", what, e);
      } catch (IOException | RuntimeException e) {
        log.warn("{} cannot be watched, looking every {}: file={}", what, poll, file, e);
        pause();
        check();
      }
    }
  }

  private void watch(WatchService service) throws IOException, InterruptedException {
    @Nullable WatchKey key = null;
    while (!closed) {
      if (key == null || !key.isValid()) {
        key = register(service);
      }
      WatchKey event = service.poll(poll.toNanos(), TimeUnit.NANOSECONDS);
      if (event != null) {
        long patienceEnds = System.nanoTime() + 10 * debounce.toNanos();
        do {
          event.pollEvents();
          event.reset();
          event = service.poll(debounce.toNanos(), TimeUnit.NANOSECONDS);
        } while (event != null && System.nanoTime() - patienceEnds < 0);
      }
      check();
    }
  }

  private @Nullable WatchKey register(WatchService service) throws IOException {
    Path directory = Objects.requireNonNullElse(file.getParent(), file);
    if (!Files.isDirectory(directory)) {
      return null;
    }
    WatchKey key =
        directory.register(
            service,
            StandardWatchEventKinds.ENTRY_CREATE,
            StandardWatchEventKinds.ENTRY_MODIFY,
            StandardWatchEventKinds.ENTRY_DELETE);
    // What changed before the watch stood is in no event.
    check();
    return key;
  }

  private void pause() {
    try {
      Thread.sleep(poll);
    } catch (InterruptedException e) {
      log.debug("watch of the {} interrupted", what, e);
    }
  }

  private Fingerprint fingerprint() throws IOException {
    Path real = file.toRealPath();
    BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
    return new Fingerprint(
        real,
        String.valueOf(attributes.fileKey()),
        attributes.size(),
        attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
  }

  private record Fingerprint(Path real, String key, long size, long modifiedNanos) {}
}
