package io.pickwick.bench.serve;

/**
 * What became of a request. Times are nanoseconds from the start of the run.
 *
 * @param id of the request in its workload
 * @param warmUp whether it is not to be measured
 * @param wantedNanos when the workload would have it sent
 * @param dueNanos when it should have been sent: then, or as soon as a request before it made room
 *     under the limit of concurrency
 * @param sentNanos when its sending, or the connection for it, began
 * @param firstNanos when its first chunk with a choice came; of no meaning without one
 * @param endNanos when the last such chunk came; of a failed one, when it failed
 * @param gaps from each chunk to the next
 * @param promptTokens as the target counted them, else as the workload has them
 * @param outputTokens as the target counted them, else a chunk is one
 * @param cachedTokens how many of the prompt's the target had at hand; -1: it did not say
 * @param counted whether the target told the tokens
 * @param absurd what the target told of tokens and can't be, which then counts for nothing; empty
 *     if all can
 * @param askedTokens how many tokens of output were asked for
 * @param failure why it failed
 * @param status the HTTP status; 0: none was read
 * @param detail the failure in words, its kind if nothing else is said of it; empty for none
 * @param pod who says to have answered it; empty if nobody does
 * @param text what was generated, if it is kept
 */
record Outcome(
    int id,
    boolean warmUp,
    long wantedNanos,
    long dueNanos,
    long sentNanos,
    long firstNanos,
    long endNanos,
    Gaps gaps,
    int promptTokens,
    int outputTokens,
    int cachedTokens,
    boolean counted,
    String absurd,
    int askedTokens,
    Failure failure,
    int status,
    String detail,
    String pod,
    String text) {
  Outcome {
    // A result tells the failed ones by their words, as vLLM's does.
    if (failure != Failure.NONE && unseen(detail)) {
      detail = kind(failure, status);
    }
  }

  private static boolean unseen(String words) {
    return words
        .codePoints()
        .allMatch(one -> Character.isWhitespace(one) || Character.isSpaceChar(one));
  }

  boolean completed() {
    return failure == Failure.NONE;
  }

  /** How long it waited for room under the limit of concurrency. */
  double queueSeconds() {
    return (dueNanos - wantedNanos) / 1e9;
  }

  /** How much later than due it was sent. */
  double lateSeconds() {
    return (sentNanos - dueNanos) / 1e9;
  }

  double ttftSeconds() {
    return (firstNanos - dueNanos) / 1e9;
  }

  double latencySeconds() {
    return (endNanos - dueNanos) / 1e9;
  }

  /** The mean time of a token after the first; 0 when there is none. */
  double tpotSeconds() {
    return outputTokens > 1 ? (endNanos - firstNanos) / 1e9 / (outputTokens - 1) : 0;
  }

  /** The kind of its failure: the status, or what happened. */
  String kind() {
    return kind(failure, status);
  }

  private static String kind(Failure failure, int status) {
    return failure == Failure.STATUS ? "HTTP " + status : failure.words();
  }

  /** Whether the answer is whole, but has fewer tokens than were asked for. */
  boolean cutShort() {
    return completed() && outputTokens < askedTokens;
  }

  /** Whether the answer is whole, but did not tell its tokens. */
  boolean withoutUsage() {
    return completed() && !counted;
  }
}
