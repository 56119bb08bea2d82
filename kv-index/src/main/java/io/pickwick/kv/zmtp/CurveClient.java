package io.pickwick.kv.zmtp;

import java.nio.ByteBuffer;

/** The client's side of CURVE. */
final class CurveClient extends CurveMechanism {
  private static final int LEAST_READY = 30;
  private static final int MOST_READY = 2048;

  private final Security.Client security;
  private final Security.KeyPair shortKeys = CurveBox.keys();
  private boolean welcomed;

  CurveClient(Settings settings, Security.Client security) {
    super(settings, FROM_CLIENT, FROM_SERVER);
    this.security = security;
  }

  @Override
  public boolean isServer() {
    return false;
  }

  @Override
  public byte[] begin() throws ProtocolException {
    long nonce = number();
    byte[] key = CurveBox.shared(security.server().bytes(), shortKeys.secret());
    byte[] box = CurveBox.seal(new byte[64], CurveBox.nonce("CurveZMQHELLO---", nonce), key);
    return command("HELLO", HELLO_BYTES)
        .put((byte) 1)
        .put((byte) 0)
        .put(new byte[72])
        .put(shortKeys.open().bytes())
        .putLong(nonce)
        .put(box)
        .array();
  }

  @Override
  public byte[] next(byte[] command) throws ProtocolException {
    if (welcomed) {
      ready(command);
      return new byte[0];
    }
    return initiate(command);
  }

  private byte[] initiate(byte[] command) throws ProtocolException {
    ByteBuffer welcome = rest(command, "WELCOME", WELCOME_BYTES, WELCOME_BYTES);
    byte[] random = bytes(welcome, CurveBox.LONG_NONCE);
    byte[] key = CurveBox.shared(security.server().bytes(), shortKeys.secret());
    ByteBuffer plain =
        ByteBuffer.wrap(CurveBox.open(welcome, CurveBox.nonce("WELCOME-", random), key));
    byte[] theirShort = bytes(plain, CurveBox.KEY);
    byte[] cookie = bytes(plain, COOKIE_BYTES);
    shared = CurveBox.shared(theirShort, shortKeys.secret());
    welcomed = true;

    byte[] vouchNonce = CurveBox.random(CurveBox.LONG_NONCE);
    byte[] vouch =
        CurveBox.seal(
            ByteBuffer.allocate(2 * CurveBox.KEY)
                .put(shortKeys.open().bytes())
                .put(security.server().bytes())
                .array(),
            CurveBox.nonce("VOUCH---", vouchNonce),
            CurveBox.shared(theirShort, security.keys().secret()));
    byte[] properties = Properties.of(settings);
    byte[] told =
        ByteBuffer.allocate(CurveBox.KEY + CurveBox.LONG_NONCE + VOUCH_BYTES + properties.length)
            .put(security.keys().open().bytes())
            .put(vouchNonce)
            .put(vouch)
            .put(properties)
            .array();
    long nonce = number();
    byte[] box = CurveBox.seal(told, CurveBox.nonce("CurveZMQINITIATE", nonce), shared);
    return command("INITIATE", INITIATE_HEAD + box.length)
        .put(cookie)
        .putLong(nonce)
        .put(box)
        .array();
  }

  private void ready(byte[] command) throws ProtocolException {
    ByteBuffer in = rest(command, "READY", LEAST_READY, MOST_READY);
    long nonce = number(in.getLong());
    byte[] plain = CurveBox.open(in, CurveBox.nonce("CurveZMQREADY---", nonce), shared);
    Properties.check(settings, ByteBuffer.wrap(plain));
    done = true;
  }
}
