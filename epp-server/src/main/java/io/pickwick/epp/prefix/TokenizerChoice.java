package io.pickwick.epp.prefix;

import io.pickwick.epp.prompt.EndpointTokens;
import io.pickwick.epp.prompt.LocalTokens;
import io.pickwick.epp.prompt.TokenSource;
import io.pickwick.epp.prompt.template.ChatOptions;
import io.pickwick.epp.prompt.template.ChatTemplates;
import io.pickwick.epp.prompt.template.jinja.TemplateException;
import io.pickwick.epp.prompt.token.SegmentedTokens;
import io.pickwick.epp.prompt.token.Tokenizer;
import io.pickwick.epp.prompt.token.TokenizerException;
import io.pickwick.epp.prompt.token.Tokenizers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where token ids are from, once the model's files have been read.
 *
 * @param tokenizer the local tokenizer, if there is one
 * @param templates its chat templates
 * @param asks whether endpoints are asked for what can't be told here
 */
record TokenizerChoice(
    Optional<Tokenizer> tokenizer, Optional<ChatTemplates> templates, boolean asks) {
  private static final long SEGMENT_BYTES = 64L << 20;

  /**
   * Reads what the settings name.
   *
   * @throws IOException when it can't be used
   */
  static TokenizerChoice of(PreciseSettings settings) throws IOException {
    boolean local =
        switch (settings.tokenizer()) {
          case LOCAL -> true;
          case ENDPOINT -> false;
          case AUTO -> settings.tokenizerPath().isPresent();
        };
    if (!local) {
      return new TokenizerChoice(Optional.empty(), Optional.empty(), true);
    }
    Path path =
        settings
            .tokenizerPath()
            .orElseThrow(() ->
                new IOException(
                    "a local tokenizer is wanted; --tokenizer-path must name the directory of the"
                        + " model's tokenizer.json"));
    try {
      return new TokenizerChoice(
          Optional.of(Tokenizers.load(path)),
          ChatTemplates.load(path),
          settings.tokenizer() == TokenizerSource.AUTO);
    } catch (TokenizerException | TemplateException e) {
      throw new IOException("--tokenizer-path " + path + ": " + e.getMessage(), e);
    }
  }

  /** Asks for what can't be told here, if anybody is asked; {@code endpoint} chooses whom. */
  Optional<EndpointTokens> asking(Supplier<Optional<URI>> endpoint) {
    return asks && templates.isEmpty()
        ? Optional.of(new EndpointTokens(endpoint, EndpointTokens.Limits.DEFAULT))
        : Optional.empty();
  }

  /** The source of token ids. */
  TokenSource source(Optional<EndpointTokens> asking) {
    if (tokenizer.isEmpty()) {
      return asking.orElseThrow();
    }
    SegmentedTokens segments = new SegmentedTokens(tokenizer.get(), SEGMENT_BYTES);
    return asking
        .map(chats -> new LocalTokens(segments, chats))
        .orElseGet(() -> new LocalTokens(segments, templates, ChatOptions.DEFAULTS));
  }

  /** What token ids stand for. */
  TokenTexts texts() {
    return tokenizer.<TokenTexts>map(known -> known::text).orElse(TokenTexts.NONE);
  }

  /** In a few words, for the log. */
  String words() {
    if (tokenizer.isEmpty()) {
      return "asked from the endpoints";
    }
    String chats =
        templates.isPresent()
            ? ""
            : asks ? "; without a chat template, chats are asked for" : "; no chat template";
    return tokenizer.get().kind() + chats;
  }
}
