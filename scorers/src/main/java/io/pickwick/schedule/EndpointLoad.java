package io.pickwick.schedule;

/** How busy one endpoint is: what it last told, and what we sent since. */
public final class EndpointLoad {
  private volatile long toldNanos;

  /** Takes in what a scrape said; called by the endpoint's scraper alone. */
  public void observe(Gauges gauges) {
    toldNanos = gauges.observedNanos();
  }

  /** The endpoint did not answer its last scrape; called by the endpoint's scraper alone. */
  public void unreachable(long nanos) {
    toldNanos = nanos;
  }

  /** When the endpoint last told anything. */
  public long toldNanos() {
    return toldNanos;
  }
}
