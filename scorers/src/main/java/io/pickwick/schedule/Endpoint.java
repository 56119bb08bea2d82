package io.pickwick.schedule;

import java.util.Map;

/**
 * One model server of a pool: where it is, what it is labelled, and its load.
 *
 * <p>The object lives as long as the endpoint is in the pool, whatever else changes around it, so
 * its load and what was sent to it survive a reload of the pool.
 */
public final class Endpoint {
  private final int slot;
  private final String namespace;
  private final String name;
  private final String address;
  private final int port;
  private final String hostPort;
  private final Map<String, String> labels;
  private final EndpointLoad load;

  /**
   * Makes an endpoint.
   *
   * @param slot a small number that no other endpoint of the process has at the same time
   * @param address an IP address, without brackets
   */
  public Endpoint(
      int slot,
      String namespace,
      String name,
      String address,
      int port,
      Map<String, String> labels,
      EndpointLoad load) {
    this.slot = slot;
    this.namespace = namespace;
    this.name = name;
    this.address = address;
    this.port = port;
    this.hostPort = address.indexOf(':') >= 0 ? "[" + address + "]:" + port : address + ":" + port;
    this.labels = Map.copyOf(labels);
    this.load = load;
  }

  /** A small number that no other endpoint of the process has at the same time. */
  public int slot() {
    return slot;
  }

  /** The namespace it was declared in. */
  public String namespace() {
    return namespace;
  }

  /** Its name, unique in its namespace. */
  public String name() {
    return name;
  }

  /** Its IP address, without brackets. */
  public String address() {
    return address;
  }

  /** Its port. */
  public int port() {
    return port;
  }

  /** {@code address:port}, an IPv6 address in brackets: what Envoy is told. */
  public String hostPort() {
    return hostPort;
  }

  /** Its labels. */
  public Map<String, String> labels() {
    return labels;
  }

  /** How busy it is. */
  public EndpointLoad load() {
    return load;
  }

  @Override
  public String toString() {
    return namespace + "/" + name + " (" + hostPort + ")";
  }
}
