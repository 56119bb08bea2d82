package io.pickwick.bench.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AgendaTest {
  private record Put(long at, int number) {}

  @Test
  void eventsComeInTheOrderOfTheirTimeAndThenOfBeingPutDown() {
    long seed = 7;
    Random random = new Random(seed);
    Agenda agenda = new Agenda();
    List<Put> all = new ArrayList<>();
    List<Put> happened = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      Put put = new Put(agenda.now() + random.nextInt(50), i);
      all.add(put);
      agenda.at(
          put.at,
          () -> {
            assertThat(agenda.now()).isEqualTo(put.at);
            happened.add(put);
          });
      if (random.nextInt(3) == 0) {
        agenda.step();
      }
    }
    while (agenda.step()) {
      // All that is left.
    }
    all.sort(Comparator.comparingLong(Put::at).thenComparingInt(Put::number));
    assertThat(happened).as("seed %d", seed).isEqualTo(all);
  }

  @Test
  void anEventMayPutDownOthersForTheSameMoment() {
    Agenda agenda = new Agenda();
    List<String> happened = new ArrayList<>();
    agenda.at(
        5,
        () -> {
          happened.add("first");
          agenda.at(5, () -> happened.add("third"));
        });
    agenda.at(5, () -> happened.add("second"));
    while (agenda.step()) {
      assertThat(agenda.now()).isEqualTo(5);
    }
    assertThat(happened).containsExactly("first", "second", "third");
  }

  @Test
  void thePastIsRefused() {
    Agenda agenda = new Agenda();
    agenda.at(5, () -> {});
    agenda.step();
    assertThatThrownBy(() -> agenda.at(4, () -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4 has passed; it is 5");
  }
}
