package io.pickwick.bench.serve;

import com.sun.management.UnixOperatingSystemMXBean;
import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadRequest;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/** What a run must not be longer than, nor have more of at once, told before it begins. */
final class RunLimits {
  private static final Duration LONGEST = Duration.ofDays(7);
  // The JVM's own files, and those of connections that are still being closed.
  private static final int OTHER_FILES = 200;

  // A JVM whose heap is too small may lose threads of its own, and then hangs for ever; so a heap
  // that can't do is refused. A connection holds its buffers and its thread's stack; a fifth of the
  // number is room for the collector.
  private static final long OWN_BYTES = 16 << 20;
  private static final long STREAM_BYTES = 44 << 10;
  private static final long OUTCOME_BYTES = 200;
  private static final long WORD_BYTES = 6;

  private RunLimits() {}

  /**
   * Says how long a run takes at least.
   *
   * @throws ServeException if that is longer than a week, or if the system allows too few
   *     connections, or the heap is too small
   */
  static String check(Workload workload, int targets) throws ServeException {
    return check(workload, targets, mostFiles(), Runtime.getRuntime().maxMemory());
  }

  static String check(Workload workload, int targets, long mostFiles, long mostBytes)
      throws ServeException {
    Duration last = Duration.ofNanos(lastNanos(workload.requests()));
    if (last.compareTo(LONGEST) > 0) {
      throw new ServeException(
          "The last request would be due after %s, and a run has %s at most;"
                  .formatted(words(last), words(LONGEST))
              + " take a greater rate or scale, or fewer requests.");
    }
    long connections = (long) targets * atOnce(workload);
    if (connections > mostFiles - OTHER_FILES) {
      throw new ServeException(
          "%d requests would be under way at once, and the system allows this process %d open files;"
                  .formatted(connections, mostFiles)
              + " take a lower --max-concurrency, or raise the limit with ulimit -n %d."
                  .formatted(connections + OTHER_FILES));
    }
    long bytes = bytes(workload, targets, connections);
    if (bytes > mostBytes) {
      throw new ServeException(
          "That takes %d MiB of heap at least, and this JVM has %d; give it java -Xmx%dm,"
                  .formatted(bytes >> 20, mostBytes >> 20, (2 * bytes) >> 20)
              + " or take a lower --max-concurrency or fewer requests.");
    }
    return "%d requests to %s, the last due after %s%s."
        .formatted(
            workload.requests().size(),
            targets == 1 ? "the target" : "each of " + targets + " targets",
            words(last),
            workload.requests().stream().anyMatch(WorkloadRequest::follows) ? " or later" : "");
  }

  /** What is held at least: for each request under way, and for what became of all. */
  private static long bytes(Workload workload, int targets, long connections) {
    long prompts = 0;
    long known = 0;
    for (WorkloadRequest one : workload.requests()) {
      prompts += one.prompt().length();
      known += OUTCOME_BYTES + Long.BYTES * (long) one.outputTokens();
    }
    long prompt = prompts / Math.max(1, workload.requests().size()) * WORD_BYTES;
    return OWN_BYTES + targets * known + connections * (STREAM_BYTES + prompt);
  }

  /** When the last request is due if no answer takes any time. */
  private static long lastNanos(List<WorkloadRequest> requests) {
    long[] due = new long[requests.size()];
    long last = 0;
    for (WorkloadRequest one : requests) {
      due[one.id()] = one.follows() ? due[one.after()] + one.thinkNanos() : one.atNanos();
      last = Math.max(last, due[one.id()]);
    }
    return last;
  }

  /** The most requests that are due at the same time, as far as the limit of concurrency lets. */
  private static int atOnce(Workload workload) {
    int most = 0;
    int now = 0;
    long nanos = -1;
    for (WorkloadRequest one : workload.requests()) {
      if (!one.follows()) {
        now = one.atNanos() == nanos ? now + 1 : 1;
        nanos = one.atNanos();
        most = Math.max(most, now);
      }
    }
    int limit = workload.maxConcurrency();
    return limit == 0 ? most : Math.min(limit, workload.requests().size());
  }

  private static long mostFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }

  /** A time in its two largest units. */
  private static String words(Duration time) {
    if (time.toDays() > 0) {
      String days = "%d days".formatted(time.toDays());
      return time.toHoursPart() == 0 ? days : "%s %d h".formatted(days, time.toHoursPart());
    }
    if (time.toHours() > 0) {
      return "%d h %d min".formatted(time.toHours(), time.toMinutesPart());
    }
    return time.toMinutes() > 0
        ? "%d min %d s".formatted(time.toMinutes(), time.toSecondsPart())
        : "%d.%d s".formatted(time.toSeconds(), time.toMillisPart() / 100);
  }
}
