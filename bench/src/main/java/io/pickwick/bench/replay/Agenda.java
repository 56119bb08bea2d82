package io.pickwick.bench.replay;

import java.util.Arrays;

/** What will happen, in virtual time: the clock jumps from one event to the next. */
final class Agenda {
  /*
   * A binary heap over parallel arrays, ordered by time and then by when an event was put down, so
   * that a run is the same every time.
   */
  private long[] times = new long[64];
  private long[] orders = new long[64];
  private Runnable[] events = new Runnable[64];
  private int size;
  private long order;
  private long now;

  /** The time in nanoseconds from the begin of the run. */
  long now() {
    return now;
  }

  /** Puts an event down; of those at the same time, the first comes first. */
  void at(long nanos, Runnable event) {
    if (nanos < now) {
      throw new IllegalArgumentException("%d has passed; it is %d.".formatted(nanos, now));
    }
    if (size == times.length) {
      times = Arrays.copyOf(times, 2 * size);
      orders = Arrays.copyOf(orders, 2 * size);
      events = Arrays.copyOf(events, 2 * size);
    }
    rise(size++, nanos, order++, event);
  }

  /** Lets the next event happen; false when there is none. */
  boolean step() {
    if (size == 0) {
      return false;
    }
    now = times[0];
    Runnable event = events[0];
    size--;
    Runnable last = events[size];
    long time = times[size];
    long turn = orders[size];
    events[size] = event;
    if (size > 0) {
      sink(time, turn, last);
    }
    event.run();
    return true;
  }

  private void rise(int from, long time, long turn, Runnable event) {
    int at = from;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (!before(time, turn, times[parent], orders[parent])) {
        break;
      }
      move(parent, at);
      at = parent;
    }
    put(at, time, turn, event);
  }

  private void sink(long time, long turn, Runnable event) {
    int at = 0;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      int right = child + 1;
      if (right < size && before(times[right], orders[right], times[child], orders[child])) {
        child = right;
      }
      if (!before(times[child], orders[child], time, turn)) {
        break;
      }
      move(child, at);
      at = child;
    }
    put(at, time, turn, event);
  }

  private static boolean before(long time, long turn, long otherTime, long otherTurn) {
    return time < otherTime || (time == otherTime && turn < otherTurn);
  }

  private void move(int from, int to) {
    put(to, times[from], orders[from], events[from]);
  }

  private void put(int at, long time, long turn, Runnable event) {
    times[at] = time;
    orders[at] = turn;
    events[at] = event;
  }
}
