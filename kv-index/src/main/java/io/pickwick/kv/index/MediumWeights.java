package io.pickwick.kv.index;

import io.pickwick.kv.event.Medium;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a hit in each medium is worth: the share of a block's tokens that need not be computed.
 *
 * <p>Shares are from 0 to 1. Immutable.
 */
public final class MediumWeights {
  /** Parts into which a token is divided, so that sums are exact and the same in any order. */
  static final int SHIFT = 20;

  private static final MediumWeights STANDARD =
      new MediumWeights(
          Map.of(
              Medium.GPU, 1.0,
              Medium.CPU, 0.8,
              Medium.DISK, 0.5,
              Medium.SHARED, 0.5,
              Medium.OTHER, 0.5));

  private final Map<Medium, Double> weights;
  private final int[] parts = new int[Medium.values().length];

  private MediumWeights(Map<Medium, Double> weights) {
    this.weights = new EnumMap<>(weights);
    weights.forEach((medium, weight) -> {
      if (!(weight >= 0 && weight <= 1)) {
        throw new IllegalArgumentException(
            "the weight of %s must be from 0 to 1: %s".formatted(medium, weight));
      }
      parts[code(medium)] = (int) Math.ceil(weight * (1 << SHIFT));
    });
  }

  /** GPU 1.0, CPU 0.8, and 0.5 for everything else. */
  public static MediumWeights standard() {
    return STANDARD;
  }

  /**
   * These weights with one of them changed.
   *
   * @throws IllegalArgumentException if the weight is not from 0 to 1
   */
  public MediumWeights with(Medium medium, double weight) {
    Map<Medium, Double> changed = new EnumMap<>(weights);
    changed.put(medium, weight);
    return new MediumWeights(changed);
  }

  /** The share of a block's tokens that a hit in this medium saves. */
  public double weight(Medium medium) {
    return weights.getOrDefault(medium, 0.0);
  }

  /** A small number for a medium. */
  static int code(Medium medium) {
    return switch (medium) {
      case GPU -> 0;
      case CPU -> 1;
      case DISK -> 2;
      case SHARED -> 3;
      case OTHER -> 4;
    };
  }

  /** The weight in parts, rounded up, by the medium's {@link #code}. */
  int parts(int code) {
    return parts[code];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MediumWeights them && weights.equals(them.weights);
  }

  @Override
  public int hashCode() {
    return weights.hashCode();
  }

  @Override
  public String toString() {
    return "MediumWeights" + weights;
  }
}
