package io.pickwick.epp.extproc;

import java.nio.file.Path;
import java.time.Duration;

/** How the ext_proc port is secured. */
public sealed interface Tls {
  /** Not at all: HTTP/2 in the clear. */
  record Plaintext() implements Tls {}

  /** By a certificate made at start-up; no client can verify it. */
  record SelfSigned() implements Tls {}

  /**
   * By a certificate on disk, as Kubernetes mounts a TLS secret.
   *
   * @param directory holds {@code tls.crt} and {@code tls.key}, both PEM, the key in PKCS#8
   * @param check how often to look for a new certificate; zero for never
   */
  record Files(Path directory, Duration check) implements Tls {}
}
