package io.pickwick.bench.replay;

/**
 * The mean of a number over several seeds and how well it is known.
 *
 * @param mean not-a-number when it is so for any seed
 * @param halfWidth of the interval that holds the true mean with 95 % confidence, by Student's
 *     distribution; not-a-number with one seed
 */
public record Estimate(double mean, double halfWidth) {
  /** The 97.5 % quantiles of Student's distribution, from one degree of freedom on. */
  private static final double[] STUDENT = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042
  };

  private static final double NORMAL = 1.960;

  /** Of one number per seed, at least one. */
  public static Estimate of(double... values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    double mean = sum / values.length;
    int freedom = values.length - 1;
    if (freedom == 0 || Double.isInfinite(mean)) {
      return new Estimate(mean, Double.NaN);
    }
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    double quantile = freedom <= STUDENT.length ? STUDENT[freedom - 1] : NORMAL;
    return new Estimate(mean, quantile * Math.sqrt(squares / freedom / values.length));
  }
}
