package io.pickwick.epp.extproc;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Settings of the ext_proc server.
 *
 * @param address where to listen; port zero takes any free one
 * @param tls how the port is secured
 * @param maxMessageBytes the largest message taken from Envoy; must exceed its buffer limits
 * @param maxBodyBytes the largest request body held until its decision; a larger one gets 413
 * @param maxHeldBytes the most bytes of all request bodies held at once; beyond it requests get 503
 * @param requestDeadline how long a request may make no progress before its pick; then it gets 503
 * @param responseIdle how long a response may stand still before its stream is ended; zero for ever
 */
public record ExtProcConfig(
    InetSocketAddress address,
    Tls tls,
    int maxMessageBytes,
    long maxBodyBytes,
    long maxHeldBytes,
    Duration requestDeadline,
    Duration responseIdle) {
  private static final int MIB = 1 << 20;

  /** The defaults, listening on all addresses. */
  public static ExtProcConfig on(int port) {
    return new ExtProcConfig(
        new InetSocketAddress(port),
        new Tls.SelfSigned(),
        128 * MIB,
        64L * MIB,
        512L * MIB,
        Duration.ofSeconds(30),
        Duration.ZERO);
  }

  /** The same, secured otherwise. */
  public ExtProcConfig withTls(Tls other) {
    return new ExtProcConfig(
        address, other, maxMessageBytes, maxBodyBytes, maxHeldBytes, requestDeadline, responseIdle);
  }
}
