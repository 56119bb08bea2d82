package io.pickwick.bench.workload;

import java.util.random.RandomGenerator;

/** Draws from the distributions that the JDK has no fixed algorithm for. */
final class Draws {
  private Draws() {}

  /** A time until the next request, in seconds, at a rate; see {@link Arrivals.Steady}. */
  static double gap(RandomGenerator random, double rate, double burstiness) {
    if (Double.isInfinite(burstiness)) {
      return 1 / rate;
    }
    return burstiness == 1
        ? exponential(random, 1 / rate)
        : gamma(random, burstiness) / (rate * burstiness);
  }

  static double exponential(RandomGenerator random, double mean) {
    return -mean * StrictMath.log(1 - random.nextDouble());
  }

  /** Of a shape, and of scale 1. */
  static double gamma(RandomGenerator random, double shape) {
    // Marsaglia and Tsang, A simple method for generating gamma variables (2000); a shape below 1
    // is drawn from shape + 1 and taken down, as in its section 6.
    if (shape < 1) {
      double uniform = 1 - random.nextDouble();
      return gamma(random, shape + 1) * StrictMath.pow(uniform, 1 / shape);
    }
    double d = shape - 1.0 / 3;
    double c = 1 / StrictMath.sqrt(9 * d);
    while (true) {
      double x = gaussian(random);
      double v = 1 + c * x;
      if (v <= 0) {
        continue;
      }
      v = v * v * v;
      double uniform = 1 - random.nextDouble();
      if (StrictMath.log(uniform) < 0.5 * x * x + d * (1 - v + StrictMath.log(v))) {
        return d * v;
      }
    }
  }

  /** By Box and Muller: the JDK's own differs between its versions. */
  private static double gaussian(RandomGenerator random) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
  }

  /** The numbers below a count, in any order. */
  static int[] order(RandomGenerator random, int count) {
    int[] order = new int[count];
    for (int index = 0; index < count; index++) {
      int other = random.nextInt(index + 1);
      order[index] = order[other];
      order[other] = index;
    }
    return order;
  }
}
