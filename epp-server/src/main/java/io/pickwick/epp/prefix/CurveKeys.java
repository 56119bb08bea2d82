package io.pickwick.epp.prefix;

import io.pickwick.kv.feed.FeedConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads a directory of CURVE keys: {@code public.key} and {@code secret.key} are ours, {@code
 * server.key} is the public key of endpoints that we connect to, and {@code clients.keys} has the
 * public keys of endpoints that may connect to us, one a line.
 *
 * <p>Keys are written as ZeroMQ's 40 characters of Z85.
 */
final class CurveKeys {
  private static final Pattern KEY = Pattern.compile("[0-9a-zA-Z.:+=^!/*?&<>()\\[\\]{}@%$#-]{40}");

  private CurveKeys() {}

  /**
   * Reads the directory.
   *
   * @param connects whether we connect to endpoints, so that their key is needed
   * @throws IOException naming the file that is missing or is no key
   */
  static FeedConfig.Curve read(Path directory, boolean connects) throws IOException {
    Path server = directory.resolve("server.key");
    Path clients = directory.resolve("clients.keys");
    Set<String> allowed = new LinkedHashSet<>();
    if (Files.exists(clients)) {
      for (String line : text(clients).lines().toList()) {
        if (!line.isBlank()) {
          allowed.add(key(clients, line));
        }
      }
    }
    return new FeedConfig.Curve(
        key(directory.resolve("public.key")),
        key(directory.resolve("secret.key")),
        connects || Files.exists(server) ? Optional.of(key(server)) : Optional.empty(),
        allowed);
  }

  private static String key(Path file) throws IOException {
    return key(file, text(file));
  }

  private static String key(Path file, String text) throws IOException {
    String key = text.strip();
    if (!KEY.matcher(key).matches()) {
      // The text may be a secret, so it is not repeated.
      throw new IOException(file + ": not a CURVE key; one has 40 characters of Z85");
    }
    return key;
  }

  private static String text(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": there is no such file (--kv-events-curve)", e);
    }
  }
}
