package io.pickwick.bench.replay;

import java.util.function.Function;

/** One way of choosing pods, ready to be replayed. */
public final class Policy {
  private final String name;
  private final boolean followsEvents;
  private final boolean poolsCaches;
  private final Function<Setup, Router> routers;

  Policy(String name, boolean followsEvents, boolean poolsCaches, Function<Setup, Router> routers) {
    this.name = name;
    this.followsEvents = followsEvents;
    this.poolsCaches = poolsCaches;
    this.routers = routers;
  }

  /** The policy of that text, see {@link Policies#parse}. */
  public static Policy parse(String text) {
    return Policies.parse(text);
  }

  /** As it was asked for. */
  public String name() {
    return name;
  }

  boolean followsEvents() {
    return followsEvents;
  }

  boolean poolsCaches() {
    return poolsCaches;
  }

  Router router(Setup setup) {
    return routers.apply(setup);
  }
}
