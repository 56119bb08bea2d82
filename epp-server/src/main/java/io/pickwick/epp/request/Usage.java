package io.pickwick.epp.request;

/**
 * Tokens as the model server counted them.
 *
 * @param inputTokens tokens of the prompt
 * @param outputTokens tokens generated
 * @param cachedTokens tokens of the prompt found in its KV cache; -1 when not told
 */
public record Usage(long inputTokens, long outputTokens, long cachedTokens) {}
