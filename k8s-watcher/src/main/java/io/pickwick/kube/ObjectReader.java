package io.pickwick.kube;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;

/** Reads the objects of a kind from JSON as it arrives. */
@FunctionalInterface
interface ObjectReader<T> {
  /**
   * Reads one object, its whole text and no more.
   *
   * @param parser at the object's opening brace
   */
  Seen<T> read(JsonParser parser) throws IOException;
}
