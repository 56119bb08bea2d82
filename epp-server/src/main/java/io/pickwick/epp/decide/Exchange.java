package io.pickwick.epp.decide;

import io.pickwick.epp.request.Usage;
import java.util.Map;
import java.util.Optional;

/**
 * One routed request from its pick to its end.
 *
 * <p>Called on the stream's event loop only; nothing here blocks. {@link #end} releases what the
 * request holds; only the first call counts.
 */
public interface Exchange {
  /** Where the request goes: one {@code ip:port}, or several by commas in order of preference. */
  String destination();

  /** The data-parallel rank behind the destination to ask for; empty when any will do. */
  default String rank() {
    return "";
  }

  /** The model to write into the body in place of the client's. */
  Optional<String> rewrite();

  /** Whether the engine must not be asked to report blocks that it holds already. */
  default boolean quiet() {
    return false;
  }

  /** Headers to set on the response, such as the session's token; usually none. */
  Map<String, String> replyHeaders();

  /**
   * The response's headers came.
   *
   * @param status the HTTP status, zero when none was told
   * @param served the {@code ip:port} that answered; empty when the proxy does not tell
   * @param author who seems to have written it
   */
  void responseHeaders(int status, String served, Author author);

  /** The first bytes of generated output came. */
  void firstToken();

  /** The server told the request's tokens. */
  void usage(Usage usage);

  /** The response's bytes so far, as a count. */
  void responseBytes(long count);

  /** The request ended. */
  void end(End how);

  /** Who writes a response. */
  enum Author {
    /** A model server. */
    SERVER,
    /** The proxy, because it reached none. */
    PROXY,
    /** The proxy, because one of its own limits was reached: it says nothing of the servers. */
    LIMIT
  }

  /** How a request can end. */
  enum End {
    /** The response was seen to its end. */
    COMPLETED,
    /** Envoy ended the stream at the response headers: the rest goes on unseen. */
    DETACHED,
    /** The client, Envoy or the model server went away before the end. */
    CANCELLED,
    /** We refused or broke it after the pick. */
    FAILED
  }
}
