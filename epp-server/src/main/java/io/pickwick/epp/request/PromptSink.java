package io.pickwick.epp.request;

/**
 * Where the scanner sends a prompt in its canonical form, piece by piece, without keeping it.
 *
 * <p>The pieces are only lent: the array may change once the call has returned. How the bytes are
 * cut into pieces carries no meaning.
 */
public interface PromptSink {
  /** The next bytes of the prompt, in the order in which the model will read them. */
  void content(byte[] bytes, int offset, int length);

  /**
   * Bytes that the model reads before the whole prompt, wherever they stand in the body: tools, a
   * separate system prompt, template arguments.
   */
  void context(byte[] bytes, int offset, int length);

  /**
   * All content so far is void, because the body held the prompt's key once more and the last one
   * counts; the context stays. A sink that does nothing here sees both prompts as one.
   */
  default void restart() {}

  /** A sink that keeps nothing. */
  static PromptSink none() {
    return new PromptSink() {
      @Override
      public void content(byte[] bytes, int offset, int length) {}

      @Override
      public void context(byte[] bytes, int offset, int length) {}
    };
  }
}
