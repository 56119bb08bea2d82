package io.pickwick.epp.prompt.template;

import java.util.Map;
import java.util.Optional;

/**
 * The engine's own settings that change how a chat is rendered.
 *
 * @param format {@code --chat-template-content-format}; empty is its default {@code auto}
 * @param defaultKwargs {@code --default-chat-template-kwargs}; values as {@link
 *     ChatTemplate#render} takes them
 * @param excludeToolsWhenNone {@code --exclude-tools-when-tool-choice-none}
 */
public record ChatOptions(
    Optional<ContentFormat> format,
    Map<String, Object> defaultKwargs,
    boolean excludeToolsWhenNone) {
  /** What an engine does without any of the flags. */
  public static final ChatOptions DEFAULTS = new ChatOptions(Optional.empty(), Map.of(), false);
}
