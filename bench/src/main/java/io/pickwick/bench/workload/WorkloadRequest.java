package io.pickwick.bench.workload;

/**
 * One request of a {@link Workload}.
 *
 * @param id its place in the workload, from 0
 * @param session the conversation or task it belongs to; empty for none
 * @param atNanos when it is sent, from the workload's start; of one that follows another, when the
 *     trace has it, or 0, and of no effect
 * @param after the request after whose end it is sent, of a lower id; -1: it is sent at {@code
 *     atNanos}
 * @param thinkNanos how long after that end
 * @param prompt its tokens
 * @param outputTokens how many tokens are generated, at least 1
 * @param lora the adapter's name; empty for the base model
 * @param salt keeps the cache apart from other salts; empty for none
 */
public record WorkloadRequest(
    int id,
    String session,
    long atNanos,
    int after,
    long thinkNanos,
    PromptTokens prompt,
    int outputTokens,
    String lora,
    String salt) {

  /** {@link #after} of a request that follows none. */
  public static final int NONE = -1;

  /** Holds the numbers to what can be sent. */
  public WorkloadRequest {
    if (id < 0 || after < NONE || after >= id) {
      throw new IllegalArgumentException(
          "Request %d can't follow request %d: it follows an earlier one, or -1 for none."
              .formatted(id, after));
    }
    if (atNanos < 0 || thinkNanos < 0) {
      throw new IllegalArgumentException("Request %d has a negative time.".formatted(id));
    }
    if (prompt.length() < 1 || outputTokens < 1) {
      throw new IllegalArgumentException(
          "Request %d has %d tokens of prompt and %d of output; each is at least 1."
              .formatted(id, prompt.length(), outputTokens));
    }
  }

  /** Whether it waits for the end of another. */
  public boolean follows() {
    return after != NONE;
  }

  WorkloadRequest at(long nanos) {
    return new WorkloadRequest(
        id, session, nanos, after, thinkNanos, prompt, outputTokens, lora, salt);
  }

  WorkloadRequest following(int request, long nanos) {
    return new WorkloadRequest(
        id, session, atNanos, request, nanos, prompt, outputTokens, lora, salt);
  }
}
