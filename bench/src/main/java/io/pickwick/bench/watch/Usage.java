package io.pickwick.bench.watch;

import com.sun.management.ThreadMXBean;
import io.pickwick.bench.measure.CpuTime;
import java.lang.management.ManagementFactory;
import java.util.EnumMap;
import java.util.Map;

/**
 * What this process has used.
 *
 * @param process CPU time of all of it in nanoseconds, the compiler's and the collector's too
 * @param threads CPU time of Java's threads in nanoseconds, by what they are for
 * @param allocated bytes allocated by all threads
 */
record Usage(long process, Map<Part, Long> threads, long allocated) {
  /** What a thread is for. */
  enum Part {
    /** The HTTP client's threads. */
    TRANSPORT("transport"),
    /** The virtual threads that read lists and watches, and what wakes them. */
    READING("reading"),
    /** The thread that applies changes to the pool. */
    APPLYING("applying"),
    /** The thread that decides. */
    DECIDING("deciding"),
    /** What measures. */
    HARNESS("harness");

    final String words;

    Part(String words) {
      this.words = words;
    }

    private static Part of(String thread) {
      if (thread.startsWith("HttpClient-") || thread.startsWith("JdkHttpClientFactory-")) {
        return TRANSPORT;
      } else if (thread.startsWith("ForkJoinPool-") || thread.startsWith("VirtualThread-")) {
        return READING;
      } else if (thread.equals(WatchRun.APPLYING)) {
        return APPLYING;
      }
      return thread.equals(Decisions.THREAD) ? DECIDING : HARNESS;
    }
  }

  /** Until now. */
  static Usage now() {
    return new Usage(
        CpuTime.process(),
        CpuTime.threads(Part::of, new EnumMap<>(Part.class)),
        ManagementFactory.getPlatformMXBean(ThreadMXBean.class).getTotalThreadAllocatedBytes());
  }

  long of(Part part) {
    return threads.getOrDefault(part, 0L);
  }

  /** Of the threads that watch. */
  long watching() {
    return of(Part.TRANSPORT) + of(Part.READING) + of(Part.APPLYING);
  }

  /** What was used since an earlier moment. */
  Usage since(Usage before) {
    Map<Part, Long> parts = new EnumMap<>(Part.class);
    for (Part part : Part.values()) {
      parts.put(part, of(part) - before.of(part));
    }
    return new Usage(process - before.process, parts, allocated - before.allocated);
  }
}
