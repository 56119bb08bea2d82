package io.pickwick.bench.envoy;

/** How Envoy turns the pick into an upstream host. */
public enum Routing {
  /** The pick's header names the address: any address, one per request, no fallback. */
  ORIGINAL_DST("model_servers_original_dst"),
  /** The pick's metadata names one or more of the known hosts, tried in order by the retries. */
  OVERRIDE_HOST("model_servers");

  private final String cluster;

  Routing(String cluster) {
    this.cluster = cluster;
  }

  String cluster() {
    return cluster;
  }
}
