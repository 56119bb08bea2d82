package io.pickwick.epp.prompt.template;

import io.pickwick.epp.prompt.template.jinja.Template;
import io.pickwick.epp.prompt.template.jinja.TemplateException;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;

/** One chat template, ready to render; safe for concurrent use. */
public final class ChatTemplate {
  private final String source;
  private final Template template;
  private final ContentFormat format;

  private ChatTemplate(String source, Template template) {
    this.source = source;
    this.template = template;
    this.format = template.readsContentParts() ? ContentFormat.OPENAI : ContentFormat.STRING;
  }

  /**
   * Reads a template.
   *
   * @param name what messages call it
   * @throws TemplateException with the line and what is not understood
   */
  public static ChatTemplate parse(String name, String source) throws TemplateException {
    return new ChatTemplate(source, Template.parse(name, source));
  }

  /**
   * Renders the template; see {@link Template#render}.
   *
   * @throws TemplateException when the template raises, or needs more than a prompt may
   */
  public String render(Map<String, Object> variables, InstantSource clock)
      throws TemplateException {
    return template.render(variables, clock);
  }

  /** How the engine gives it the content of messages when no flag says otherwise. */
  public ContentFormat format() {
    return format;
  }

  /** The variables it reads and does not set itself. */
  Set<String> undeclared() {
    return template.undeclared();
  }

  boolean mentions(String text) {
    return source.contains(text);
  }
}
