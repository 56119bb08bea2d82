package io.pickwick.kv.feed;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Follows the sequence of one publisher and decides what may be applied, in which order, and when
 * what is indexed must be dropped; used by one thread at a time.
 */
final class Continuity {
  /*
   * A publisher numbers its messages from 0; a new process begins again. The rule is that what is
   * indexed must be explained by messages [0, next) of one process, or by all of them since a moment
   * at which nothing was indexed. In the first case it is whole (LIVE), in the second PARTIAL.
   *
   * - A message missing: those after it wait while a replay is asked for, from the first missing
   *   one. Replayed and live messages go through the same sorted room, so each is applied once and in
   *   order. Servers drop replies when their own queues are full, so a replay that brought something
   *   but not all is asked for again from where it broke off; one that brought nothing proves the
   *   loss. Then everything is dropped and it goes on with what waits after the last hole.
   * - A number that was there before: the same bytes are a duplicate. Anything else is another
   *   process; so is any number that came too long ago to remember, unless the batch is older than
   *   the last one by its own clock: then nothing is believed, neither what was known nor the
   *   message.
   * - A number that goes on where the clock goes back: one of them waited since an earlier process,
   *   of which the other, from a replay, is the successor. Everything is dropped and asked for from 0.
   * - A new connection, or a lost one: nothing proves that the same process is at the other end, as a
   *   new one may already be past our number. So everything is dropped and asked for from 0.
   * - A replay begins with the last message that is known, which must be the same as it was.
   */

  /** Replies that may come ahead of the one expected before that is taken for lost. */
  static final int WINDOW = 1024;

  private static final int REMEMBERED = 64;
  private static final int MOST_ASKED = 64;
  private static final long ANY = -1;

  private final Journal journal;
  private final Counters counters;
  private final boolean replayable;
  private final int mostWaiting;
  private final long mostWaitingBytes;

  private FeedState state = FeedState.SILENT;
  private String why = "";
  private long connection = -1;
  private long dead = -1;

  /** The number expected; ANY when whatever comes is right. */
  private long next;

  /** Whether nothing is missing since the publisher's start or since its cache was empty. */
  private boolean whole = true;

  /** Whether nothing was applied since the last new start. */
  private boolean fresh = true;

  private long missedFrom;
  private long missedTo;

  private long token;
  private long lastToken;
  private boolean probing;
  private boolean progressed;
  private int ahead;
  private int asked;

  /** The highest number that came live since the last new start. */
  private long heard = -1;

  private boolean sighted;

  private final TreeMap<Long, Batch> waiting = new TreeMap<>();
  private long waitingBytes;

  private final CRC32C crc = new CRC32C();
  private final long[] recentNumbers = new long[REMEMBERED];
  private final long[] recentPrints = new long[REMEMBERED];
  private long firstPrint;
  private boolean firstKnown;
  private double lastTime = Double.NaN;

  /**
   * A publisher that has not spoken yet.
   *
   * @param replayable whether replays can be asked for
   * @param mostWaiting messages that may wait during a replay
   * @param mostWaitingBytes their bytes
   */
  Continuity(
      Journal journal,
      Counters counters,
      boolean replayable,
      int mostWaiting,
      long mostWaitingBytes) {
    this.journal = journal;
    this.counters = counters;
    this.replayable = replayable;
    this.mostWaiting = mostWaiting;
    this.mostWaitingBytes = mostWaitingBytes;
    Arrays.fill(recentNumbers, -1);
  }

  FeedState state() {
    return state;
  }

  /** Why it is in this state; empty when all is well. */
  String why() {
    return why;
  }

  /** The last number applied; -1 before the first. */
  long last() {
    return next == ANY ? -1 : next - 1;
  }

  /** A connection on which nobody else can speak is up. */
  void connected(long of) {
    if (of > connection && of > dead) {
      connection = of;
      startOver("");
      begin();
    }
  }

  /** Perhaps the publisher is connected; the connection is not known until it speaks. */
  void sighted() {
    if (replayable && token == 0 && untouched()) {
      sighted = true;
      begin();
    }
  }

  private boolean untouched() {
    return connection < 0 && fresh && waiting.isEmpty();
  }

  /** A message came. */
  void live(long of, long number, Batch batch) {
    if (of <= dead || of < connection) {
      counters.stale.increment();
      return;
    }
    if (of > connection) {
      boolean first = connection < 0 && state != FeedState.LOST;
      connection = of;
      if (!first) {
        startOver("the publisher connected again");
        begin();
      }
    }
    live(number, batch);
  }

  private void live(long number, Batch batch) {
    heard = Math.max(heard, number);
    switch (state) {
      case REPLAYING -> {
        if (next != ANY && number < next) {
          old(number, batch);
        } else {
          hold(number, batch);
          drain();
        }
        // A live message may come after its own replay, and then proves that nothing is missing
        // too.
        settleIfNothingMisses();
      }
      case SILENT, LOST -> {
        if (number > 0 && replayable) {
          begin();
          hold(number, batch);
        } else {
          whole = number == 0;
          why = whole ? "" : "messages before %d were never heard".formatted(number);
          next = number;
          apply(number, batch);
          settle();
        }
      }
      case LIVE, PARTIAL -> {
        if (next == ANY) {
          whole = number == 0;
          next = number;
        }
        if (number == next) {
          apply(number, batch);
          if (probing && !waiting.isEmpty()) {
            drain();
          }
          settle();
        } else if (number < next) {
          old(number, batch);
        } else {
          gap(number, batch);
        }
      }
    }
  }

  private void gap(long number, Batch batch) {
    counters.gaps.increment();
    missedFrom = next;
    missedTo = number;
    if (replayable) {
      state = FeedState.REPLAYING;
      why = "messages %d to %d are missing".formatted(next, number - 1);
      asked = 0;
      hold(number, batch);
      ask(next, Urgency.SOON);
    } else {
      lose("messages %d to %d are lost".formatted(next, number - 1));
      next = number;
      apply(number, batch);
      settle();
    }
  }

  /** A number that was expected earlier. */
  private void old(long number, Batch batch) {
    if (remembers(number, print(batch))) {
      counters.duplicates.increment();
      return;
    }
    boolean older = batch.time() <= lastTime;
    if (older && number >= missedFrom && number < missedTo) {
      counters.stale.increment();
      return;
    }
    counters.restarts.increment();
    startOver("the publisher began anew");
    if (!older) {
      begin();
      live(number, batch);
    } else if (replayable) {
      begin();
    } else {
      whole = false;
      next = ANY;
      state = FeedState.PARTIAL;
    }
  }

  /** A replay's message came. */
  void replayed(long of, long number, Batch batch) {
    if (of != token) {
      return;
    }
    counters.replayedMessages.increment();
    if (next == ANY) {
      next = number;
    }
    if (number < next) {
      if (contradicts(number, batch)) {
        counters.restarts.increment();
        startOver("another process answers");
        begin();
      }
      return;
    }
    hold(number, batch);
    if (drain()) {
      progressed = true;
      ahead = 0;
      if (probing) {
        settle();
      } else {
        settleIfNothingMisses();
      }
    } else if (state == FeedState.REPLAYING && ++ahead > WINDOW) {
      ahead = 0;
      if (progressed && asked < MOST_ASKED) {
        drop();
        askAgain();
      } else {
        skip();
      }
    }
  }

  /** A replay came to its end. */
  void replayEnded(long of, ReplayEnd end) {
    if (of != token) {
      return;
    }
    token = 0;
    if (end == ReplayEnd.UNANSWERED) {
      counters.replayFailures.increment();
    }
    if (probing) {
      probing = false;
      if (!waiting.isEmpty()) {
        state = FeedState.REPLAYING;
        asked = 0;
        ask(next, Urgency.SOON);
      }
      return;
    }
    if (end != ReplayEnd.UNANSWERED && progressed && asked < MOST_ASKED) {
      if (!waiting.isEmpty() || end == ReplayEnd.BROKEN) {
        askAgain();
        return;
      }
    }
    if (waiting.isEmpty() && end != ReplayEnd.COMPLETE) {
      if (fresh && next <= 0) {
        next = 0;
        whole = true;
        state = FeedState.SILENT;
        why = "no answer to a replay";
        return;
      }
      // What was published after the last reply is not known, and may have been removals.
      lose("a replay broke off after message %d".formatted(last()));
      next = ANY;
    }
    while (!waiting.isEmpty()) {
      skip();
    }
    if (token == 0) {
      settle();
    }
  }

  /** Once all up to a live message is applied there is nothing to replay. */
  private void settleIfNothingMisses() {
    if (heard >= 0 && next > heard && waiting.isEmpty() && state == FeedState.REPLAYING) {
      endReplay();
      settle();
    }
  }

  private void askAgain() {
    asked++;
    ask(next == ANY ? 0 : next, Urgency.AT_ONCE);
  }

  /** Gives up what is missing before the first message that waits. */
  private void skip() {
    long first = waiting.firstKey();
    lose("messages before %d are lost".formatted(first));
    next = first;
    drain();
  }

  /** Messages were dropped before they could be seen here. */
  void overflowed() {
    counters.overflows.increment();
    if (state == FeedState.LOST || (state == FeedState.SILENT && fresh)) {
      return;
    }
    drop();
    endReplay();
    if (replayable && next != ANY) {
      state = FeedState.REPLAYING;
      why = "messages were dropped because too many waited";
      asked = 0;
      ask(next, Urgency.SOON);
    } else {
      lose("messages were dropped because too many waited");
      next = ANY;
      settle();
    }
  }

  /** Messages were lost, and perhaps one half applied: nothing that is indexed can be believed. */
  void unbelievable(String why) {
    if (state == FeedState.LOST || (state == FeedState.SILENT && fresh)) {
      return;
    }
    counters.losses.increment();
    startOver(why);
    begin();
  }

  /** A connection is lost. */
  void lost(long of) {
    if (of < connection || state == FeedState.LOST) {
      return;
    }
    counters.disconnects.increment();
    dead = Math.max(dead, of);
    startOver("the connection is lost");
    state = FeedState.LOST;
  }

  /** It was quiet for long: asks whether the last messages were missed, without any doubt. */
  void quiet() {
    if (!replayable || token != 0) {
      return;
    }
    if (state == FeedState.LIVE || (state == FeedState.PARTIAL && next != ANY)) {
      probing = true;
      asked = 0;
      ask(next, Urgency.PROBE);
    } else if (state == FeedState.SILENT && (connection >= 0 || sighted)) {
      begin(Urgency.PROBE);
    }
  }

  /** Nothing is known of the publisher any more, not even what it said last. */
  private void startOver(String why) {
    endReplay();
    drop();
    if (!fresh) {
      journal.startOver();
    }
    fresh = true;
    whole = true;
    next = 0;
    heard = -1;
    missedFrom = 0;
    missedTo = 0;
    firstKnown = false;
    lastTime = Double.NaN;
    Arrays.fill(recentNumbers, -1);
    state = FeedState.SILENT;
    this.why = why;
  }

  private void begin() {
    begin(Urgency.SOON);
  }

  private void begin(Urgency urgency) {
    state = FeedState.SILENT;
    if (replayable) {
      state = FeedState.REPLAYING;
      asked = 0;
      ask(0, urgency);
    }
  }

  private void ask(long from, Urgency urgency) {
    long before = token;
    token = ++lastToken;
    progressed = false;
    ahead = 0;
    if (state == FeedState.REPLAYING) {
      probing = false;
    }
    if (before != 0) {
      journal.cancel(before);
    }
    counters.replays.increment();
    // With the last one that is known, to see that it is still the same process that answers.
    journal.ask(token, Math.max(0, from - 1), urgency);
  }

  private void endReplay() {
    probing = false;
    if (token != 0) {
      journal.cancel(token);
      token = 0;
    }
  }

  private void lose(String why) {
    counters.losses.increment();
    if (!fresh) {
      journal.forget();
    }
    whole = false;
    this.why = why;
  }

  private void settle() {
    state = whole ? FeedState.LIVE : FeedState.PARTIAL;
    if (whole) {
      why = "";
    }
  }

  private void hold(long number, Batch batch) {
    Batch before = waiting.putIfAbsent(number, batch);
    if (before != null) {
      if (print(before) == print(batch)) {
        counters.duplicates.increment();
      } else {
        counters.restarts.increment();
        startOver("two processes publish the same numbers");
        begin();
      }
      return;
    }
    waitingBytes += batch.bytes();
    if (waiting.size() > mostWaiting || waitingBytes > mostWaitingBytes) {
      counters.overflows.increment();
      drop();
    }
  }

  private void drop() {
    waiting.clear();
    waitingBytes = 0;
  }

  /** Applies what waits, as far as nothing is missing. */
  private boolean drain() {
    boolean any = false;
    for (Map.Entry<Long, Batch> first = waiting.firstEntry();
        first != null && (next == ANY || first.getKey() == next);
        first = waiting.firstEntry()) {
      if (first.getValue().time() < lastTime) {
        counters.restarts.increment();
        startOver("messages of two processes came together");
        begin();
        return false;
      }
      waiting.pollFirstEntry();
      waitingBytes -= first.getValue().bytes();
      apply(first.getKey(), first.getValue());
      any = true;
    }
    return any;
  }

  private void apply(long number, Batch batch) {
    fresh = false;
    int seen = journal.apply(batch);
    next = number + 1;
    long print = print(batch);
    int place = (int) (number % REMEMBERED);
    recentNumbers[place] = number;
    recentPrints[place] = print;
    if (number == 0) {
      firstPrint = print;
      firstKnown = true;
    }
    double time = batch.time();
    if (!(time <= lastTime)) {
      lastTime = time;
    }
    if (seen == Journal.CLEARED) {
      whole = true;
    } else if (seen == Journal.UNBELIEVABLE) {
      lose("message %d could not be read".formatted(number));
    }
  }

  private boolean remembers(long number, long print) {
    int place = (int) (number % REMEMBERED);
    return (recentNumbers[place] == number && recentPrints[place] == print)
        || (number == 0 && firstKnown && firstPrint == print);
  }

  /** Whether the number is known with other bytes. */
  private boolean contradicts(long number, Batch batch) {
    int place = (int) (number % REMEMBERED);
    return recentNumbers[place] == number && recentPrints[place] != print(batch);
  }

  private long print(Batch batch) {
    crc.reset();
    crc.update(batch.payload());
    return (crc.getValue() << 32) ^ batch.bytes() ^ Double.doubleToRawLongBits(batch.time());
  }
}
