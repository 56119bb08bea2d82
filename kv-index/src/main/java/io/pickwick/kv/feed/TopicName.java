package io.pickwick.kv.feed;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;

/**
 * What a topic such as {@code kv@10.0.0.5:8000@model} says of its publisher. The model is passed
 * over: it is the name that the engine was given, which need not be one that requests use.
 *
 * @param owners whom it may name, the likeliest first: an IPv6 address that ends in a port can be
 *     read in two ways
 */
record TopicName(List<Owner> owners) {
  /** A port that was not told. */
  static final int NO_PORT = -1;

  /** An address, and a port or {@link #NO_PORT}. */
  record Owner(String address, int port) {}

  /** Reads a topic without its prefix. */
  static TopicName of(String topic) {
    int at = topic.indexOf('@');
    String owner = at < 0 ? topic : topic.substring(0, at);
    if (owner.startsWith("[") && owner.indexOf(']') > 0) {
      int end = owner.indexOf(']');
      String rest = owner.substring(end + 1);
      int port = rest.startsWith(":") ? port(rest.substring(1)) : NO_PORT;
      return new TopicName(List.of(new Owner(canonical(owner.substring(1, end)), port)));
    }
    int colon = owner.lastIndexOf(':');
    int port = colon > 0 ? port(owner.substring(colon + 1)) : NO_PORT;
    Owner whole = new Owner(canonical(owner), NO_PORT);
    if (port == NO_PORT) {
      return new TopicName(List.of(whole));
    }
    Owner split = new Owner(canonical(owner.substring(0, colon)), port);
    boolean one = owner.indexOf(':') == colon;
    return new TopicName(one ? List.of(split) : List.of(whole, split));
  }

  /** A port, or {@link #NO_PORT} when it is none. */
  static int port(String digits) {
    if (digits.isEmpty() || digits.length() > 5) {
      return NO_PORT;
    }
    int port = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        return NO_PORT;
      }
      port = 10 * port + (c - '0');
    }
    return port <= 65535 ? port : NO_PORT;
  }

  /** An address in the one way in which it can be compared; anything else in lower case. */
  static String canonical(String address) {
    int zone = address.indexOf('%');
    String plain = zone < 0 ? address : address.substring(0, zone);
    try {
      return InetAddress.ofLiteral(plain).getHostAddress();
    } catch (IllegalArgumentException e) {
      return plain.toLowerCase(Locale.ROOT);
    }
  }
}
