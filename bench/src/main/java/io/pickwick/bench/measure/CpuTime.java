package io.pickwick.bench.measure;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Map;
import java.util.function.Function;

/** CPU time that this process has used until now, in nanoseconds. */
public final class CpuTime {
  private CpuTime() {}

  /** All of it, the compiler's and the collector's too. */
  public static long process() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  /** Adds that of Java's threads that are alive, each to what it is for by its name. */
  public static <P> Map<P, Long> threads(Function<String, P> purpose, Map<P, Long> into) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null) {
        long nanos = threads.getThreadCpuTime(thread.getThreadId());
        into.merge(purpose.apply(thread.getThreadName()), Math.max(0, nanos), Long::sum);
      }
    }
    return into;
  }
}
