package io.pickwick.kv.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class BatchDecoderOracleTest {
  static final List<String> FOLDERS = Captured.FOLDERS;

  private final BatchDecoder decoder = new BatchDecoder();

  private static final int ROUNDS = 5_000;

  @Test
  void agreesWithTheTreeOverRandomBatches() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      byte[] payload = new RandomBatch(new SplittableRandom(seed)).next();
      agree("seed " + seed, payload);
    }
  }

  @Test
  void agreesWithTheTreeOverSpoiltRandomBatches() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] payload = new RandomBatch(random).next();
      agree("seed " + seed, flipped(payload, random));
    }
  }

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void agreesWithTheTreeOverRealFramesCutAnywhere(String folder) {
    for (Captured.Frame frame : Captured.frames(folder)) {
      byte[] payload = frame.payload();
      for (int length = 0; length <= payload.length; length++) {
        agree(
            folder + " " + frame.sequence() + " cut to " + length, Arrays.copyOf(payload, length));
      }
    }
  }

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void agreesWithTheTreeOverRealFramesWithFlippedBytes(String folder) {
    SplittableRandom random = new SplittableRandom(folder.hashCode());
    for (Captured.Frame frame : Captured.frames(folder)) {
      for (int round = 0; round < 50; round++) {
        agree(
            folder + " " + frame.sequence() + " round " + round, flipped(frame.payload(), random));
      }
    }
  }

  private static byte[] flipped(byte[] payload, SplittableRandom random) {
    byte[] flipped = payload.clone();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return flipped;
  }

  /** Decoded amid other bytes, which must not be looked at. */
  private void agree(String which, byte[] payload) {
    byte[] amid = new byte[payload.length + 20];
    Arrays.fill(amid, (byte) 0x01);
    System.arraycopy(payload, 0, amid, 7, payload.length);
    Seen.Sink sink = new Seen.Sink();
    BatchDecoder.Result result = decoder.decode(amid, 7, payload.length, sink);
    NaiveBatch naive = NaiveBatch.read(payload);
    assertThat(sink.seen).as(which).isEqualTo(naive.seen);
    long bad = naive.seen.stream().filter(seen -> seen instanceof Seen.Unreadable).count();
    assertThat(result.unreadable()).as(which).isEqualTo((int) bad);
    assertThat(result.events()).as(which).isEqualTo(naive.seen.size() - (int) bad);
    assertThat(BatchDecoder.rankOf(amid, 7, payload.length))
        .as(which)
        .isEqualTo(NaiveBatch.rankOf(payload));
  }
}
