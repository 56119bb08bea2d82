package io.pickwick.epp.prompt.template;

/** How the content of a message reaches the template; vLLM's {@code content format}. */
public enum ContentFormat {
  /** One string; the text parts are joined by line feeds. */
  STRING,
  /** A list of parts, as the API has it. */
  OPENAI
}
