package io.pickwick.epp.decide;

import io.pickwick.epp.request.RequestHeaders;
import io.pickwick.epp.telemetry.Logs;
import io.pickwick.epp.telemetry.RequestMetrics;
import io.pickwick.model.Route;
import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Decision;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.ScheduleRequest;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides by one pool: which model, which endpoints may serve it, which of them does. */
public final class PoolDecider implements Decider {
  private static final int LONGEST_MODEL = 1024;
  private static final Logger LOG = LoggerFactory.getLogger(PoolDecider.class);
  private static final Logger REQUESTS = LoggerFactory.getLogger(Logs.REQUESTS);

  private final Supplier<PoolSnapshot> pool;
  private final Supplier<Policy> policies;
  private final RequestMetrics metrics;
  private final LongSupplier nanos;
  private final DoubleSupplier random;
  private final Settings settings;

  /**
   * Settings of the decision.
   *
   * @param honoursSubset whether the proxy's subset of endpoints counts
   * @param tellsDecision whether each response tells its pick in {@code x-pickwick-decision}
   * @param logs whether requests are told in the log
   */
  public record Settings(boolean honoursSubset, boolean tellsDecision, boolean logs) {
    /** With a log. */
    public Settings(boolean honoursSubset, boolean tellsDecision) {
      this(honoursSubset, tellsDecision, true);
    }
  }

  /**
   * Decides by what {@code pool} holds and what the policy is at each request.
   *
   * @param random from 0, below 1: chooses among a model's targets
   */
  public PoolDecider(
      Supplier<PoolSnapshot> pool,
      Supplier<Policy> policies,
      RequestMetrics metrics,
      LongSupplier nanos,
      DoubleSupplier random,
      Settings settings) {
    this.pool = pool;
    this.policies = policies;
    this.metrics = metrics;
    this.nanos = nanos;
    this.random = random;
    this.settings = settings;
  }

  @Override
  public Verdict decide(Inquiry inquiry) {
    Policy policy = policies.get();
    Route route = route(policy, inquiry);
    return decide(policy, inquiry, route, policy.prompts().estimate(inquiry, route.target()));
  }

  @Override
  public void decide(
      Inquiry inquiry, Supplier<InputStream> body, Executor loop, Consumer<Verdict> answer) {
    Policy policy = policies.get();
    Route route = route(policy, inquiry);
    policy
        .prompts()
        .view(
            inquiry,
            route.target(),
            body,
            loop,
            view -> {
              long began = nanos.getAsLong();
              Verdict verdict;
              try {
                verdict = decide(policy, inquiry, route, view);
              } catch (RuntimeException e) {
                // It may come later, where nobody else would catch it.
                LOG.error("A decision failed", e);
                verdict = refuse(inquiry, began, Verdict.Refused.internal());
              }
              answer.accept(verdict);
            });
  }

  private static Optional<String> header(Inquiry inquiry, String name, String twin) {
    String value = inquiry.headers().get(name);
    if (value.isEmpty()) {
      value = inquiry.headers().get(twin);
    }
    return value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  /** Chosen once for a request: the targets of a canary are chosen at random. */
  private Route route(Policy policy, Inquiry inquiry) {
    String model = inquiry.facts().model();
    Route route =
        policy
            .models()
            .route(
                model,
                header(inquiry, RequestHeaders.MODEL_REWRITE, RequestHeaders.MODEL_REWRITE_TWIN),
                header(inquiry, RequestHeaders.OBJECTIVE, RequestHeaders.OBJECTIVE_TWIN),
                random.getAsDouble());
    // A body that names no model has no place for another one.
    return model.isEmpty()
        ? new Route(model, Optional.empty(), route.priority(), route.priorityBy())
        : route;
  }

  private Verdict decide(Policy policy, Inquiry inquiry, Route route, PromptView view) {
    long began = nanos.getAsLong();
    PoolSnapshot snapshot = pool.get();
    List<Endpoint> endpoints = snapshot.endpoints();
    if (endpoints.isEmpty()) {
      return refuse(
          inquiry,
          began,
          new Verdict.Refused(
              503,
              "ServiceUnavailable",
              snapshot.synced()
                  ? "the pool has no endpoints; list some in the endpoints file or, in Kubernetes, see that the InferencePool is there and pods that it selects are Ready"
                  : "the pool's endpoints have not been read yet; try again shortly",
              "pickwick_no_endpoints"));
    }
    Optional<List<String>> subset = settings.honoursSubset ? inquiry.subset() : Optional.empty();
    if (subset.isPresent()) {
      endpoints = Subset.of(endpoints, subset.get());
      if (endpoints.isEmpty()) {
        return refuse(
            inquiry,
            began,
            new Verdict.Refused(
                503,
                "ServiceUnavailable",
                "none of the "
                    + subset.get().size()
                    + " endpoints that the proxy allows is in the pool",
                "pickwick_subset_empty"));
      }
    }
    if (route.target().length() > LONGEST_MODEL && route.targetBy().isEmpty()) {
      return refuse(
          inquiry,
          began,
          new Verdict.Refused(
              400,
              "BadRequest",
              "the header "
                  + RequestHeaders.MODEL_REWRITE
                  + " is longer than "
                  + LONGEST_MODEL
                  + " characters",
              "pickwick_rewrite_too_long"));
    }
    String model = inquiry.facts().model();
    String target = route.target();
    Decision decision =
        policy
            .scheduler()
            .schedule(
                new ScheduleRequest(
                    model, target, view.prompt(), inquiry.headers()::get, route.priority(), false),
                endpoints,
                view.index(),
                began);
    return switch (decision) {
      case Decision.NoEndpoints none ->
          refuse(
              inquiry,
              began,
              new Verdict.Refused(
                  503, "ServiceUnavailable", "the pool has no endpoints", "pickwick_no_endpoints"));
      case Decision.FilteredOut out ->
          refuse(
              inquiry,
              began,
              new Verdict.Refused(
                  429,
                  "ResourceExhausted",
                  "the filter \"" + out.filter() + "\" left no endpoint for this request",
                  "pickwick_filtered_out_by_" + out.filter()));
      case Decision.Picked picked -> route(policy, inquiry, route, view, picked, began);
    };
  }

  @Override
  public void refused(String requestId, Verdict.Refused refusal) {
    refused(requestId, "", refusal);
  }

  private void refused(String requestId, String model, Verdict.Refused refusal) {
    metrics.error(model, model, refusal.code());
    if (settings.logs && REQUESTS.isInfoEnabled()) {
      REQUESTS
          .atInfo()
          .addKeyValue("x-request-id", Text.printable(requestId))
          .addKeyValue("model", Text.printable(model))
          .addKeyValue("status", refusal.status())
          .addKeyValue("details", refusal.details())
          .addKeyValue("why", Text.printable(refusal.message()))
          .log("Request refused");
    }
  }

  private Verdict refuse(Inquiry inquiry, long began, Verdict.Refused refusal) {
    metrics.decided(false, nanos.getAsLong() - began);
    refused(inquiry.requestId(), inquiry.facts().model(), refusal);
    return refusal;
  }

  private Verdict route(
      Policy policy,
      Inquiry inquiry,
      Route route,
      PromptView view,
      Decision.Picked picked,
      long began) {
    PromptView.Sent sent = view.routed(picked.endpoint(), picked.matchedTokens());
    Reason reason = new Reason(picked, view.mode(picked.endpoint()));
    RoutedExchange exchange =
        new RoutedExchange(
            inquiry,
            route,
            this::isInPool,
            picked,
            reason,
            rank(inquiry, view.rank(picked.endpoint())),
            view.followsEvents(),
            sent,
            metrics,
            nanos,
            settings.tellsDecision ? "x-pickwick-decision" : "");
    metrics.decided(true, nanos.getAsLong() - began);
    metrics.matched(picked.matchedTokens(), view.prompt().tokens(), policy.bytesPerToken());
    if (settings.logs && REQUESTS.isInfoEnabled()) {
      REQUESTS
          .atInfo()
          .addKeyValue("x-request-id", Text.printable(inquiry.requestId()))
          .addKeyValue("model", Text.printable(inquiry.facts().model()))
          .addKeyValue("endpoint", picked.endpoint())
          .addKeyValue("why", reason)
          .log("Request handled");
    }
    return new Verdict.Routed(exchange);
  }

  private boolean isInPool(String address) {
    for (Endpoint endpoint : pool.get().endpoints()) {
      if (endpoint.hostPort().equals(address)) {
        return true;
      }
    }
    return false;
  }

  /** A client that asks for a rank gets that one. */
  private static String rank(Inquiry inquiry, int best) {
    return best < 0 || !inquiry.headers().get(RequestHeaders.RANK).isEmpty()
        ? ""
        : Integer.toString(best);
  }

  /** A decision's reason, put into words only when a log line is written. */
  record Reason(Decision.Picked picked, String mode) {
    @Override
    public String toString() {
      return mode.isEmpty() ? picked.reason() : picked.reason() + "; prefix " + mode;
    }
  }
}
