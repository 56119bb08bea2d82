package io.pickwick.epp.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.epp.request.Api;
import io.pickwick.epp.request.RequestFacts;
import io.pickwick.epp.request.RequestHeaders;
import io.pickwick.epp.request.Usage;
import io.pickwick.epp.telemetry.RequestMetrics;
import io.pickwick.kv.hash.BlockLayout;
import io.pickwick.kv.hash.PromptHasher;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.history.PrefixHistory;
import io.pickwick.model.ModelTable;
import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.Filter;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import io.pickwick.schedule.Picker;
import io.pickwick.schedule.Profile;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scheduler;
import io.pickwick.schedule.Scorer;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class PoolDeciderTest {
  private final AtomicLong clock = new AtomicLong(1_000_000_000L);
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final RequestMetrics metrics = new RequestMetrics(registry, "test");
  private final PrefixHistory history = new PrefixHistory(16, 1_000);
  private final Endpoint a = endpoint(0, "a", "10.0.0.1");
  private final Endpoint b = endpoint(1, "b", "10.0.0.2");
  private final Endpoint six = endpoint(2, "six", "fd00::1");
  private PoolSnapshot pool = new PoolSnapshot(List.of(a, b, six), 3, true);
  private boolean tells;
  private int picks = 1;

  @Test
  void aPromptGoesWhereItsBeginningWent() {
    Exchange first = routed(decide(inquiry("llama", "", "x".repeat(400))));
    Exchange second = routed(decide(inquiry("llama", "", "x".repeat(400) + "and more of it")));
    assertThat(second.destination()).isEqualTo(first.destination());
    assertThat(page()).contains("inference_extension_prefix_indexer_hit_ratio_count 2");
  }

  @Test
  void anotherModelOrSaltSharesNothing() {
    Exchange first = routed(decide(inquiry("llama", "", "x".repeat(400))));
    assertThat(routed(decide(inquiry("mistral", "", "x".repeat(400)))).destination())
        .isNotEqualTo(first.destination());
    Exchange salted = routed(decide(inquiry("llama", "tenant", "x".repeat(400))));
    assertThat(salted.destination()).isNotEqualTo(first.destination());
  }

  @Test
  void theLoadIsReservedWithThePickAndReleasedOnceAtTheEnd() {
    Exchange exchange = routed(decide(inquiry("llama", "", "x".repeat(400))));
    assertThat(inFlight()).isEqualTo(1);
    exchange.responseHeaders(200, exchange.destination(), Exchange.Author.SERVER);
    clock.addAndGet(50_000_000L);
    exchange.firstToken();
    exchange.firstToken();
    clock.addAndGet(100_000_000L);
    exchange.responseBytes(1234);
    exchange.usage(new Usage(100, 11, 64));
    exchange.end(Exchange.End.COMPLETED);
    exchange.end(Exchange.End.CANCELLED);
    assertThat(inFlight()).isZero();
    assertThat(page())
        .contains("inference_objective_running_requests{model_name=\"llama\"} 0.0")
        .contains(
            "inference_objective_request_ttft_seconds_sum{model_name=\"llama\",target_model_name=\"llama\"} 0.05")
        .contains(
            "inference_objective_request_tpot_seconds_sum{model_name=\"llama\",target_model_name=\"llama\"} 0.01")
        .contains(
            "inference_objective_response_sizes_sum{model_name=\"llama\",target_model_name=\"llama\"} 1234.0")
        .doesNotContain("Cancelled");
  }

  @Test
  void everyEndReleases() {
    for (Exchange.End end : Exchange.End.values()) {
      Exchange exchange = routed(decide(inquiry("llama", "", "hello")));
      exchange.end(end);
    }
    assertThat(a.load().snapshot(clock.get()).inFlight()).isZero();
    assertThat(b.load().snapshot(clock.get()).inFlight()).isZero();
    assertThat(page()).contains("error_code=\"Cancelled\"").contains("error_code=\"Internal\"");
  }

  @Test
  void aDetachedRequestCountsUntilAScrapeTakesItOver() {
    pool = new PoolSnapshot(List.of(a), 1, true);
    Exchange exchange = routed(decide(inquiry("llama", "", "hello")));
    exchange.end(Exchange.End.DETACHED);
    assertThat(a.load().snapshot(clock.get()).detached()).isEqualTo(1);
    a.load().scrapeBegins(clock.addAndGet(1_000));
    a.load().observe(new Gauges(clock.addAndGet(1_000), 0, 1, 0.1, 16, 100, LoraState.NONE));
    assertThat(a.load().snapshot(clock.get()).detached()).isZero();
    assertThat(a.load().snapshot(clock.get()).running()).isEqualTo(1);
  }

  @Test
  void anEmptyPoolIsUnavailable() {
    pool = new PoolSnapshot(List.of(), 0, true);
    assertThat(decide(inquiry("llama", "", "x")))
        .isEqualTo(
            new Verdict.Refused(
                503,
                "ServiceUnavailable",
                "the pool has no endpoints; list some in the endpoints file or, in Kubernetes, see that the InferencePool is there and pods that it selects are Ready",
                "pickwick_no_endpoints"));
    pool = PoolSnapshot.UNKNOWN;
    assertThat(((Verdict.Refused) decide(inquiry("llama", "", "x"))).message())
        .contains("not been read yet");
    assertThat(page())
        .contains("error_code=\"ServiceUnavailable\"")
        .contains("inference_extension_scheduler_attempts_total{status=\"failure\"} 2.0");
  }

  @Test
  void onlyTheSubsetMayServe() {
    assertThat(routed(decide(subset("10.0.0.2:8000"))).destination()).isEqualTo("10.0.0.2:8000");
    assertThat(routed(decide(subset("10.0.0.2"))).destination()).isEqualTo("10.0.0.2:8000");
    assertThat(routed(decide(subset("[fd00::1]:8000"))).destination()).isEqualTo("[fd00::1]:8000");
    assertThat(routed(decide(subset("[fd00::1]"))).destination()).isEqualTo("[fd00::1]:8000");
    assertThat(routed(decide(subset("fd00::1"))).destination()).isEqualTo("[fd00::1]:8000");
    assertThat(decide(subset("10.0.0.2:8001"))).isInstanceOf(Verdict.Refused.class);
    assertThat(decide(subset("10.0.0.20"))).isInstanceOf(Verdict.Refused.class);
    assertThat(((Verdict.Refused) decide(subset())).status()).isEqualTo(503);
  }

  @Test
  void aFilterThatLeavesNoneIsNamed() {
    Filter none =
        new Filter() {
          @Override
          public String name() {
            return "none-left";
          }

          @Override
          public void filter(ScheduleRequest request, Candidates candidates) {
            candidates.retain(row -> false);
          }
        };
    Verdict verdict = decider(List.of(none)).decide(inquiry("llama", "", "x"));
    assertThat(verdict)
        .isEqualTo(
            new Verdict.Refused(
                429,
                "ResourceExhausted",
                "the filter \"none-left\" left no endpoint for this request",
                "pickwick_filtered_out_by_none-left"));
  }

  @Test
  void theRewriteHeaderNamesTheModelToServe() {
    Inquiry plain = inquiry("llama", "", "x");
    Exchange exchange =
        routed(
            decide(
                new Inquiry(
                    plain.requestId(),
                    plain.path(),
                    plain.facts(),
                    plain.prompt(),
                    name -> name.equals(RequestHeaders.MODEL_REWRITE) ? "llama-v2" : "",
                    plain.subset(),
                    plain.startNanos(),
                    false)));
    assertThat(exchange.rewrite()).contains("llama-v2");
    exchange.responseHeaders(200, "", Exchange.Author.SERVER);
    exchange.end(Exchange.End.COMPLETED);
    assertThat(page())
        .contains(
            "inference_extension_model_rewrite_decisions_total{model_name=\"llama\",target_model=\"llama-v2\"} 1.0");
  }

  @Test
  void anEndpointThatTheProxyCouldNotReachIsSuspect() {
    pool = new PoolSnapshot(List.of(a, b), 2, true);
    picks = 2;
    Exchange exchange = routed(decide(inquiry("llama", "", "x")));
    List<String> order = List.of(exchange.destination().split(","));
    assertThat(order).hasSize(2);
    Endpoint first = order.getFirst().equals(a.hostPort()) ? a : b;
    Endpoint second = first == a ? b : a;
    exchange.responseHeaders(200, order.get(1), Exchange.Author.SERVER);
    assertThat(first.load().reachable()).isFalse();
    assertThat(second.load().reachable()).isTrue();
    assertThat(routed(decide(inquiry("llama", "", "x"))).destination())
        .startsWith(second.hostPort());
  }

  @Test
  void anUnavailableThatTheProxyMadeCastsDoubtAndOneOfTheServersDoesNot() {
    pool = new PoolSnapshot(List.of(a), 1, true);
    Exchange busy = routed(decide(inquiry("llama", "", "x")));
    busy.responseHeaders(503, "", Exchange.Author.SERVER);
    assertThat(a.load().reachable()).isTrue();
    Exchange dead = routed(decide(inquiry("llama", "", "x")));
    dead.responseHeaders(503, "", Exchange.Author.PROXY);
    assertThat(a.load().reachable()).isFalse();
    assertThat(page()).contains("error_code=\"503\"");
  }

  @Test
  void aLimitOfTheProxyCastsNoDoubt() {
    pool = new PoolSnapshot(List.of(a), 1, true);
    Exchange limited = routed(decide(inquiry("llama", "", "x")));
    limited.responseHeaders(503, "", Exchange.Author.LIMIT);
    limited.end(Exchange.End.COMPLETED);
    assertThat(a.load().reachable()).isTrue();
    assertThat(a.load().ejected(clock.get())).isFalse();
    assertThat(page()).contains("error_code=\"503\"");
  }

  @Test
  void aRouteToAnotherPoolLeavesNoLoadAndCastsNoDoubt() {
    pool = new PoolSnapshot(List.of(a), 1, true);
    Exchange moved = routed(decide(inquiry("llama", "", "x".repeat(400))));
    assertThat(inFlight()).isEqualTo(1);
    moved.responseHeaders(200, "10.9.9.9:8000", Exchange.Author.SERVER);
    assertThat(inFlight()).isZero();
    assertThat(a.load().reachable()).isTrue();
    moved.firstToken();
    moved.end(Exchange.End.COMPLETED);
    assertThat(inFlight()).isZero();
  }

  @Test
  void anEndpointThatAnswersOnlyErrorsIsLeftAloneForAWhile() {
    pool = new PoolSnapshot(List.of(a, b), 2, true);
    for (int i = 0; i < 5; i++) {
      assertThat(a.load().ejected(clock.get())).isFalse();
      Exchange failing = routed(decide(subset("10.0.0.1")));
      failing.responseHeaders(500, "", Exchange.Author.SERVER);
      failing.end(Exchange.End.COMPLETED);
    }
    assertThat(a.load().ejected(clock.get())).isTrue();
    assertThat(routed(decide(inquiry("llama", "", "x"))).destination()).isEqualTo(b.hostPort());
    clock.addAndGet(1_000_000_000L);
    assertThat(a.load().ejected(clock.get())).isFalse();
    a.load().failed(clock.get());
    clock.addAndGet(1_000_000_000L);
    assertThat(a.load().ejected(clock.get())).isTrue();
    a.load().succeeded();
    assertThat(a.load().ejected(clock.get())).isFalse();
  }

  @Test
  void aNameThatNoServerKnowsLeavesNoSeries() {
    for (int i = 0; i < 500; i++) {
      Exchange unknown = routed(decide(inquiry("no-such-model-" + i, "", "x")));
      unknown.responseHeaders(404, "", Exchange.Author.SERVER);
      unknown.end(Exchange.End.COMPLETED);
    }
    Exchange real = routed(decide(inquiry("llama", "", "x")));
    real.responseHeaders(200, "", Exchange.Author.SERVER);
    real.end(Exchange.End.COMPLETED);
    assertThat(page())
        .doesNotContain("no-such-model")
        .contains("error_code=\"404\",model_name=\"other\",target_model_name=\"other\"} 500.0")
        .contains("inference_objective_request_duration_seconds_count{model_name=\"llama\"");
  }

  @Test
  void aRewriteLongerThanAnyModelIsRefused() {
    Inquiry plain = inquiry("llama", "", "x");
    Verdict verdict =
        decide(
            new Inquiry(
                plain.requestId(),
                plain.path(),
                plain.facts(),
                plain.prompt(),
                name -> "m".repeat(1025),
                plain.subset(),
                plain.startNanos(),
                false));
    assertThat(((Verdict.Refused) verdict).status()).isEqualTo(400);
  }

  @Test
  void theDecisionIsToldOnlyWhenAsked() {
    assertThat(routed(decide(inquiry("llama", "", "hello"))).replyHeaders()).isEmpty();
    tells = true;
    Map<String, String> headers = routed(decide(inquiry("llama", "", "hello"))).replyHeaders();
    assertThat(headers).containsOnlyKeys("x-pickwick-decision");
    assertThat(headers.get("x-pickwick-decision")).matches("(a|b|six); best of 3, .*");
  }

  @Test
  void clientsCannotForgeLogLines() {
    assertThat(Text.printable("llama\nINFO forged")).isEqualTo("llama?INFO forged");
    assertThat(Text.printable("plain")).isEqualTo("plain");
    assertThat(Text.printable("x".repeat(300))).hasSize(256);
    assertThat(Text.printable("x".repeat(255) + "\n" + "y")).isEqualTo("x".repeat(255) + "?");
  }

  private Verdict decide(Inquiry inquiry) {
    return decider(List.of()).decide(inquiry);
  }

  private PoolDecider decider(List<Filter> filters) {
    Profile profile =
        new Profile(
            "test",
            filters,
            List.of(new Profile.WeightedScorer(new HeldMinusBusy(), 1)),
            new Best(picks));
    Policy policy =
        new Policy(
            ModelTable.EMPTY,
            new Scheduler(profile, Scheduler.STALENESS_NANOS, () -> new Random(1)),
            new EstimatedPrompts(history),
            4);
    return new PoolDecider(
        () -> pool,
        () -> policy,
        metrics,
        clock::get,
        () -> 0,
        new PoolDecider.Settings(true, tells));
  }

  private static Exchange routed(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Verdict.Routed.class);
    return ((Verdict.Routed) verdict).exchange();
  }

  private int inFlight() {
    return pool.endpoints().stream().mapToInt(e -> e.load().snapshot(clock.get()).inFlight()).sum();
  }

  private Inquiry inquiry(String model, String salt, String prompt) {
    PromptHasher hasher = new PromptHasher(BlockLayout.standard());
    byte[] bytes = prompt.getBytes(StandardCharsets.UTF_8);
    hasher.content(bytes, 0, bytes.length);
    PromptKeys keys = hasher.finish();
    RequestFacts facts =
        new RequestFacts(
            Api.COMPLETIONS, model, true, true, 16, OptionalInt.empty(), salt, 1, false, 0, 500);
    return new Inquiry(
        "id", "/v1/completions", facts, keys, name -> "", Optional.empty(), clock.get(), false);
  }

  private Inquiry subset(String... allowed) {
    Inquiry plain = inquiry("llama", "", "x");
    return new Inquiry(
        plain.requestId(),
        plain.path(),
        plain.facts(),
        plain.prompt(),
        plain.headers(),
        Optional.of(List.of(allowed)),
        plain.startNanos(),
        false);
  }

  private String page() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ExpositionFormats.init().getPrometheusTextFormatWriter().write(out, registry.scrape());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static Endpoint endpoint(int slot, String name, String address) {
    return new Endpoint(slot, "default", name, address, 8000, Map.of(), new EndpointLoad());
  }

  /** Rates by what is held; what is in flight counts against it a little. */
  private static final class HeldMinusBusy implements Scorer {
    @Override
    public String name() {
      return "held-minus-busy";
    }

    @Override
    public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
      for (int row = 0; row < candidates.size(); row++) {
        scores[row] = 0.5 + candidates.matchedTokens(row) / 1e4 - candidates.inFlight(row) / 1e3;
      }
    }
  }

  /** Takes the best in order, the first among equals. */
  private record Best(int maxEndpoints) implements Picker {
    @Override
    public String name() {
      return "best";
    }

    @Override
    public int pick(
        ScheduleRequest request, Candidates candidates, RandomGenerator random, int[] rows) {
      int count = Math.min(maxEndpoints, candidates.size());
      boolean[] taken = new boolean[candidates.size()];
      for (int i = 0; i < count; i++) {
        int best = -1;
        for (int row = 0; row < candidates.size(); row++) {
          if (!taken[row] && (best < 0 || candidates.score(row) > candidates.score(best))) {
            best = row;
          }
        }
        taken[best] = true;
        rows[i] = best;
      }
      return count;
    }
  }
}
