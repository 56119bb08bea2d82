package io.pickwick.kv.zmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.zeromq.ZMQ;

/** Z85, beside JeroMQ's. */
class Z85Test {
  @Test
  void keysAreReadAsZeroMqWritesThem() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 1000; i++) {
      byte[] key = new byte[32];
      random.nextBytes(key);
      assertThat(Z85.decode(ZMQ.Curve.z85Encode(key))).as("seed %d", seed).isEqualTo(key);
    }
  }

  @Test
  void whatIsNoneIsRefusedAndNotRepeated() {
    assertThatThrownBy(() -> Z85.decode("secre" + "\u00e9" + "tsec"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("secre");
    assertThatThrownBy(() -> Z85.decode("abcd")).isInstanceOf(IllegalArgumentException.class);
  }
}
