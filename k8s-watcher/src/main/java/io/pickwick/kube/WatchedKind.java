package io.pickwick.kube;

import java.util.List;

/**
 * A kind of object that is kept known.
 *
 * @param name the kind
 * @param plural its resource in paths
 * @param group its API group, empty for the core group
 * @param versions the versions that we can read, the wanted one first
 * @param needed whether nothing goes without it
 * @param reader how an object becomes a record
 */
record WatchedKind<T>(
    String name,
    String plural,
    String group,
    List<String> versions,
    boolean needed,
    ObjectReader<T> reader) {
  WatchedKind {
    versions = List.copyOf(versions);
  }

  /** The path of all its objects in a namespace. */
  String path(String version, String namespace) {
    String api = group.isEmpty() ? "api/" + version : "apis/" + group + "/" + version;
    return api + "/namespaces/" + namespace + "/" + plural;
  }

  /** As {@code kubectl} names it. */
  String resource() {
    return group.isEmpty() ? plural : plural + "." + group;
  }
}
