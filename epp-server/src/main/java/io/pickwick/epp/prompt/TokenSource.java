package io.pickwick.epp.prompt;

import java.util.function.Consumer;

/** Turns prompts into token ids; safe for concurrent use. */
public interface TokenSource extends AutoCloseable {
  /**
   * Tells the ids of a prompt to {@code done}, exactly once: before it returns, or later on any
   * thread. Called off the event loops; may take its time, within the bounds of the source.
   *
   * @param model the model that will serve it
   */
  void tokens(PromptInput input, String model, Consumer<Tokens> done);

  /** One that has no tokenizer: only ids that were given are known. */
  static TokenSource givenOnly(String why) {
    return (input, model, done) ->
        done.accept(
            switch (input) {
              case PromptInput.Ids given -> new Tokens.Known(given.ids());
              case PromptInput.Unpredictable u -> new Tokens.Unknown(u.why());
              case PromptInput.Text _, PromptInput.Chat _ -> new Tokens.Unknown(why);
            });
  }

  @Override
  default void close() {}
}
