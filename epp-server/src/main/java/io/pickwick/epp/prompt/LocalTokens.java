package io.pickwick.epp.prompt;

import io.pickwick.epp.prompt.template.ChatOptions;
import io.pickwick.epp.prompt.template.ChatPrompt;
import io.pickwick.epp.prompt.template.ChatTemplates;
import io.pickwick.epp.prompt.token.SegmentedTokens;
import java.util.Optional;
import java.util.function.Consumer;

/** Renders and tokenizes in this process, by the model's own files. */
public final class LocalTokens implements TokenSource {
  private final SegmentedTokens segments;
  private final Optional<ChatTemplates> templates;
  private final ChatOptions options;
  private final TokenSource otherwise;

  /** Tokenizes here, and asks elsewhere for conversations, as there is no chat template. */
  public LocalTokens(SegmentedTokens segments, TokenSource chats) {
    this(segments, Optional.empty(), ChatOptions.DEFAULTS, chats);
  }

  /**
   * Makes a source.
   *
   * @param templates the model's chat templates, if it has any
   */
  public LocalTokens(
      SegmentedTokens segments, Optional<ChatTemplates> templates, ChatOptions options) {
    this(
        segments,
        templates,
        options,
        TokenSource.givenOnly("the tokenizer's directory has no chat template"));
  }

  private LocalTokens(
      SegmentedTokens segments,
      Optional<ChatTemplates> templates,
      ChatOptions options,
      TokenSource otherwise) {
    this.segments = segments;
    this.templates = templates;
    this.options = options;
    this.otherwise = otherwise;
  }

  @Override
  public void tokens(PromptInput input, String model, Consumer<Tokens> done) {
    switch (input) {
      case PromptInput.Text text -> done.accept(cut(text.text(), text.special()));
      case PromptInput.Chat chat when templates.isPresent() ->
          done.accept(render(templates.get(), chat.body()));
      default -> otherwise.tokens(input, model, done);
    }
  }

  private Tokens render(ChatTemplates known, byte[] body) {
    return switch (known.render(body, 0, body.length, options)) {
      case ChatPrompt.Rendered rendered -> cut(rendered.text(), rendered.addSpecialTokens());
      case ChatPrompt.Unpredictable u -> new Tokens.Unknown(u.reason());
    };
  }

  private Tokens cut(String text, boolean special) {
    return new Tokens.Cut(segments, segments.cut(text), special);
  }

  @Override
  public void close() {
    otherwise.close();
  }
}
