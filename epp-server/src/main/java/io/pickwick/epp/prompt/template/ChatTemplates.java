package io.pickwick.epp.prompt.template;

import io.pickwick.epp.prompt.template.jinja.TemplateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The chat templates of a model and its special tokens, as its directory has them. */
public final class ChatTemplates {
  private ChatTemplates() {}

  /**
   * Loads what a model directory says: {@code chat_template.jinja}, {@code
   * additional_chat_templates/} and {@code tokenizer_config.json}. Empty when it has no template.
   *
   * @throws TemplateException when a template is not understood
   */
  public static Optional<ChatTemplates> load(Path directory) throws IOException, TemplateException {
    return Optional.empty();
  }

  /**
   * Renders the body of a chat-completions request as the engine would. It may take milliseconds
   * for a long conversation, so it must not run on an event loop.
   */
  public ChatPrompt render(byte[] body, int offset, int length, ChatOptions options) {
    return new ChatPrompt.Unpredictable("chat templates can't be rendered yet");
  }
}
