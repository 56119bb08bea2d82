package io.pickwick.epp.prompt.token;

import java.io.IOException;

/** A tokenizer that can't be used; the message says what is wrong with which file and the mend. */
public final class TokenizerException extends IOException {
  /** With the words for the person who configures it. */
  public TokenizerException(String message) {
    super(message);
  }

  /** With the words for the person who configures it, and what happened underneath. */
  public TokenizerException(String message, Throwable cause) {
    super(message, cause);
  }
}
