package io.pickwick.kv.zmtp;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Optional;

/** The server's side of CURVE. */
final class CurveServer extends CurveMechanism {
  private static final int MOST_INITIATE = 2048;

  private final Security.Server security;
  private byte[] theirShort = new byte[0];
  private byte[] cookie = new byte[0];
  private Optional<Security.KeyPair> shortKeys = Optional.empty();

  CurveServer(Settings settings, Security.Server security) {
    super(settings, FROM_SERVER, FROM_CLIENT);
    this.security = security;
  }

  @Override
  public boolean isServer() {
    return true;
  }

  @Override
  public byte[] begin() {
    return new byte[0];
  }

  @Override
  public byte[] next(byte[] command) throws ProtocolException {
    return cookie.length == 0 ? welcome(command) : ready(command);
  }

  private byte[] welcome(byte[] command) throws ProtocolException {
    ByteBuffer hello = rest(command, "HELLO", HELLO_BYTES, HELLO_BYTES);
    if (hello.get() != 1 || hello.get() != 0) {
      throw new ProtocolException("another version of CURVE");
    }
    bytes(hello, 72);
    theirShort = bytes(hello, CurveBox.KEY);
    long nonce = number(hello.getLong());
    byte[] key = CurveBox.shared(theirShort, security.keys().secret());
    CurveBox.open(hello, CurveBox.nonce("CurveZMQHELLO---", nonce), key);
    // The cookie is for servers that keep nothing between the two commands; we do, so it is any.
    cookie = CurveBox.random(COOKIE_BYTES);
    Security.KeyPair ours = CurveBox.keys();
    shortKeys = Optional.of(ours);
    byte[] plain =
        ByteBuffer.allocate(CurveBox.KEY + COOKIE_BYTES)
            .put(ours.open().bytes())
            .put(cookie)
            .array();
    byte[] random = CurveBox.random(CurveBox.LONG_NONCE);
    return command("WELCOME", WELCOME_BYTES)
        .put(random)
        .put(CurveBox.seal(plain, CurveBox.nonce("WELCOME-", random), key))
        .array();
  }

  private byte[] ready(byte[] command) throws ProtocolException {
    ByteBuffer initiate = rest(command, "INITIATE", INITIATE_HEAD, MOST_INITIATE);
    if (!MessageDigest.isEqual(cookie, bytes(initiate, COOKIE_BYTES))) {
      throw new ProtocolException("another connection's cookie");
    }
    long nonce = number(initiate.getLong());
    Key secret = shortKeys.orElseThrow().secret();
    shared = CurveBox.shared(theirShort, secret);
    byte[] plain = CurveBox.open(initiate, CurveBox.nonce("CurveZMQINITIATE", nonce), shared);
    if (plain.length < CurveBox.KEY + CurveBox.LONG_NONCE + VOUCH_BYTES) {
      throw new ProtocolException("an INITIATE that is cut off");
    }
    ByteBuffer in = ByteBuffer.wrap(plain);
    byte[] client = bytes(in, CurveBox.KEY);
    byte[] random = bytes(in, CurveBox.LONG_NONCE);
    byte[] vouched =
        CurveBox.open(
            ByteBuffer.wrap(bytes(in, VOUCH_BYTES)),
            CurveBox.nonce("VOUCH---", random),
            CurveBox.shared(client, secret));
    byte[] must =
        ByteBuffer.allocate(2 * CurveBox.KEY)
            .put(theirShort)
            .put(security.keys().open().bytes())
            .array();
    if (!MessageDigest.isEqual(vouched, must)) {
      throw new ProtocolException("a voucher for somebody else");
    }
    if (!security.clients().isEmpty() && !security.clients().contains(new Key(client))) {
      throw new ProtocolException("a key that may not connect");
    }
    Properties.check(settings, in);
    done = true;
    long own = number();
    byte[] box =
        CurveBox.seal(Properties.of(settings), CurveBox.nonce("CurveZMQREADY---", own), shared);
    return command("READY", 6 + Long.BYTES + box.length).putLong(own).put(box).array();
  }
}
