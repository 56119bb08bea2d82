package io.pickwick.kv.feed;

import io.pickwick.kv.zmtp.Budget;
import io.pickwick.kv.zmtp.Key;
import io.pickwick.kv.zmtp.Security;
import io.pickwick.kv.zmtp.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** How the connections of feeds speak and where they lead, as a configuration says. */
final class Connections {
  /*
   * What is half received is charged to two budgets: those who named an endpoint that they may speak
   * for, or to whom we connected, have one that strangers can't use up.
   */
  private static final long LEAST_BUDGET = 64L << 20;
  private static final int FRAMES_OF_A_BUDGET = 8;
  private static final String SCHEME = "tcp://";

  private final FeedConfig config;
  private final Budget known;
  private final Budget strangers;

  Connections(FeedConfig config) {
    this.config = config;
    long most = Math.max(LEAST_BUDGET, FRAMES_OF_A_BUDGET * config.limits().maxFrameBytes());
    this.known = new Budget(most);
    this.strangers = new Budget(most / 2);
  }

  /** What is charged to who may speak for an endpoint. */
  Budget known() {
    return known;
  }

  /** What is charged to anybody else. */
  Budget strangers() {
    return strangers;
  }

  /** Publishers that connect to us; when keys are configured, only by those. */
  Settings bound() {
    return settings(
        "SUB",
        config
            .curve()
            .<Security>map(curve ->
                new Security.Server(
                    keys(curve),
                    curve.clientKeys().stream()
                        .map(Key::of)
                        .collect(Collectors.toUnmodifiableSet())))
            .orElse(Security.NONE),
        strangers);
  }

  /** Publishers that we connect to; when their key is configured, they must have it. */
  Settings linked() {
    return settings("SUB", asClient(), known);
  }

  /** Where replays are asked for. */
  Settings replay() {
    return settings("DEALER", asClient(), known);
  }

  private Security asClient() {
    return config
        .curve()
        .filter(curve -> curve.serverKey().isPresent())
        .<Security>map(
            curve -> new Security.Client(keys(curve), Key.of(curve.serverKey().orElseThrow())))
        .orElse(Security.NONE);
  }

  private static Security.KeyPair keys(FeedConfig.Curve curve) {
    return new Security.KeyPair(Key.of(curve.publicKey()), Key.of(curve.secretKey()));
  }

  private Settings settings(String type, Security security, Budget budget) {
    return new Settings(
        type,
        security,
        config.limits().maxFrameBytes(),
        config.timing().heartbeat(),
        config.timing().heartbeatTimeout(),
        budget);
  }

  /** An endpoint's address, which is a literal, and a port of it. */
  static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }

  /** An address and its port as people write them. */
  static String words(InetSocketAddress at) {
    String host = at.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + at.getPort();
  }

  /**
   * Where to bind, for a rank.
   *
   * @param endpoint such as {@code tcp://*:5557}, with {@code *} for any address or any port, or an
   *     interface's name for its first address
   * @throws IOException if it names nothing that can be bound
   */
  static InetSocketAddress bindAt(String endpoint, int rank) throws IOException {
    String rest = endpoint.startsWith(SCHEME) ? endpoint.substring(SCHEME.length()) : endpoint;
    int colon = rest.lastIndexOf(':');
    if (colon < 0) {
      throw new IOException("it has no port");
    }
    OptionalInt port = port(rest.substring(colon + 1));
    if (port.isEmpty() || (port.getAsInt() > 0 && port.getAsInt() + rank > 65535)) {
      throw new IOException("there is no such port");
    }
    int of = port.getAsInt() > 0 ? port.getAsInt() + rank : 0;
    String host = rest.substring(0, colon);
    if (host.equals("*")) {
      return new InetSocketAddress(of);
    }
    return new InetSocketAddress(address(host), of);
  }

  private static InetAddress address(String host) throws IOException {
    NetworkInterface named = NetworkInterface.getByName(host);
    if (named != null) {
      return named
          .inetAddresses()
          .findFirst()
          .orElseThrow(() -> new UnknownHostException("interface " + host + " has no address"));
    }
    return InetAddress.getByName(host);
  }

  private static OptionalInt port(String text) {
    if (text.equals("*")) {
      return OptionalInt.of(0);
    }
    int port = TopicName.port(text);
    return port == TopicName.NO_PORT ? OptionalInt.empty() : OptionalInt.of(port);
  }
}
