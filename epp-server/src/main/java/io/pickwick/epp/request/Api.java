package io.pickwick.epp.request;

/** The request formats that are understood; anything else passes through unread. */
public enum Api {
  /** OpenAI {@code /chat/completions}. */
  CHAT_COMPLETIONS("/chat/completions"),
  /** OpenAI {@code /completions}. */
  COMPLETIONS("/completions"),
  /** OpenAI {@code /embeddings}. */
  EMBEDDINGS("/embeddings"),
  /** OpenAI {@code /responses}. */
  RESPONSES("/responses"),
  /** Anthropic {@code /v1/messages}. */
  MESSAGES("/v1/messages"),
  /** vLLM {@code /inference/v1/generate}. */
  GENERATE("/inference/v1/generate"),
  /** Not one of these: the body is not read. */
  PASSTHROUGH("");

  private static final Api[] ALL = values();

  private final String suffix;

  Api(String suffix) {
    this.suffix = suffix;
  }

  /**
   * The format of a request's body, by the longest known suffix of its path.
   *
   * <p>The query does not matter. A path that goes on behind a known one, such as {@code
   * /chat/completions/render}, is another service and passes through, as does every method but
   * POST.
   */
  public static Api of(String method, String path) {
    if (!method.equals("POST")) {
      return PASSTHROUGH;
    }
    int query = path.indexOf('?');
    int end = query < 0 ? path.length() : query;
    Api best = PASSTHROUGH;
    for (Api api : ALL) {
      int length = api.suffix.length();
      if (length > best.suffix.length()
          && length <= end
          && path.startsWith(api.suffix, end - length)) {
        best = api;
      }
    }
    return best;
  }
}
