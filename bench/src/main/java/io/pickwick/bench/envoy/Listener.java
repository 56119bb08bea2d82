package io.pickwick.bench.envoy;

import java.time.Duration;

/**
 * One listener of an Envoy, with its own way to talk to the endpoint picker.
 *
 * <p>{@link #named} gives the set-up that the field recommends: full duplex in both directions,
 * fail closed, the client's own destination header removed before anyone reads it. The {@code with}
 * methods change one thing each.
 *
 * @param name what the access log calls it
 * @param port where it listens on 127.0.0.1; zero lets the kernel choose
 * @param routing how the pick becomes a host
 * @param request how request bodies go to the picker
 * @param response how response bodies go to the picker
 * @param responseHeaders whether response headers go to the picker
 * @param failOpen whether a request goes on without the picker when that fails
 * @param observability whether the picker only watches
 * @param stripDestination whether the client's own destination header is removed early
 * @param bufferLimitBytes the listener's buffer, also the largest body piece in one message
 * @param messageTimeout how long the picker may take per message outside full duplex
 */
public record Listener(
    String name,
    int port,
    Routing routing,
    BodyMode request,
    BodyMode response,
    boolean responseHeaders,
    boolean failOpen,
    boolean observability,
    boolean stripDestination,
    int bufferLimitBytes,
    Duration messageTimeout) {

  /** The recommended set-up on a port that the kernel chooses. */
  public static Listener named(String name, Routing routing) {
    return new Listener(
        name,
        0,
        routing,
        BodyMode.FULL_DUPLEX_STREAMED,
        BodyMode.FULL_DUPLEX_STREAMED,
        true,
        false,
        false,
        true,
        1 << 20,
        Duration.ofSeconds(5));
  }

  /** The same on a fixed port. */
  public Listener withPort(int number) {
    return new Listener(
        name,
        number,
        routing,
        request,
        response,
        responseHeaders,
        failOpen,
        observability,
        stripDestination,
        bufferLimitBytes,
        messageTimeout);
  }

  /** The same with other body modes. */
  public Listener withBodies(BodyMode forRequest, BodyMode forResponse) {
    return new Listener(
        name,
        port,
        routing,
        forRequest,
        forResponse,
        responseHeaders,
        failOpen,
        observability,
        stripDestination,
        bufferLimitBytes,
        messageTimeout);
  }

  /** The same without response headers at the picker. */
  public Listener withoutResponseHeaders() {
    return new Listener(
        name,
        port,
        routing,
        request,
        response,
        false,
        failOpen,
        observability,
        stripDestination,
        bufferLimitBytes,
        messageTimeout);
  }

  /** The same, going on without the picker when that fails. */
  public Listener withFailOpen() {
    return new Listener(
        name,
        port,
        routing,
        request,
        response,
        responseHeaders,
        true,
        observability,
        stripDestination,
        bufferLimitBytes,
        messageTimeout);
  }

  /** The same with a picker that only watches. */
  public Listener withObservability() {
    return new Listener(
        name,
        port,
        routing,
        request,
        response,
        responseHeaders,
        failOpen,
        true,
        stripDestination,
        bufferLimitBytes,
        messageTimeout);
  }

  /** The same with the client's own destination header left in. */
  public Listener withClientDestination() {
    return new Listener(
        name,
        port,
        routing,
        request,
        response,
        responseHeaders,
        failOpen,
        observability,
        false,
        bufferLimitBytes,
        messageTimeout);
  }

  /** The same with another buffer limit. */
  public Listener withBufferLimit(int bytes) {
    return new Listener(
        name,
        port,
        routing,
        request,
        response,
        responseHeaders,
        failOpen,
        observability,
        stripDestination,
        bytes,
        messageTimeout);
  }
}
