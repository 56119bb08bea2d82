package io.pickwick.epp.request;

/** Puts the client's model name back into a response in place of the server's. */
public final class ModelRestorer {
  /**
   * A restorer of one response.
   *
   * @param client the name that the client asked for
   * @param server the name that the server was asked for
   * @param events whether the response is server-sent events rather than one JSON text
   */
  public ModelRestorer(String client, String server, boolean events) {
    requireBuilt();
  }

  /** Takes the next chunk and writes what becomes of it; the last few bytes may be held back. */
  public void feed(byte[] bytes, int offset, int length, Output out) {
    requireBuilt();
  }

  /** The response is complete: writes what was held back. */
  public void flush(Output out) {
    requireBuilt();
  }

  private static void requireBuilt() {
    throw new UnsupportedOperationException("Not built yet.");
  }
}
