package io.pickwick.schedule.plugin;

import static io.pickwick.schedule.Pods.SECOND;
import static io.pickwick.schedule.Pods.candidates;
import static io.pickwick.schedule.Pods.pods;
import static io.pickwick.schedule.Pods.prompt;
import static io.pickwick.schedule.Pods.reserve;
import static io.pickwick.schedule.Pods.score;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Picker;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.plugin.MaxScorePicker.TieBreak;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PickersTest {
  private static final long T0 = 7 * SECOND;
  private static final ScheduleRequest REQUEST = ScheduleRequest.of("m", prompt(1, 640));

  private final Random random = new Random(3);

  @Test
  void maxScoreTakesTheBestInOrder() {
    assertThat(pick(new MaxScorePicker("p", 1, TieBreak.RANDOM), 0.2, 0.9, 0.5)).containsExactly(1);
    assertThat(pick(new MaxScorePicker("p", 2, TieBreak.RANDOM), 0.2, 0.9, 0.5))
        .containsExactly(1, 2);
    assertThat(pick(new MaxScorePicker("p", 9, TieBreak.RANDOM), 0.2, 0.9, 0.5))
        .containsExactly(1, 2, 0);
    assertThat(pick(new MaxScorePicker("p", 1, TieBreak.RANDOM), -5)).containsExactly(0);
  }

  @Test
  void maxScoreMatchesASort() {
    for (int round = 0; round < 300; round++) {
      int size = 1 + random.nextInt(40);
      double[] scores = new double[size];
      List<Integer> sorted = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        scores[i] = random.nextDouble();
        sorted.add(i);
      }
      sorted.sort(Comparator.comparingDouble(i -> -scores[i]));
      int limit = 1 + random.nextInt(45);
      assertThat(pick(new MaxScorePicker("p", limit, TieBreak.RANDOM), scores))
          .as("round %s", round)
          .isEqualTo(sorted.subList(0, Math.min(size, limit)));
    }
  }

  @Test
  void equalScoresAreDrawnByChance() {
    int[] hits = new int[4];
    for (int i = 0; i < 4000; i++) {
      hits[pick(new MaxScorePicker("p", 1, TieBreak.RANDOM), 1, 0.5, 1, 1).getFirst()]++;
    }
    assertThat(hits[1]).isZero();
    for (int row : new int[] {0, 2, 3}) {
      assertThat(hits[row]).isBetween(1200, 1470);
    }
  }

  @Test
  void equalScoresCanGoToTheFewestActive() {
    List<Endpoint> pods = pods(3);
    reserve(pods.get(0), 1, T0);
    reserve(pods.get(2), 1, T0);
    Candidates seen = candidates(pods, REQUEST, PrefixIndex.none(), T0);
    score(seen, 1, 1, 1);
    int[] rows = new int[1];
    MaxScorePicker picker = new MaxScorePicker("p", 1, TieBreak.FEWEST_ACTIVE);
    assertThat(picker.pick(REQUEST, seen, random, rows)).isEqualTo(1);
    assertThat(rows[0]).isEqualTo(1);
  }

  @Test
  void randomIgnoresScoresAndPicksNobodyTwice() {
    int[] hits = new int[3];
    for (int i = 0; i < 3000; i++) {
      hits[pick(new RandomPicker("p", 1), 1, 0, 0.1).getFirst()]++;
    }
    for (int hit : hits) {
      assertThat(hit).isBetween(900, 1100);
    }
    assertThat(pick(new RandomPicker("p", 5), 1, 0, 0.1)).containsExactlyInAnyOrder(0, 1, 2);
  }

  @Test
  void weightedRandomFollowsTheScores() {
    int[] hits = new int[3];
    for (int i = 0; i < 10_000; i++) {
      hits[pick(new WeightedRandomPicker("p", 1), 0.6, 0, 0.2).getFirst()]++;
    }
    assertThat(hits[1]).isZero();
    assertThat(hits[0] / 10_000.0).isCloseTo(0.75, within(0.02));
  }

  @Test
  void weightedRandomIsEvenWhenAllScoresAreZero() {
    int[] hits = new int[3];
    for (int i = 0; i < 3000; i++) {
      hits[pick(new WeightedRandomPicker("p", 1), 0, 0, 0).getFirst()]++;
    }
    for (int hit : hits) {
      assertThat(hit).isBetween(900, 1100);
    }
    assertThat(pick(new WeightedRandomPicker("p", 2), 0, 1, 0).getFirst()).isEqualTo(1);
  }

  private List<Integer> pick(Picker picker, double... scores) {
    Candidates seen = candidates(pods(scores.length), REQUEST, PrefixIndex.none(), T0);
    score(seen, scores);
    int[] rows = new int[picker.maxEndpoints()];
    int picked = picker.pick(REQUEST, seen, random, rows);
    List<Integer> list = new ArrayList<>();
    for (int i = 0; i < picked; i++) {
      list.add(rows[i]);
    }
    return list;
  }
}
