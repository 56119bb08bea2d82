package io.pickwick.epp.prompt.template;

import io.pickwick.epp.prompt.template.jinja.TemplateException;
import java.util.Map;

/** One chat template, ready to render; safe for concurrent use. */
public final class ChatTemplate {
  private final String name;

  private ChatTemplate(String name) {
    this.name = name;
  }

  /**
   * Reads a template.
   *
   * @param name what messages call it
   * @throws TemplateException with the line and what is not understood
   */
  public static ChatTemplate parse(String name, String source) throws TemplateException {
    if (source.isEmpty()) {
      throw new TemplateException(name + ": the template is empty");
    }
    return new ChatTemplate(name);
  }

  /**
   * Renders the template.
   *
   * @param variables None as {@code None.NONE}, Boolean, Long or BigInteger, Double, String, List
   *     and Map in the order they are printed
   * @throws TemplateException when the template raises, or needs more than a prompt may
   */
  public String render(Map<String, Object> variables) throws TemplateException {
    throw new TemplateException(name + ": templates can't be rendered yet");
  }

  public String name() {
    return name;
  }
}
