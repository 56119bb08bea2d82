package io.pickwick.kv.zmtp;

import java.util.Set;

/** How a connection is secured. */
public sealed interface Security {
  /** Not at all. */
  Security NONE = new None();

  /** Not at all. */
  record None() implements Security {}

  /**
   * CURVE, as the server.
   *
   * @param keys ours
   * @param clients public keys that may connect; when empty, whoever knows our public key
   */
  record Server(KeyPair keys, Set<Key> clients) implements Security {
    /** Copies the set. */
    public Server {
      clients = Set.copyOf(clients);
    }
  }

  /**
   * CURVE, as the client.
   *
   * @param keys ours
   * @param server the server's public key
   */
  record Client(KeyPair keys, Key server) implements Security {}

  /** A public key and its secret one. */
  record KeyPair(Key open, Key secret) {}
}
