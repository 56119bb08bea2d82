package io.pickwick.kv.zmtp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One connection's handshake and what it does to each frame after that. */
interface Mechanism {
  /** Its name in the greeting. */
  String name();

  /** Whether we are its server. */
  boolean isServer();

  /**
   * What is said first; empty when the other end begins.
   *
   * @throws ProtocolException if nobody can have the other end's key
   */
  byte[] begin() throws ProtocolException;

  /**
   * Takes a command of the handshake and gives the answer, empty for none.
   *
   * @throws ProtocolException if the command is not the one that must come, or proves nothing
   */
  byte[] next(byte[] command) throws ProtocolException;

  /** Whether the handshake is over, once the last answer is sent. */
  boolean done();

  /** Reads a frame that came. */
  Frame open(Frame frame) throws ProtocolException;

  /** Makes a frame ready to go. */
  Frame seal(Frame frame);

  /** Whether a command has a name. */
  static boolean named(byte[] command, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    return command.length > bytes.length
        && command[0] == bytes.length
        && Arrays.equals(command, 1, 1 + bytes.length, bytes, 0, bytes.length);
  }

  /** Makes one for a connection. */
  static Mechanism of(Settings settings) {
    return switch (settings.security()) {
      case Security.None _ -> new NullMechanism(settings);
      case Security.Server server -> new CurveServer(settings, server);
      case Security.Client client -> new CurveClient(settings, client);
    };
  }
}
