package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.report.Outline.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OutlineTest {
  private static final Place GAP = new Place(Double.NaN, 1);

  @Test
  void whatLiesOnTheLineIsLeftOut() {
    assertThat(
            Outline.lines(
                List.of(new Place(0, 0), new Place(1, 1), new Place(2, 2), new Place(4, 0))))
        .containsExactly("0,0 2,2 4,0");
  }

  @Test
  void gapsPartTheLine() {
    assertThat(
            Outline.lines(
                List.of(GAP, new Place(0, 0), new Place(5, 0), GAP, GAP, new Place(8, 3), GAP)))
        .containsExactly("0,0 5,0", "6,3 10,3");
  }

  @Test
  void nothingIsNothing() {
    assertThat(Outline.lines(List.of())).isEmpty();
    assertThat(Outline.lines(List.of(GAP))).isEmpty();
    assertThat(Outline.thinned(List.of())).isEmpty();
  }

  @Test
  void aLoopIsKept() {
    List<Place> loop = List.of(new Place(0, 0), new Place(9, 0), new Place(9, 9), new Place(0, 0));
    assertThat(Outline.thinned(loop)).isEqualTo(loop);
  }

  @Test
  void nothingThatCouldBeSeenIsLost() {
    long seed = 5;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 40; round++) {
      List<Place> line = new ArrayList<>();
      double y = 0;
      for (int i = 0; i < 300; i++) {
        y += random.nextDouble(-1, 1) * (random.nextInt(20) == 0 ? 30 : 0.2);
        line.add(new Place(i, y));
      }
      List<Place> thinned = Outline.thinned(line);
      assertThat(thinned.getFirst()).isEqualTo(line.getFirst());
      assertThat(thinned.getLast()).isEqualTo(line.getLast());
      for (Place place : line) {
        double nearest = Double.MAX_VALUE;
        for (int i = 1; i < thinned.size(); i++) {
          nearest = Math.min(nearest, away(place, thinned.get(i - 1), thinned.get(i)));
        }
        assertThat(nearest).as("seed %d, round %d, %s", seed, round, place).isLessThan(0.31);
      }
    }
  }

  /** The distance to a stretch, by trying its places. */
  private static double away(Place place, Place from, Place to) {
    if (place.x() < from.x() - 1 || place.x() > to.x() + 1) {
      return Double.MAX_VALUE;
    }
    double nearest = Double.MAX_VALUE;
    int steps = (int) Math.ceil(200 * (1 + Math.hypot(to.x() - from.x(), to.y() - from.y())) / 10);
    for (int i = 0; i <= steps; i++) {
      double share = (double) i / steps;
      nearest =
          Math.min(
              nearest,
              Math.hypot(
                  from.x() + share * (to.x() - from.x()) - place.x(),
                  from.y() + share * (to.y() - from.y()) - place.y()));
    }
    return nearest;
  }
}
