package io.pickwick.pool;

/** Why a scrape brought no news. */
public enum ScrapeFailure {
  /** No connection: refused, no route, no answer to the connection attempt. */
  UNREACHABLE,
  /** No connection for want of something on our side, such as file descriptors. */
  LOCAL,
  /** Connected, but the answer was not complete in time. */
  TIMEOUT,
  /** The connection ended in the middle of an answer. */
  CUT,
  /** Another status than 200. */
  STATUS,
  /** Not TLS or HTTP that can be understood. */
  MALFORMED,
  /** A page over the limit. */
  TOO_LARGE,
  /** A page that does not tell the queue. */
  NO_GAUGES
}
