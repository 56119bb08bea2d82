package io.pickwick.kv.zmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.neilalexander.jnacl.crypto.curve25519xsalsa20poly1305;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Boxes and keys, beside those of NaCl's reference in Java. */
class SecretBoxTest {
  private static final int ZEROS = 32;

  private static byte[] theirs(byte[] plain, byte[] nonce, byte[] key) {
    byte[] in = new byte[ZEROS + plain.length];
    System.arraycopy(plain, 0, in, ZEROS, plain.length);
    byte[] out = new byte[in.length];
    curve25519xsalsa20poly1305.crypto_box_afternm(out, in, in.length, nonce, key);
    return Arrays.copyOfRange(out, 16, out.length);
  }

  @Test
  void boxesAreThoseOfNacl() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      byte[] plain = new byte[i < 200 ? i : random.nextInt(3000)];
      byte[] nonce = new byte[24];
      byte[] key = new byte[32];
      random.nextBytes(plain);
      random.nextBytes(nonce);
      random.nextBytes(key);
      if (i % 7 == 0) {
        Arrays.fill(plain, (byte) 0xff);
      }
      byte[] box = SecretBox.seal(plain, nonce, key);
      assertThat(box).as("seed %d, %d", seed, i).isEqualTo(theirs(plain, nonce, key));
      assertThat(SecretBox.open(box, nonce, key)).hasValue(plain);
      box[random.nextInt(box.length)] ^= (byte) (1 << random.nextInt(8));
      assertThat(SecretBox.open(box, nonce, key)).as("seed %d, %d", seed, i).isEmpty();
    }
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }

  @Test
  void bothEndsComeToTheSameKeyAsNaclDoes() throws Exception {
    for (int i = 0; i < 5; i++) {
      Security.KeyPair one = CurveBox.keys();
      Security.KeyPair other = CurveBox.keys();
      byte[] open = new byte[32];
      curve25519xsalsa20poly1305.crypto_box_getpublickey(open, one.secret().bytes().clone());
      assertThat(one.open().bytes()).isEqualTo(open);
      byte[] key = new byte[32];
      curve25519xsalsa20poly1305.crypto_box_beforenm(
          key, other.open().bytes(), one.secret().bytes());
      assertThat(CurveBox.shared(other.open().bytes(), one.secret())).isEqualTo(key);
      assertThat(CurveBox.shared(one.open().bytes(), other.secret())).isEqualTo(key);
    }
  }

  /** With them anybody would come to the same key, without any secret. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
      })
  void keysThatHideNothingAreRefused(String open) {
    Security.KeyPair ours = CurveBox.keys();
    assertThatThrownBy(() -> CurveBox.shared(hex(open), ours.secret()))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void whatIsTooShortForABoxIsRefused() {
    assertThatThrownBy(() -> CurveBox.open(ByteBuffer.allocate(15), new byte[24], new byte[32]))
        .isInstanceOf(ProtocolException.class);
  }
}
