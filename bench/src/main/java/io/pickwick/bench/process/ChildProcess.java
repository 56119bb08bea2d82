package io.pickwick.bench.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that we started: its output goes to a file, and it ends when we do.
 *
 * <p>CPU time and memory are read from {@code /proc}, so on Linux only.
 */
public final class ChildProcess implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(10);
  private static final Duration GRACE = Duration.ofSeconds(5);

  /** A look at whether a process is ready; a failure to look counts as not yet. */
  @FunctionalInterface
  public interface Probe {
    /** Whether it is ready now. */
    boolean ready() throws IOException, InterruptedException;
  }

  private final String name;
  private final Process process;
  private final Path log;
  private final Thread reaper;

  private ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
    this.reaper = new Thread(process::destroyForcibly, "reap " + name);
    Runtime.getRuntime().addShutdownHook(reaper);
  }

  /** Starts a command with both its outputs in the log file. */
  public static ChildProcess start(String name, List<String> command, Path log) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    return new ChildProcess(name, process, log);
  }

  /** Waits until the probe is content; fails with the process' last lines when it never is. */
  public void await(Duration patience, Probe probe) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      if (!process.isAlive()) {
        throw new StartException(
            "%s ended with status %d.%n%s".formatted(name, process.exitValue(), lastWords()));
      }
      try {
        if (probe.ready()) {
          return;
        }
      } catch (StartException e) {
        throw e;
      } catch (IOException e) {
        // Not listening yet: the deadline decides.
      }
      if (System.nanoTime() > deadline) {
        throw new StartException(
            "%s was not ready after %d s.%n%s".formatted(name, patience.toSeconds(), lastWords()));
      }
      LockSupport.parkNanos(POLL.toNanos());
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  /** Where its output goes. */
  public Path log() {
    return log;
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it still runs. */
  public boolean alive() {
    return process.isAlive();
  }

  /** The user and system time it has used, to the kernel's tick of ten milliseconds. */
  public Duration cpu() throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid()), "stat"));
    // The second field is the command's name in parentheses and may hold blanks.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Duration.ofMillis(10 * (Long.parseLong(fields[11]) + Long.parseLong(fields[12])));
  }

  /** The memory it holds, in bytes. */
  public long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid()), "status"))) {
      if (line.startsWith("VmRSS:")) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no VmRSS for " + name);
  }

  /** The last lines of its output, with the log's place. */
  public String lastWords() {
    String text;
    try {
      text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "Its log " + log + " cannot be read: " + e.getMessage();
    }
    List<String> lines = text.lines().toList();
    return "The last lines of "
        + log
        + ":\n"
        + String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
  }

  /** Kills it as a crash would, and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    waitFor(GRACE);
  }

  /** Asks it to end and says whether it did so in time. */
  public boolean terminate(Duration patience) {
    process.destroy();
    return waitFor(patience);
  }

  @Override
  public void close() {
    if (!terminate(GRACE)) {
      kill();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(reaper);
    } catch (IllegalStateException e) {
      // The hooks are already running.
    }
  }

  private boolean waitFor(Duration patience) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
