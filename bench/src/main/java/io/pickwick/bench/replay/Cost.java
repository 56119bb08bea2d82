package io.pickwick.bench.replay;

import io.pickwick.kv.hash.PromptKeys;

/** What it costs a rival's policy to send a prompt to a pod; the least is picked. */
@FunctionalInterface
interface Cost {
  /**
   * The cost, of any unit.
   *
   * @param pod what the policy counted of it
   * @param prompt the full blocks of the prompt
   * @param matched the prompt's leading tokens that the pod is known to hold
   */
  double of(PodTally pod, PromptKeys prompt, int matched);

  /** The fewest requests under way. */
  Cost LEAST_REQUESTS = (pod, prompt, matched) -> pod.inFlight();

  /** The fewest prompt tokens before their first token, whatever is cached. */
  Cost LEAST_QUEUED_TOKENS = (pod, prompt, matched) -> pod.promptTokens();

  /** LPWL: the tokens to prefill there, this request's included. */
  Cost LPWL = (pod, prompt, matched) -> pod.uncachedTokens() + prompt.tokens() - matched;

  /**
   * LMETRIC (OSDI'26): the tokens to prefill there, this request's included, times the size of the
   * batch, this request included.
   */
  Cost LMETRIC =
      (pod, prompt, matched) ->
          (double) (pod.uncachedTokens() + prompt.tokens() - matched) * (pod.inFlight() + 1);

  /**
   * Dynamo's KV router: overlap weight times the blocks to prefill there plus the blocks of the
   * requests there, this request included in both.
   */
  static Cost dynamo(double overlapWeight, int blockSize) {
    return (pod, prompt, matched) ->
        overlapWeight * (pod.uncachedTokens() + prompt.tokens() - matched) / blockSize
            + pod.blocks().with(prompt);
  }
}
