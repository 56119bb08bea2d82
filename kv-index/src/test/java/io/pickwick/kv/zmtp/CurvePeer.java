package io.pickwick.kv.zmtp;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A client or server of CURVE by its own hand, which can say each thing wrongly. */
final class CurvePeer {
  final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;
  final Security.KeyPair keys;
  final Security.KeyPair shortKeys = CurveBox.keys();
  final Key server;
  byte[] theirShort = new byte[0];
  byte[] cookie = new byte[0];
  byte[] shared = new byte[0];
  long number;

  CurvePeer(Socket socket, Security.KeyPair keys, Key server) throws IOException {
    this.socket = socket;
    this.keys = keys;
    this.server = server;
    in = new DataInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  static byte[] greeting(String mechanism, int asServer) {
    ByteBuffer bytes = ByteBuffer.allocate(64);
    bytes.put((byte) 0xff).putLong(1).put((byte) 0x7f).put((byte) 3).put((byte) 0);
    bytes.put(mechanism.getBytes(StandardCharsets.US_ASCII));
    bytes.put(32, (byte) asServer);
    return bytes.array();
  }

  void raw(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  void greet(String mechanism) throws IOException {
    raw(greeting(mechanism, 0));
    hearGreeting();
  }

  void hearGreeting() throws IOException {
    in.readNBytes(64);
  }

  /** Waits for a byte, whatever it is, as long as the socket waits. */
  void pause() throws IOException {
    in.readByte();
  }

  static byte[] frame(int flags, byte[] body) {
    boolean large = body.length > 255;
    ByteBuffer bytes = ByteBuffer.allocate((large ? 9 : 2) + body.length);
    bytes.put((byte) (flags | (large ? FrameReader.LARGE : 0)));
    if (large) {
      bytes.putLong(body.length);
    } else {
      bytes.put((byte) body.length);
    }
    return bytes.put(body).array();
  }

  void command(byte[] body) throws IOException {
    raw(frame(FrameReader.COMMAND, body));
  }

  /** The body of the next frame. */
  byte[] hear() throws IOException {
    int flags = in.readUnsignedByte();
    long size = (flags & FrameReader.LARGE) != 0 ? in.readLong() : in.readUnsignedByte();
    byte[] body = new byte[(int) size];
    in.readFully(body);
    return body;
  }

  /** Whether the other end closes it. */
  boolean closed() throws IOException {
    try {
      in.readAllBytes();
      return true;
    } catch (SocketException e) {
      return true;
    }
  }

  private static byte[] named(String name, byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(name.length());
    all.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] number(long number) {
    return ByteBuffer.allocate(8).putLong(number).array();
  }

  byte[] hello() throws IOException {
    return hello(1, shortKeys.open().bytes(), new byte[64]);
  }

  byte[] hello(int version, byte[] open, byte[] zeros) throws IOException {
    long nonce = ++number;
    byte[] key = CurveBox.shared(server.bytes(), shortKeys.secret());
    byte[] box = CurveBox.seal(zeros, CurveBox.nonce("CurveZMQHELLO---", nonce), key);
    return named("HELLO", new byte[] {(byte) version, 0}, new byte[72], open, number(nonce), box);
  }

  /** Takes the server's answer to HELLO. */
  void welcome(byte[] command) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(command, 8, command.length - 8);
    byte[] random = CurveMechanism.bytes(rest, 16);
    byte[] key = CurveBox.shared(server.bytes(), shortKeys.secret());
    byte[] plain = CurveBox.open(rest, CurveBox.nonce("WELCOME-", random), key);
    theirShort = Arrays.copyOf(plain, 32);
    cookie = Arrays.copyOfRange(plain, 32, plain.length);
    shared = CurveBox.shared(theirShort, shortKeys.secret());
  }

  static byte[] properties(String type) {
    return properties("Socket-Type", type);
  }

  static byte[] properties(String name, String value) {
    return ByteBuffer.allocate(1 + name.length() + 4 + value.length())
        .put((byte) name.length())
        .put(name.getBytes(StandardCharsets.US_ASCII))
        .putInt(value.length())
        .put(value.getBytes(StandardCharsets.US_ASCII))
        .array();
  }

  byte[] vouch(byte[] forShort, byte[] forServer, byte[] random) throws IOException {
    return CurveBox.seal(
        ByteBuffer.allocate(64).put(forShort).put(forServer).array(),
        CurveBox.nonce("VOUCH---", random),
        CurveBox.shared(theirShort, keys.secret()));
  }

  byte[] initiate() throws IOException {
    return initiate(cookie, shortKeys.open().bytes(), server.bytes(), properties("PUB"), ++number);
  }

  byte[] initiate(
      byte[] cookie, byte[] vouchedShort, byte[] vouchedServer, byte[] properties, long nonce)
      throws IOException {
    byte[] random = CurveBox.random(16);
    byte[] vouch = vouch(vouchedShort, vouchedServer, random);
    byte[] told = named("", keys.open().bytes(), random, vouch, properties);
    byte[] box =
        CurveBox.seal(
            Arrays.copyOfRange(told, 1, told.length),
            CurveBox.nonce("CurveZMQINITIATE", nonce),
            shared);
    return named("INITIATE", cookie, number(nonce), box);
  }

  /** The whole handshake, up to READY. */
  void handshake() throws IOException {
    greet("CURVE");
    command(hello());
    welcome(hear());
    command(initiate());
    hear();
  }

  byte[] message(int flags, String text) {
    return message(flags, text, ++number);
  }

  byte[] message(int flags, String text, long nonce) {
    byte[] plain = ("." + text).getBytes(StandardCharsets.US_ASCII);
    plain[0] = (byte) flags;
    byte[] box = CurveBox.seal(plain, CurveBox.nonce("CurveZMQMESSAGEC", nonce), shared);
    return named("MESSAGE", number(nonce), box);
  }
}
