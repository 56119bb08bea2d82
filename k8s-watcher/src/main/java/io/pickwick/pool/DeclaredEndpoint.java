package io.pickwick.pool;

import java.util.Map;

/**
 * One model server as a source of endpoints declares it.
 *
 * @param namespace where it is declared
 * @param name unique in its namespace
 * @param address an IP address in canonical text, without brackets
 * @param port 1 to 65535
 * @param labels what filters and the choice of the engine go by
 */
public record DeclaredEndpoint(
    String namespace, String name, String address, int port, Map<String, String> labels) {
  /** Keeps its own copy of the labels. */
  public DeclaredEndpoint {
    labels = Map.copyOf(labels);
  }
}
