package io.pickwick.epp.decide;

import io.pickwick.epp.request.Usage;
import io.pickwick.epp.telemetry.ModelSeries;
import io.pickwick.epp.telemetry.RequestMetrics;
import io.pickwick.model.Route;
import io.pickwick.schedule.Decision;
import io.pickwick.schedule.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A request that has its endpoint: keeps its load, its times and its tokens until the end. */
final class RoutedExchange implements Exchange {
  private final String model;
  private final String target;
  private final Predicate<String> inPool;
  private final Decision.Picked picked;
  private final PoolDecider.Reason reason;
  private final String rank;
  private final boolean quiet;
  private final PromptView.Sent sent;
  private final RequestMetrics metrics;
  private final ModelSeries series;
  private final LongSupplier nanos;
  private final long startNanos;
  private final String destination;
  private final String decisionHeader;

  private long firstTokenNanos;
  private boolean firstTokenSeen;
  private long bytes;
  private int status;
  private @Nullable Usage usage;
  private boolean unserved;
  private boolean ended;

  RoutedExchange(
      Inquiry inquiry,
      Route route,
      Predicate<String> inPool,
      Decision.Picked picked,
      PoolDecider.Reason reason,
      String rank,
      boolean quiet,
      PromptView.Sent sent,
      RequestMetrics metrics,
      LongSupplier nanos,
      String decisionHeader) {
    this.model = inquiry.facts().model();
    this.target = route.target();
    this.inPool = inPool;
    this.picked = picked;
    this.reason = reason;
    this.rank = rank;
    this.quiet = quiet;
    this.sent = sent;
    this.metrics = metrics;
    this.series = metrics.series(model, target);
    this.nanos = nanos;
    this.startNanos = inquiry.startNanos();
    this.destination = destination(picked.endpoints());
    this.decisionHeader = decisionHeader;
    series.started(route.priority(), inquiry.facts().bytes());
  }

  @Override
  public String destination() {
    return destination;
  }

  @Override
  public String rank() {
    return rank;
  }

  @Override
  public boolean quiet() {
    return quiet;
  }

  @Override
  public Optional<String> rewrite() {
    return target.equals(model) ? Optional.empty() : Optional.of(target);
  }

  @Override
  public Map<String, String> replyHeaders() {
    Map<String, String> headers = picked.replyHeaders();
    if (decisionHeader.isEmpty()) {
      return headers;
    }
    Map<String, String> more = new TreeMap<>(headers);
    more.put(decisionHeader, picked.endpoint().name() + "; " + reason);
    return more;
  }

  @Override
  public void responseHeaders(int status, String served, Author author) {
    this.status = status;
    Endpoint endpoint = picked.endpoint();
    boolean servedElsewhere = !served.isEmpty() && !served.equals(endpoint.hostPort());
    unserved = servedElsewhere || status >= 400;
    if (servedElsewhere && !inPool.test(served)) {
      // A route led to another pool after the pick: nobody here was skipped, or has to work for it.
      picked.reservation().release(nanos.getAsLong());
    } else if (servedElsewhere || (author == Author.PROXY && status == 503)) {
      suspectSkipped(served);
    }
    if (unserved) {
      sent.unserved();
    }
    if (status >= 400) {
      metrics.error(model, target, Integer.toString(status));
    } else if (status > 0) {
      series.proved();
    }
    if (author == Author.SERVER && !servedElsewhere) {
      if (status >= 500) {
        endpoint.load().failed(nanos.getAsLong());
      } else {
        endpoint.load().succeeded();
      }
    }
  }

  /**
   * The proxy walks the list in order, so whatever stands before the one that served was dead; the
   * pick alone when the one that served is not listed or not told.
   */
  private void suspectSkipped(String served) {
    long now = nanos.getAsLong();
    List<Endpoint> endpoints = picked.endpoints();
    int skipped = 0;
    while (skipped < endpoints.size() && !endpoints.get(skipped).hostPort().equals(served)) {
      skipped++;
    }
    boolean listed = skipped < endpoints.size();
    for (Endpoint endpoint : endpoints.subList(0, listed ? Math.max(1, skipped) : 1)) {
      endpoint.load().suspect(now);
    }
  }

  @Override
  public void firstToken() {
    if (!firstTokenSeen && !ended) {
      firstTokenSeen = true;
      firstTokenNanos = nanos.getAsLong();
      picked.reservation().firstToken(firstTokenNanos);
    }
  }

  @Override
  public void usage(Usage told) {
    usage = told;
    if (!unserved) {
      sent.served(told);
    }
  }

  @Override
  public void responseBytes(long count) {
    bytes = count;
  }

  @Override
  public void end(End how) {
    if (ended) {
      return;
    }
    ended = true;
    long now = nanos.getAsLong();
    if (how == End.DETACHED) {
      picked.reservation().detach(now);
    } else {
      picked.reservation().release(now);
      sent.ended();
    }
    if (!target.equals(model)) {
      metrics.rewritten(model, target);
    }
    series.ended();
    long total = now - startNanos;
    long first = firstTokenSeen ? firstTokenNanos - startNanos : -1;
    if (how == End.COMPLETED && status < 400) {
      series.completed(total, first, bytes);
    }
    Usage told = usage;
    if (told != null) {
      series.used(told, total, first);
    }
    switch (how) {
      case CANCELLED -> metrics.error(model, target, "Cancelled");
      case FAILED -> metrics.error(model, target, "Internal");
      case COMPLETED, DETACHED -> {}
    }
  }

  private static String destination(List<Endpoint> endpoints) {
    if (endpoints.size() == 1) {
      return endpoints.getFirst().hostPort();
    }
    StringBuilder list = new StringBuilder(endpoints.size() * 20);
    for (Endpoint endpoint : endpoints) {
      if (!list.isEmpty()) {
        list.append(',');
      }
      list.append(endpoint.hostPort());
    }
    return list.toString();
  }
}
