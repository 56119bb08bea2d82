package io.pickwick.kv.feed;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/** An endpoint of the pool from when it comes to when it goes, with its publishers. */
final class Endpoint {
  private final FeedSource source;
  private final String address;
  private final ConcurrentSkipListMap<Integer, Publisher> publishers =
      new ConcurrentSkipListMap<>();
  private boolean gone;
  private volatile FeedState state = FeedState.SILENT;

  /** That it has not connected to us. */
  private final Outage unheard = new Outage();

  /** What it, or somebody in its name, says wrongly. */
  private volatile String refused = "";

  /** Makes a publisher of a rank, whose ports lie that far from those of the first rank. */
  interface PublisherMaker {
    /** A new one. */
    Publisher make(Endpoint endpoint, int rank, int offset);
  }

  Endpoint(FeedSource source) {
    this.source = source;
    this.address = TopicName.canonical(source.address());
  }

  FeedSource source() {
    return source;
  }

  /** Its address in the one way in which it can be compared. */
  String address() {
    return address;
  }

  FeedState state() {
    return state;
  }

  Collection<Publisher> publishers() {
    return publishers.values();
  }

  /** That it has not connected to us. */
  Outage unheard() {
    return unheard;
  }

  /** What it, or somebody in its name, says wrongly; empty when nothing. */
  void refused(String what) {
    refused = what;
  }

  boolean isRefused() {
    return !refused.isEmpty();
  }

  /** What may be amiss, seen from outside. */
  String hint(FeedState of) {
    if (!refused.isEmpty() && of != FeedState.LIVE) {
      return "dropped: " + refused;
    }
    return of == FeedState.SILENT ? unheard.what() : "";
  }

  /** Every publisher; of an endpoint that has none yet, that nothing was heard. */
  List<FeedStatus> status() {
    if (publishers.isEmpty()) {
      return List.of(
          new FeedStatus(source.slot(), 0, FeedState.SILENT, 0, -1, 0, 0, hint(FeedState.SILENT)));
    }
    return publishers.values().stream().map(Publisher::status).toList();
  }

  /**
   * The publisher of a rank, a new one when there is none; empty when the endpoint is gone or has
   * too many.
   */
  Optional<Publisher> publisher(int rank, int offset, PublisherMaker maker) {
    Publisher known = publishers.get(rank);
    if (known != null) {
      return Optional.of(known);
    }
    synchronized (this) {
      if (gone || publishers.size() >= FeedConfig.MOST_RANKS) {
        return Optional.empty();
      }
      Publisher made = maker.make(this, rank, offset);
      publishers.put(rank, made);
      changed();
      return Optional.of(made);
    }
  }

  void close() {
    synchronized (this) {
      gone = true;
    }
    publishers.values().forEach(Publisher::close);
  }

  /** A publisher's state changed. */
  synchronized void changed() {
    FeedState worst = FeedState.LIVE;
    if (publishers.isEmpty()) {
      worst = FeedState.SILENT;
    }
    for (Publisher publisher : publishers.values()) {
      FeedState one = publisher.state();
      if (badness(one) > badness(worst)) {
        worst = one;
      }
    }
    state = worst;
  }

  private static int badness(FeedState state) {
    return switch (state) {
      case LIVE -> 0;
      case PARTIAL -> 1;
      case REPLAYING -> 2;
      case SILENT -> 3;
      case LOST -> 4;
    };
  }
}
