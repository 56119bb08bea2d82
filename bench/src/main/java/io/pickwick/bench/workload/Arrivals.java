package io.pickwick.bench.workload;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** When requests come that wait for no other. */
sealed interface Arrivals {
  /** How many come, if that many are wanted. */
  default int requests(int wanted) {
    return wanted;
  }

  /** The stages, where there are such. */
  default List<Stage> stages() {
    return List.of();
  }

  /** The times of so many requests in nanoseconds, in their order. */
  long[] times(int requests, RandomGenerator random);

  /** All at the start, as with vLLM's rate {@code inf}. */
  record AtOnce() implements Arrivals {
    @Override
    public long[] times(int requests, RandomGenerator random) {
      return new long[requests];
    }
  }

  /**
   * At one rate, with gaps drawn from a gamma distribution; its shape is vLLM's {@code
   * --burstiness}: 1 is a Poisson process, less comes in bursts, more is more even, and infinity is
   * a metronome. As in vLLM the times are stretched so that the last is at requests / rate.
   *
   * @param rate requests a second
   * @param burstiness the shape
   */
  record Steady(double rate, double burstiness) implements Arrivals {
    @Override
    public long[] times(int requests, RandomGenerator random) {
      double[] seconds = new double[requests];
      double at = 0;
      for (int index = 0; index < requests; index++) {
        at += Draws.gap(random, rate, burstiness);
        seconds[index] = at;
      }
      double stretch = at > 0 ? requests / rate / at : 1;
      return nanos(seconds, stretch);
    }
  }

  /**
   * At a rate that grows from request to request, as with vLLM's {@code --ramp-up-strategy}.
   *
   * @param from requests a second at the first
   * @param to at the last
   * @param exponential whether each adds the same factor and not the same rate
   * @param burstiness the shape of the gaps
   */
  record Ramp(double from, double to, boolean exponential, double burstiness) implements Arrivals {
    @Override
    public long[] times(int requests, RandomGenerator random) {
      double[] seconds = new double[requests];
      double at = 0;
      for (int index = 0; index < requests; index++) {
        double progress = (double) index / Math.max(requests - 1, 1);
        double rate =
            exponential
                ? from * StrictMath.pow(to / from, progress)
                : from + (to - from) * progress;
        at += Draws.gap(random, rate, burstiness);
        seconds[index] = at;
      }
      return nanos(seconds, 1);
    }
  }

  /**
   * One stage after the other, each a Poisson process of which the number of requests is known:
   * their times are then uniform over the stage.
   *
   * @param stages at least one
   */
  record Ladder(List<Stage> stages) implements Arrivals {
    public Ladder {
      stages = List.copyOf(stages);
    }

    @Override
    public int requests(int wanted) {
      return stages.stream().mapToInt(Stage::requests).sum();
    }

    @Override
    public long[] times(int requests, RandomGenerator random) {
      double[] seconds = new double[requests(requests)];
      double start = 0;
      int next = 0;
      for (Stage stage : stages) {
        int end = next + stage.requests();
        for (int index = next; index < end; index++) {
          seconds[index] = start + stage.seconds() * random.nextDouble();
        }
        Arrays.sort(seconds, next, end);
        next = end;
        start += stage.seconds();
      }
      return Arrays.copyOf(nanos(seconds, 1), requests);
    }
  }

  /**
   * So many at once, time and again.
   *
   * @param size how many
   * @param everySeconds the time from one burst to the next; the first is at the start
   */
  record Bursts(int size, double everySeconds) implements Arrivals {
    @Override
    public long[] times(int requests, RandomGenerator random) {
      double[] seconds = new double[requests];
      Arrays.setAll(seconds, index -> Math.floorDiv(index, size) * everySeconds);
      return nanos(seconds, 1);
    }
  }

  private static long[] nanos(double[] seconds, double stretch) {
    return Arrays.stream(seconds)
        .mapToLong(at -> WorkloadException.nanos(at * stretch * 1e9))
        .toArray();
  }
}
