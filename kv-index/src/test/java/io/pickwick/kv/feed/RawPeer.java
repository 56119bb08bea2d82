package io.pickwick.kv.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A publisher that speaks ZMTP 3.0 by itself, and so can say what no library would. */
final class RawPeer {
  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  RawPeer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(20_000);
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
  }

  /** Greets and introduces itself, with a property that ZeroMQ itself uses unless it is empty. */
  void handshake(String peerAddress) throws IOException {
    handshake("PUB", peerAddress);
  }

  /** The same as a socket of any type. */
  void handshake(String type, String peerAddress) throws IOException {
    greet();
    introduce(type, peerAddress);
    in.readByte();
    in.readNBytes(in.readUnsignedByte());
  }

  /** Says that it speaks ZMTP, and no more. */
  void greet() throws IOException {
    out.writeByte(0xff);
    out.writeLong(1);
    out.write(new byte[] {0x7f, 3, 0});
    out.write("NULL".getBytes(StandardCharsets.US_ASCII));
    out.write(new byte[16 + 1 + 31]);
    out.flush();
    in.readNBytes(64);
  }

  /** Introduces itself and does not wait for the other end to do so. */
  void introduce(String type, String peerAddress) throws IOException {
    ByteArrayOutputStream ready = new ByteArrayOutputStream();
    DataOutputStream to = new DataOutputStream(ready);
    to.writeByte(5);
    to.writeBytes("READY");
    property(to, "Socket-Type", type);
    if (!peerAddress.isEmpty()) {
      property(to, "Peer-Address", peerAddress);
    }
    out.writeByte(4);
    out.writeByte(ready.size());
    out.write(ready.toByteArray());
    out.flush();
  }

  /** Says any bytes. */
  void raw(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  private static void property(DataOutputStream to, String name, String value) throws IOException {
    to.writeByte(name.length());
    to.writeBytes(name);
    to.writeInt(value.length());
    to.writeBytes(value);
  }

  void message(String topic, long number, byte[] payload) throws IOException {
    frame(topic.getBytes(StandardCharsets.UTF_8), true);
    frame(FakePublisher.bytes(number), true);
    frame(payload, false);
    out.flush();
  }

  /** Says one frame of a message. */
  void frame(byte[] bytes, boolean more) throws IOException {
    out.writeByte(more ? 3 : 2);
    out.writeLong(bytes.length);
    out.write(bytes);
  }

  /** Waits so many milliseconds for the other end to say something. */
  void pause(int millis) throws IOException {
    // What it says has no meaning here.
    socket.setSoTimeout(millis);
    try {
      in.readByte();
    } catch (SocketTimeoutException e) {
      assertThat(e).isNotNull();
    }
  }

  /** Says whatever was said by frames. */
  void flush() throws IOException {
    out.flush();
  }

  /** Begins a frame of that size. */
  void announce(long size) throws IOException {
    announce(size, 1000);
  }

  /** Begins a frame of that size, and says so much of it. */
  void announce(long size, int said) throws IOException {
    out.writeByte(2);
    out.writeLong(size);
    out.write(new byte[said]);
    out.flush();
  }

  /** Whether the other end closes the connection. */
  boolean closed() throws IOException {
    try {
      // It may say something before it goes.
      in.readAllBytes();
      return true;
    } catch (SocketException e) {
      return true;
    }
  }
}
