package io.pickwick.kv.zmtp;

import java.time.Duration;

/**
 * How connections of a kind speak.
 *
 * @param socketType the type of socket that we say we are: {@code SUB} or {@code DEALER}
 * @param security who must prove what
 * @param maxFrameBytes the largest frame; a larger one ends its connection
 * @param heartbeat how long a connection may be quiet before a sign of life is asked for
 * @param timeout how long it may then be quiet until it is lost; also the longest handshake
 * @param budget what messages not yet complete are charged to
 */
public record Settings(
    String socketType,
    Security security,
    long maxFrameBytes,
    Duration heartbeat,
    Duration timeout,
    Budget budget) {
  /** Whether a peer of that socket type may be at the other end. */
  boolean fits(String peerType) {
    return switch (socketType) {
      case "SUB" -> peerType.equals("PUB") || peerType.equals("XPUB");
      case "DEALER" ->
          peerType.equals("ROUTER") || peerType.equals("DEALER") || peerType.equals("REP");
      default -> false;
    };
  }
}
