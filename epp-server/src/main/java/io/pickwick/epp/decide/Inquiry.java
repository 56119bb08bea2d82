package io.pickwick.epp.decide;

import io.pickwick.epp.request.RequestFacts;
import io.pickwick.kv.hash.PromptKeys;
import java.util.List;
import java.util.Optional;

/**
 * All that is known of a request when its endpoint must be chosen.
 *
 * @param requestId the {@code x-request-id}, made up when the client sent none
 * @param path the request's path
 * @param facts what the body said
 * @param prompt the prompt's block keys, not yet kept apart by model and salt
 * @param headers the request's headers
 * @param subset the only {@code ip:port} or {@code ip} that may serve; absent means all, empty none
 * @param startNanos when the request's headers arrived
 * @param detached whether the response's end will not be seen, so its load must be released by
 *     model
 */
public record Inquiry(
    String requestId,
    String path,
    RequestFacts facts,
    PromptKeys prompt,
    Headers headers,
    Optional<List<String>> subset,
    long startNanos,
    boolean detached) {
  /** A request's headers by lower-case name; the first value counts. */
  @FunctionalInterface
  public interface Headers {
    /** The header's value; empty when it is not there. */
    String get(String name);
  }
}
