package io.pickwick.kv.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixMatch;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * A reader of one rack beside a writer who moves everything about, and takes even what stays out
 * and in again while he has the lock.
 */
class RackTest {
  private static final int READER_ROUNDS = 2_000_000;
  private static final int PINNED = 5;
  private static final int CHURNED = 6;

  private final Rack rack = new Rack(16, 1_000);
  private final AtomicBoolean reading = new AtomicBoolean(true);

  @Test
  void aKeyThatStaysIsFoundWhileItsShardMovesAndAKeyThatIsNotThereIsNever() throws Exception {
    long[] keys = keysOfOneShard(400);
    PromptKeys pinned = Prompts.prompt(keys, 4);
    long stamp = rack.lock();
    for (int i = 0; i < 4; i++) {
      rack.hold(keys[i], PINNED);
    }
    rack.unlock(stamp);

    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<Long> writer = threads.submit(() -> churn(keys));
      Future<Boolean> reader =
          threads.submit(() -> {
            try {
              return read(pinned);
            } finally {
              reading.set(false);
            }
          });
      assertThat(reader.get(60, TimeUnit.SECONDS)).isTrue();
      assertThat(writer.get(60, TimeUnit.SECONDS)).isPositive();
    }
  }

  private boolean read(PromptKeys pinned) {
    PrefixMatch match = new PrefixMatch();
    match.reset(Rack.WIDTH);
    for (int i = 0; i < READER_ROUNDS; i++) {
      match.set(PINNED, 0);
      match.set(CHURNED, 0);
      rack.match(pinned, match, 0);
      if (match.tokens(PINNED) != 64 || match.tokens(CHURNED) != 0) {
        assertThat(match.tokens(PINNED)).as("round %d, the pinned endpoint", i).isEqualTo(64);
        assertThat(match.tokens(CHURNED)).as("round %d, the churned endpoint", i).isZero();
      }
    }
    return true;
  }

  private long churn(long[] keys) {
    Random random = new Random(1);
    long rounds = 0;
    for (; reading.get(); rounds++) {
      int key = 4 + random.nextInt(keys.length - 4);
      boolean in = random.nextInt(1_000) < (rounds / 2_000 % 2 == 0 ? 900 : 100);
      long stamp = rack.lock();
      try {
        rack.release(keys[(int) rounds & 3], PINNED);
        if (in) {
          rack.hold(keys[key], CHURNED);
        } else {
          rack.release(keys[key], CHURNED);
        }
        rack.hold(keys[(int) rounds & 3], PINNED);
      } finally {
        rack.unlock(stamp);
      }
    }
    return rounds;
  }

  private static long[] keysOfOneShard(int count) {
    long[] keys = new long[count];
    int found = 0;
    for (long key = 1; found < count; key = Prompts.next(key, 0)) {
      if (Rack.shard(key * Rack.SCRAMBLER) == 0) {
        keys[found++] = key;
      }
    }
    return keys;
  }
}
