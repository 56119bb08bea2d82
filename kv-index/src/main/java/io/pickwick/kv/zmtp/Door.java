package io.pickwick.kv.zmtp;

import java.net.InetAddress;

/** Says who may connect, and takes who does; asked on the loop's thread. */
public interface Door {
  /** Whether somebody is expected from there, for whom strangers must leave room. */
  boolean expects(InetAddress from);

  /** How many connections there may be from an address. */
  int mostFrom(InetAddress from);

  /** How many connections there may be from addresses that nobody is expected from. */
  int mostStrangers();

  /** Takes a connection; it counts as a stranger's until it is trusted. */
  Connection.Listener open();

  /** A connection was turned away. */
  void refused(InetAddress from, String why);
}
