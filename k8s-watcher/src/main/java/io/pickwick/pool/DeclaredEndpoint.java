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
 * @param uid what tells it from an earlier one of the same name and address; empty where a name
 *     stands for the same server for ever, as in a file
 */
public record DeclaredEndpoint(
    String namespace,
    String name,
    String address,
    int port,
    Map<String, String> labels,
    String uid) {
  /** Keeps its own copy of the labels. */
  public DeclaredEndpoint {
    labels = Map.copyOf(labels);
  }

  /** An endpoint whose source gives no uid. */
  public DeclaredEndpoint(
      String namespace, String name, String address, int port, Map<String, String> labels) {
    this(namespace, name, address, port, labels, "");
  }
}
