package io.pickwick.bench.serve;

/** Which of the OpenAI API's paths is asked. */
enum Api {
  /** A text, or token ids, to go on with. */
  COMPLETIONS("/v1/completions", "openai"),
  /** A conversation. */
  CHAT("/v1/chat/completions", "openai-chat");

  private final String path;
  private final String backend;

  Api(String path, String backend) {
    this.path = path;
    this.backend = backend;
  }

  /** The path below a target's URL. */
  String path() {
    return path;
  }

  /** What vLLM's benchmark calls it. */
  String backend() {
    return backend;
  }
}
