package io.pickwick.epp.request;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Bodies that a vLLM 0.32.0 wrote. */
final class Fixture {
  private Fixture() {}

  static byte[] bytes(String name) {
    try (InputStream in = Fixture.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalArgumentException("no fixture " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(String name) {
    return new String(bytes(name), UTF_8);
  }
}
