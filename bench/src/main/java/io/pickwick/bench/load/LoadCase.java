package io.pickwick.bench.load;

import java.util.List;

/**
 * One thing to measure.
 *
 * @param name a short name for tables
 * @param shape the requests
 * @param endpoints how many endpoints Pickwick chooses from
 * @param warmUp how many requests each server gets before anything is measured
 * @param requests how many it gets in a measured window
 */
record LoadCase(String name, Shape shape, int endpoints, long warmUp, long requests) {
  private static final int CHUNKS = 100;

  /** The cases' names, in the order of a report. */
  static final List<String> NAMES =
      List.of("small", "stream", "paced", "10k", "100k", "e100", "e1000");

  /**
   * The cases of a name.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  static List<LoadCase> named(String name) {
    return switch (name) {
      case "small" -> List.of(small(10));
      case "stream" -> List.of(stream(10));
      case "paced" ->
          List.of(new LoadCase("paced", Shape.paced("paced", 200, CHUNKS), 10, 640, 320));
      case "10k" -> List.of(tenThousand(10));
      case "100k" ->
          List.of(new LoadCase("100k", Shape.lockstep("100k", 100_000, 1), 10, 1_500, 600));
      case "e100" -> List.of(small(100), stream(100));
      case "e1000" -> List.of(small(1000), stream(1000), tenThousand(1000));
      default ->
          throw new IllegalArgumentException(
              "no case is called %s; there are %s, idle and cold"
                  .formatted(name, String.join(", ", NAMES)));
    };
  }

  /** The same with other numbers of requests, each at least as many as run at a time. */
  LoadCase scaled(double warmUps, double windows) {
    return new LoadCase(
        name, shape, endpoints, atLeast(warmUp * warmUps), atLeast(requests * windows));
  }

  /** How many chunks of response this has more than the small case. */
  int extraChunks() {
    return shape.chunks() - 1;
  }

  private long atLeast(double requests) {
    return Math.max(Math.round(requests), shape.streams());
  }

  private static LoadCase small(int endpoints) {
    return new LoadCase("small", Shape.lockstep("small", 200, 1), endpoints, 25_000, 10_000);
  }

  private static LoadCase stream(int endpoints) {
    return new LoadCase("stream", Shape.lockstep("stream", 200, CHUNKS), endpoints, 4_000, 1_500);
  }

  private static LoadCase tenThousand(int endpoints) {
    return new LoadCase("10k", Shape.lockstep("10k", 10_000, 1), endpoints, 5_000, 3_000);
  }
}
