package io.pickwick.kube;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.InputStream;

/** Reads the objects of a kind from JSON as it arrives. */
@FunctionalInterface
interface ObjectReader<T> {
  /** The text in which objects stand, perhaps without what is not read of them. */
  default InputStream sifted(InputStream text) {
    return text;
  }

  /**
   * Reads one object, its whole text and no more.
   *
   * @param parser at the object's opening brace
   */
  Seen<T> read(JsonParser parser) throws IOException;
}
