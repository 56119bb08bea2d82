package io.pickwick.epp.prefix;

import java.util.Optional;

/** What token ids stand for; safe for concurrent use. */
@FunctionalInterface
public interface TokenTexts {
  /** Knows none, as when the endpoints tokenize. */
  TokenTexts NONE = id -> Optional.empty();

  /** The text of a token, special tokens by their name; empty when it is not known. */
  Optional<String> text(int id);
}
