package io.pickwick.epp.request;

/** The request formats that are understood; anything else passes through unread. */
public enum Api {
  /** OpenAI {@code /chat/completions}. */
  CHAT_COMPLETIONS,
  /** OpenAI {@code /completions}. */
  COMPLETIONS,
  /** OpenAI {@code /embeddings}. */
  EMBEDDINGS,
  /** OpenAI {@code /responses}. */
  RESPONSES,
  /** Anthropic {@code /v1/messages}. */
  MESSAGES,
  /** vLLM {@code /inference/v1/generate}. */
  GENERATE,
  /** Not one of these: the body is not read. */
  PASSTHROUGH
}
