package io.pickwick.epp.prompt.template.jinja;

import java.io.Serial;

/** A template that can't be read, or that failed while it was rendered; the message says where. */
public final class TemplateException extends Exception {
  @Serial private static final long serialVersionUID = 1L;

  public TemplateException(String message) {
    super(message);
  }

  public TemplateException(String message, Throwable cause) {
    super(message, cause);
  }
}
