package io.pickwick.bench.feed;

import io.pickwick.bench.measure.CpuTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * CPU time that this process has used, in nanoseconds.
 *
 * @param process all of it, the compiler's and the collector's too
 * @param threads that of Java's threads, by what they are for
 */
record Usage(long process, SequencedMap<String, Long> threads) {
  /** What is left of the process when the known threads are taken away. */
  private static final String REST = "collector, compiler";

  /** Until now. */
  static Usage now() {
    SequencedMap<String, Long> threads = new TreeMap<>();
    CpuTime.threads(Usage::purpose, threads);
    return new Usage(CpuTime.process(), threads);
  }

  private static String purpose(String thread) {
    if (thread.startsWith("kv-lane-")) {
      return "decode and apply";
    }
    if (thread.equals("kv-receive")) {
      return "receive";
    }
    if (thread.startsWith("iothread-")) {
      return "ZeroMQ's I/O";
    }
    if (thread.equals("lookups")) {
      return "lookups";
    }
    return "harness";
  }

  /** What was used since an earlier moment; the sum of the parts is the whole. */
  Usage since(Usage before) {
    SequencedMap<String, Long> parts = new TreeMap<>();
    threads.forEach(
        (name, nanos) -> parts.put(name, nanos - before.threads.getOrDefault(name, 0L)));
    long known = parts.values().stream().mapToLong(Long::longValue).sum();
    parts.put(REST, Math.max(0, process - before.process - known));
    return new Usage(process - before.process, parts);
  }

  /** The memory that this process holds, in bytes; Linux only. */
  static long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no VmRSS in /proc/self/status");
  }
}
