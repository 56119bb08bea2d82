package io.pickwick.kv.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is indexed is always explained by messages in a row of one process. */
class ContinuityTest {
  /** A message: which process sent it, and its number. */
  private record Sent(int process, long number, boolean clears) {}

  /** Remembers what was applied since it last forgot, and who asked for what. */
  private static final class Book implements Journal {
    private final List<Sent> applied = new ArrayList<>();
    private Optional<long[]> asked = Optional.empty();
    private int startsOver;

    @Override
    public int apply(Batch batch) {
      Sent sent = read(batch);
      applied.add(sent);
      if (sent.clears()) {
        applied.clear();
        applied.add(sent);
        return CLEARED;
      }
      return PLAIN;
    }

    @Override
    public void forget() {
      applied.clear();
    }

    @Override
    public void startOver() {
      applied.clear();
      startsOver++;
    }

    @Override
    public void ask(long token, long from, Urgency urgency) {
      asked = Optional.of(new long[] {token, from});
    }

    @Override
    public void cancel(long token) {
      if (asked.isPresent() && asked.get()[0] == token) {
        asked = Optional.empty();
      }
    }
  }

  private final Book book = new Book();
  private final Counters counters = new Counters();

  private static Batch write(Sent sent) {
    List<Batches.Event> events = new ArrayList<>();
    events.add(Batches.stored(sent.process(), sent.number()));
    if (sent.clears()) {
      events.add(new Batches.Cleared());
    }
    return new Batch(Batches.of(1000.0 * sent.process() + (double) sent.number(), -1, events));
  }

  private static Sent read(Batch batch) {
    double ts = batch.time();
    return new Sent((int) (ts / 1000), (long) (ts % 1000), batch.bytes() > 70);
  }

  private Continuity continuity(boolean replayable) {
    return new Continuity(book, counters, replayable, 1000, 1 << 20);
  }

  private void check(Continuity it) {
    for (int i = 1; i < book.applied.size(); i++) {
      Sent before = book.applied.get(i - 1);
      Sent after = book.applied.get(i);
      assertThat(after.process()).isEqualTo(before.process());
      assertThat(after.number()).isEqualTo(before.number() + 1);
    }
    if (it.state() == FeedState.LIVE && !book.applied.isEmpty()) {
      Sent first = book.applied.getFirst();
      assertThat(first.number() == 0 || first.clears()).as("whole from %s", first).isTrue();
    }
    if (it.state() == FeedState.LOST || it.state() == FeedState.SILENT) {
      assertThat(book.applied).isEmpty();
    }
  }

  @Test
  void whatMayBeOfAProcessThatIsGoneIsToldOnce() {
    Continuity it = continuity(false);
    it.connected(1);
    it.live(1, 0, write(new Sent(1, 0, false)));
    it.live(1, 5, write(new Sent(1, 5, false)));
    assertThat(book.startsOver).as("after a mere loss").isZero();
    it.live(1, 0, write(new Sent(2, 0, false)));
    assertThat(book.startsOver).as("after a new process").isEqualTo(1);
    it.lost(1);
    it.connected(2);
    assertThat(book.startsOver).as("after a lost connection").isEqualTo(2);
  }

  @Test
  void aLiveMessageThatComesAfterItsOwnReplayEndsTheReplay() {
    Continuity it = continuity(true);
    it.connected(1);
    long token = book.asked.orElseThrow()[0];
    it.replayed(token, 0, write(new Sent(1, 0, false)));
    it.replayed(token, 1, write(new Sent(1, 1, false)));
    assertThat(it.state()).isEqualTo(FeedState.REPLAYING);
    it.live(1, 1, write(new Sent(1, 1, false)));
    assertThat(it.state()).isEqualTo(FeedState.LIVE);
    assertThat(book.asked).isEmpty();
    check(it);
  }

  @Test
  void messagesInARowFromZeroAreLive() {
    Continuity it = continuity(false);
    for (int i = 0; i < 10; i++) {
      it.live(1, i, write(new Sent(1, i, false)));
    }
    assertThat(it.state()).isEqualTo(FeedState.LIVE);
    assertThat(book.applied).hasSize(10);
    check(it);
  }

  @Test
  void withoutReplayTheFirstMessageHeardLeavesItPartialUntilTheCacheIsCleared() {
    Continuity it = continuity(false);
    it.live(1, 5, write(new Sent(1, 5, false)));
    assertThat(it.state()).isEqualTo(FeedState.PARTIAL);
    it.live(1, 6, write(new Sent(1, 6, true)));
    assertThat(it.state()).isEqualTo(FeedState.LIVE);
    check(it);
  }

  @Test
  void aDuplicateIsAppliedOnceAndTheSameNumberWithOtherBytesIsAnotherProcess() {
    Continuity it = continuity(false);
    for (int i = 0; i < 10; i++) {
      it.live(1, i, write(new Sent(1, i, false)));
    }
    it.live(1, 0, write(new Sent(1, 0, false)));
    it.live(1, 8, write(new Sent(1, 8, false)));
    assertThat(book.applied).hasSize(10);
    assertThat(counters.duplicates.sum()).isEqualTo(2);
    it.live(1, 3, write(new Sent(2, 3, false)));
    assertThat(book.applied).containsExactly(new Sent(2, 3, false));
    assertThat(it.state()).isEqualTo(FeedState.PARTIAL);
    it.live(1, 0, write(new Sent(3, 0, false)));
    assertThat(book.applied).containsExactly(new Sent(3, 0, false));
    assertThat(it.state()).isEqualTo(FeedState.LIVE);
  }

  @Test
  void aMessageLongForgottenIsNotBelievedAndNeitherIsWhatWasKnown() {
    Continuity it = continuity(false);
    for (int i = 0; i < 500; i++) {
      it.live(1, i, write(new Sent(1, i, false)));
    }
    it.live(1, 20, write(new Sent(1, 20, false)));
    assertThat(book.applied).isEmpty();
    assertThat(it.state()).isEqualTo(FeedState.PARTIAL);
  }

  @Test
  void aLateMessageOfAFilledGapChangesNothing() {
    Continuity it = continuity(false);
    it.live(1, 0, write(new Sent(1, 0, false)));
    it.live(1, 2, write(new Sent(1, 2, false)));
    it.live(1, 1, write(new Sent(1, 1, false)));
    assertThat(it.state()).isEqualTo(FeedState.PARTIAL);
    assertThat(book.applied).containsExactly(new Sent(1, 2, false));
  }

  @Test
  void messagesOfAnOlderOrALostConnectionAreDropped() {
    Continuity it = continuity(false);
    it.live(2, 0, write(new Sent(1, 0, false)));
    it.live(1, 1, write(new Sent(1, 1, false)));
    assertThat(book.applied).hasSize(1);
    it.lost(2);
    assertThat(it.state()).isEqualTo(FeedState.LOST);
    assertThat(book.applied).isEmpty();
    it.live(2, 1, write(new Sent(1, 1, false)));
    assertThat(it.state()).isEqualTo(FeedState.LOST);
    assertThat(book.applied).isEmpty();
    it.live(3, 1, write(new Sent(2, 1, false)));
    assertThat(it.state()).isEqualTo(FeedState.PARTIAL);
    check(it);
  }

  @Test
  void anOverflowWithoutReplayDropsEverything() {
    Continuity it = continuity(false);
    it.live(1, 0, write(new Sent(1, 0, false)));
    it.overflowed();
    assertThat(book.applied).isEmpty();
    assertThat(it.state()).isEqualTo(FeedState.PARTIAL);
    it.live(1, 7, write(new Sent(1, 7, false)));
    assertThat(it.state()).isEqualTo(FeedState.PARTIAL);
    check(it);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void afterAnyAccidentsWhatIsIndexedIsExplained(boolean replayable) {
    long seed = new Random().nextLong();
    for (int round = 0; round < 300; round++) {
      try {
        play(new Random(seed + round), replayable);
      } catch (AssertionError e) {
        throw new AssertionError("seed %d, round %d".formatted(seed, round), e);
      }
    }
  }

  private void play(Random random, boolean replayable) {
    book.applied.clear();
    book.asked = Optional.empty();
    Continuity it = continuity(replayable);
    int process = 1;
    long connection = 1;
    List<Sent> buffer = new ArrayList<>();
    List<Sent> late = new ArrayList<>();
    int keeps = 1 + random.nextInt(200);
    for (int step = 0; step < 250; step++) {
      switch (random.nextInt(40)) {
        case 0 -> {
          // A new process, with or without a connection that shows it.
          if (buffer.size() < 900 && process < 50) {
            process++;
            buffer.clear();
            late.clear();
            if (random.nextBoolean()) {
              it.lost(connection);
            }
            connection++;
          }
        }
        case 1 -> {
          it.lost(connection);
          connection++;
        }
        case 2 -> it.overflowed();
        case 3 -> it.quiet();
        case 4 -> it.sighted();
        case 5, 6 -> {
          if (!late.isEmpty()) {
            Sent sent = late.get(random.nextInt(late.size()));
            it.live(connection, sent.number(), write(sent));
          }
        }
        case 7, 8, 9, 10 -> answer(it, random, buffer, keeps, process == 1);
        default -> {
          Sent sent = new Sent(process, buffer.size(), random.nextInt(50) == 0);
          buffer.add(sent);
          late.add(sent);
          if (late.size() > 20) {
            late.removeFirst();
          }
          if (random.nextInt(10) != 0) {
            it.live(connection, sent.number(), write(sent));
          }
        }
      }
      check(it);
    }
    while (book.asked.isPresent()) {
      answer(it, random, buffer, keeps, process == 1);
      check(it);
    }
    assertThat(it.state()).isNotEqualTo(FeedState.REPLAYING);
  }

  /** Plays the replay server, badly at times. */
  private void answer(
      Continuity it, Random random, List<Sent> buffer, int keeps, boolean shuffles) {
    if (book.asked.isEmpty()) {
      return;
    }
    long[] asked = book.asked.get();
    if (random.nextInt(5) == 0) {
      book.asked = Optional.empty();
      it.replayEnded(asked[0], ReplayEnd.UNANSWERED);
      return;
    }
    List<Sent> replies = new ArrayList<>();
    for (Sent sent : buffer) {
      boolean kept = sent.number() >= Math.max(asked[1], buffer.size() - keeps);
      if (kept && (sent.number() == asked[1] || random.nextInt(30) != 0)) {
        replies.add(sent);
      }
    }
    if (shuffles && random.nextInt(4) == 0) {
      Collections.shuffle(replies, random);
    }
    for (Sent sent : replies) {
      it.replayed(asked[0], sent.number(), write(sent));
      check(it);
    }
    if (book.asked.isPresent() && book.asked.get()[0] == asked[0]) {
      book.asked = Optional.empty();
    }
    it.replayEnded(asked[0], random.nextInt(5) == 0 ? ReplayEnd.BROKEN : ReplayEnd.COMPLETE);
  }
}
