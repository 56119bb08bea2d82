package io.pickwick.bench.simulate;

import java.io.IOException;
import java.util.List;

/** One simulated vLLM pod: an HTTP server before an engine. */
public final class Pod {
  private Pod() {}

  /** Its name, as in the response header {@code x-pod}. */
  public String name() {
    throw new UnsupportedOperationException("not yet built");
  }

  /** The address it listens on. */
  public String address() {
    throw new UnsupportedOperationException("not yet built");
  }

  /** The port it listens on; it keeps it over a restart. */
  public int port() {
    throw new UnsupportedOperationException("not yet built");
  }

  /** Address and port, an IPv6 address in brackets. */
  public String hostPort() {
    throw new UnsupportedOperationException("not yet built");
  }

  /** The inference requests so far, oldest first; only the latest ten thousand are kept. */
  public List<ReceivedRequest> requests() {
    throw new UnsupportedOperationException("not yet built");
  }

  /** Forgets the requests so far. */
  public void clearRequests() {
    throw new UnsupportedOperationException("not yet built");
  }

  /** How many requests run in the engine now. */
  public int running() {
    throw new UnsupportedOperationException("not yet built");
  }

  /** How many requests wait for the engine now. */
  public int waiting() {
    throw new UnsupportedOperationException("not yet built");
  }

  /** The share of the KV blocks in use, from 0 to 1. */
  public double kvUsage() {
    throw new UnsupportedOperationException("not yet built");
  }

  /** Makes things go wrong from now on; {@link Accidents#NONE} heals. */
  public void accident(Accidents accidents) {
    throw new UnsupportedOperationException("not yet built: " + accidents);
  }

  /** Ends it as a crash would: every connection is reset, nobody listens, the cache is lost. */
  public void kill() {
    throw new UnsupportedOperationException("not yet built");
  }

  /** Starts it again on its port with an empty cache; nothing happens when it runs. */
  public void restart() throws IOException {
    throw new UnsupportedOperationException("not yet built");
  }
}
