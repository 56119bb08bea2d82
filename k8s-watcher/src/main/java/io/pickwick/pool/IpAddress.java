package io.pickwick.pool;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;

/**
 * IP addresses as text in the one canonical form that comparing them needs: dotted quads, and RFC
 * 5952 for IPv6.
 */
public final class IpAddress {
  private static final int GROUPS = 8;

  private IpAddress() {}

  /** The canonical form of an address with or without brackets; empty when it is none. */
  public static Optional<String> canonical(String text) {
    boolean bracketed = text.startsWith("[") && text.endsWith("]");
    String bare = bracketed ? text.substring(1, text.length() - 1) : text;
    if (bare.indexOf(':') < 0) {
      return !bracketed && isDottedQuad(bare) ? Optional.of(bare) : Optional.empty();
    }
    if (bare.indexOf('%') >= 0) {
      return Optional.empty();
    }
    try {
      InetAddress address = Inet6Address.ofLiteral(bare);
      return Optional.of(
          address instanceof Inet6Address six
              ? compressed(six.getAddress())
              : address.getHostAddress());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Four decimal numbers without leading zeros, which some readers take for octal. */
  private static boolean isDottedQuad(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      return false;
    }
    for (String part : parts) {
      if (part.isEmpty() || part.length() > 3 || (part.length() > 1 && part.charAt(0) == '0')) {
        return false;
      }
      for (int i = 0; i < part.length(); i++) {
        if (part.charAt(i) < '0' || part.charAt(i) > '9') {
          return false;
        }
      }
      if (Integer.parseInt(part) > 255) {
        return false;
      }
    }
    return true;
  }

  private static String compressed(byte[] bytes) {
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
    }
    int gapStart = -1;
    int gapLength = 1;
    for (int i = 0; i < GROUPS; i++) {
      int zeros = 0;
      while (i + zeros < GROUPS && groups[i + zeros] == 0) {
        zeros++;
      }
      if (zeros > gapLength) {
        gapStart = i;
        gapLength = zeros;
      }
      i += zeros;
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < GROUPS; i++) {
      if (i == gapStart) {
        text.append("::");
        i += gapLength - 1;
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }
}
