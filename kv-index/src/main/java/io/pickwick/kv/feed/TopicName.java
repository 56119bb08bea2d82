package io.pickwick.kv.feed;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;

/**
 * What a topic such as {@code kv@10.0.0.5:8000@model} says of its publisher.
 *
 * @param owners whom it may name, the likeliest first: an IPv6 address that ends in a port can be
 *     read in two ways
 * @param model what follows; empty when nothing does
 */
record TopicName(List<Owner> owners, String model) {
  /** A port that was not told. */
  static final int NO_PORT = -1;

  /** An address, and a port or {@link #NO_PORT}. */
  record Owner(String address, int port) {}

  /** Reads a topic without its prefix. */
  static TopicName of(String topic) {
    int at = topic.indexOf('@');
    String owner = at < 0 ? topic : topic.substring(0, at);
    String model = at < 0 ? "" : topic.substring(at + 1);
    if (owner.startsWith("[") && owner.indexOf(']') > 0) {
      int end = owner.indexOf(']');
      String rest = owner.substring(end + 1);
      int port = rest.startsWith(":") ? port(rest.substring(1)) : NO_PORT;
      return new TopicName(List.of(new Owner(canonical(owner.substring(1, end)), port)), model);
    }
    int colon = owner.lastIndexOf(':');
    int port = colon > 0 ? port(owner.substring(colon + 1)) : NO_PORT;
    Owner whole = new Owner(canonical(owner), NO_PORT);
    if (port == NO_PORT) {
      return new TopicName(List.of(whole), model);
    }
    Owner split = new Owner(canonical(owner.substring(0, colon)), port);
    boolean one = owner.indexOf(':') == colon;
    return new TopicName(one ? List.of(split) : List.of(whole, split), model);
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
