package io.pickwick.kv.zmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames are read as they come, and nobody gets room for what has not come. */
class FrameReaderTest {
  private static final int MOST = 1 << 20;

  private final Budget budget = new Budget(MOST);
  private final List<byte[]> came = new ArrayList<>();
  private final List<Integer> flags = new ArrayList<>();
  private final FrameReader reader = new FrameReader(MOST, budget);

  private void read(byte[] bytes) throws ProtocolException {
    reader.read(
        ByteBuffer.wrap(bytes),
        (flag, body) -> {
          flags.add(flag);
          came.add(body);
        });
  }

  private static byte[] frame(int flags, byte[] body, boolean large) {
    ByteBuffer out = ByteBuffer.allocate((large ? 9 : 2) + body.length);
    if (large) {
      out.put((byte) (flags | FrameReader.LARGE)).putLong(body.length);
    } else {
      out.put((byte) flags).put((byte) body.length);
    }
    return out.put(body).array();
  }

  @Test
  void framesComeWholeHoweverTheBytesAreCut() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      came.clear();
      List<byte[]> sent = new ArrayList<>();
      ByteBuffer all = ByteBuffer.allocate(1 << 20);
      for (int i = random.nextInt(20); i >= 0; i--) {
        byte[] body = new byte[random.nextInt(random.nextBoolean() ? 256 : 40_000)];
        random.nextBytes(body);
        sent.add(body);
        all.put(frame(random.nextInt(2), body, body.length > 255 || random.nextBoolean()));
      }
      all.flip();
      while (all.hasRemaining()) {
        byte[] cut = new byte[Math.min(all.remaining(), 1 + random.nextInt(20_000))];
        all.get(cut);
        read(cut);
      }
      assertThat(came).as("seed %d", seed).containsExactlyElementsOf(sent);
      assertThat(budget.taken()).as("seed %d", seed).isZero();
      assertThat(reader.midway()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "02ffffffffffffffff",
        "028000000000000000",
        "02800000007fffffff",
        "020000000000100001",
        "06ffffffffffffffff",
        "027fffffffffffffff"
      })
  void aSizeThatIsNoneOrTooLargeIsRefused(String bytes) {
    assertThatThrownBy(() -> read(HexFormat.of().parseHex(bytes)))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("a frame of ");
    assertThat(budget.taken()).isZero();
  }

  @Test
  void unknownFlagsAreRefused() {
    assertThatThrownBy(() -> read(new byte[] {8}))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("unknown flags");
  }

  @Test
  void anAnnouncedFrameTakesNoMoreThanCame() throws Exception {
    byte[] whole = frame(0, new byte[MOST], true);
    byte[] begin = new byte[9 + 100];
    System.arraycopy(whole, 0, begin, 0, begin.length);
    read(begin);
    assertThat(budget.taken()).isBetween(100L, 4096L);
    read(new byte[10_000]);
    assertThat(budget.taken()).isBetween(10_100L, 32_768L);
    assertThat(came).isEmpty();
    reader.release();
    assertThat(budget.taken()).isZero();
  }

  @Test
  void whatOthersTookIsNotThere() throws Exception {
    assertThat(budget.take(MOST - 5000)).isTrue();
    byte[] begin = new byte[9 + 6000];
    System.arraycopy(frame(0, new byte[MOST], true), 0, begin, 0, begin.length);
    assertThatThrownBy(() -> read(begin))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("half received");
    reader.release();
    assertThat(budget.taken()).isEqualTo(MOST - 5000);
  }

  @Test
  void whatIsHalfReadMovesToAnotherBudget() throws Exception {
    Budget other = new Budget(MOST);
    byte[] whole = frame(0, new byte[3000], true);
    byte[] begin = new byte[1000];
    System.arraycopy(whole, 0, begin, 0, begin.length);
    read(begin);
    long taken = budget.taken();
    reader.charge(other);
    assertThat(budget.taken()).isZero();
    assertThat(other.taken()).isEqualTo(taken);
    byte[] end = new byte[whole.length - begin.length];
    read(end);
    assertThat(came).hasSize(1);
    assertThat(other.taken()).isZero();
  }
}
