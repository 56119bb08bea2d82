package io.pickwick.epp.extproc;

import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import io.pickwick.epp.extproc.wire.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All streams of one event loop, and what they share: they run one after the other, so they need
 * one answer to write into and no locks.
 *
 * <p>Deadlines cost nothing per stream: the lane looks over its waiting streams once a second.
 */
final class Lane implements Executor {
  private static final long SWEEP_MILLIS = 1000;

  private final EventExecutor loop;
  private final Answer answer = new Answer();
  private final RequestIds ids = new RequestIds(new SplittableRandom());
  private @Nullable ProcessStream waiting;
  private @Nullable Future<?> sweeps;
  private volatile int streams;

  Lane(EventExecutor loop) {
    this.loop = loop;
  }

  void start() {
    sweeps =
        loop.scheduleWithFixedDelay(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  void stop() {
    Future<?> scheduled = sweeps;
    if (scheduled != null) {
      scheduled.cancel(false);
    }
  }

  /** Runs a step of a stream between its messages; called by any thread. */
  @Override
  public void execute(Runnable step) {
    loop.execute(step);
  }

  boolean isCurrent() {
    return loop.inEventLoop();
  }

  Answer answer() {
    return answer;
  }

  RequestIds ids() {
    return ids;
  }

  int streams() {
    return streams;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written by the loop alone
  void opened() {
    streams++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written by the loop alone
  void closed() {
    streams--;
  }

  /** From now on the stream is asked at each sweep whether it has waited too long. */
  void await(ProcessStream stream) {
    ProcessStream first = waiting;
    stream.next = first;
    if (first != null) {
      first.previous = stream;
    }
    waiting = stream;
    stream.awaited = true;
  }

  void forget(ProcessStream stream) {
    if (!stream.awaited) {
      return;
    }
    ProcessStream before = stream.previous;
    ProcessStream after = stream.next;
    if (before == null) {
      waiting = after;
    } else {
      before.next = after;
    }
    if (after != null) {
      after.previous = before;
    }
    stream.previous = null;
    stream.next = null;
    stream.awaited = false;
  }

  private void sweep() {
    List<ProcessStream> late = new ArrayList<>();
    for (ProcessStream stream = waiting; stream != null; stream = stream.next) {
      if (stream.late()) {
        late.add(stream);
      }
    }
    late.forEach(ProcessStream::expire);
  }
}
