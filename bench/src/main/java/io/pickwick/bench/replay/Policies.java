package io.pickwick.bench.replay;

import io.pickwick.schedule.Profile;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.pickwick.schedule.config.PluginCatalog;
import io.pickwick.schedule.plugin.ExpectedTtftScorer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The policies that can be replayed, by name. */
public final class Policies {
  /*
   * "Real" ones are configurations of the endpoint picker, followed by its own scheduler; the
   * others' formulas are written down in Cost. All that look at caches do so through one of the
   * same two views, so that a comparison shows what the policy does and not what it knows.
   */
  private static final String VIEW = "view";
  private static final String LAMBDA = "lambda";
  private static final String KAPPA = "kappa";
  private static final String CROWDING = "crowding";
  private static final String WEIGHT = "weight";
  private static final Parameter EXACT = new Parameter(VIEW, "exact");

  /**
   * A parameter of a policy.
   *
   * @param standard its value when it is not given
   */
  public record Parameter(String name, String standard) {}

  /**
   * A row of the table.
   *
   * @param name how it is asked for
   * @param description what it does, in a line
   * @param parameters what can be said after its name
   */
  public record Entry(
      String name, String description, List<Parameter> parameters, Function<Values, Policy> maker) {
    private Policy make(Values values) {
      return maker.apply(values);
    }
  }

  private static final List<Entry> TABLE =
      List.of(
          entry(
              "random",
              "any pod, by chance",
              List.of(),
              values ->
                  blind(
                      values,
                      setup -> (request, now) -> setup.random().nextInt(setup.fleet().pods()))),
          entry(
              "round-robin",
              "one pod after the other",
              List.of(),
              values -> blind(values, RoundRobin::new)),
          entry(
              "least-requests",
              "the fewest requests under way",
              List.of(),
              values -> rival(values, Cost.LEAST_REQUESTS)),
          entry(
              "two-choices",
              "of two random pods the one with fewer requests under way; Envoy's LEAST_REQUEST",
              List.of(),
              values -> blind(values, TwoChoices::new)),
          entry(
              "least-queued-tokens",
              "the fewest prompt tokens before their first token",
              List.of(),
              values -> rival(values, Cost.LEAST_QUEUED_TOKENS)),
          entry(
              "gie-load",
              "queue and KV use scorers, equal weights: load alone",
              List.of(),
              values -> real(values, false, blend(0, 1, 1))),
          entry(
              "gie-1-1-1",
              "queue, KV use and prefix scorers, equal weights",
              List.of(EXACT),
              values -> real(values, blend(1, 1, 1))),
          entry(
              "gie-3-2-2",
              "prefix 3, KV use 2, queue 2; llm-d's default until 2026",
              List.of(EXACT),
              values -> real(values, blend(3, 2, 2))),
          entry(
              "llm-d-sticky",
              "sticky until saturated: 80 % cached, 18 s at 15,928 tokens/s",
              List.of(EXACT),
              values -> real(values, sticky(18_000, 15_928))),
          entry(
              "llm-d-default",
              "the same as llm-d recommends it: 14 s at 20,480 tokens/s",
              List.of(EXACT),
              values -> real(values, sticky(14_000, 20_480))),
          entry(
              "dynamo",
              "overlap weight x blocks to prefill + blocks under way",
              List.of(EXACT, new Parameter(WEIGHT, "1")),
              Policies::dynamo),
          entry(
              "lmetric",
              "tokens to prefill x batch size",
              List.of(EXACT),
              values -> rival(values, Cost.LMETRIC)),
          entry(
              "lpwl",
              "the least tokens to prefill",
              List.of(EXACT),
              values -> rival(values, Cost.LPWL)),
          entry(
              "ours",
              "Pickwick's default: the least expected time to first token",
              List.of(
                  EXACT,
                  new Parameter(LAMBDA, plain(ExpectedTtftScorer.LAMBDA)),
                  new Parameter(KAPPA, plain(ExpectedTtftScorer.KAPPA)),
                  new Parameter(CROWDING, plain(ExpectedTtftScorer.CROWDING))),
              Policies::ours),
          entry(
              "clairvoyant",
              "bound: the earliest first token by the engines' true state",
              List.of(),
              values ->
                  new Policy(
                      values.text(),
                      false,
                      false,
                      setup -> new TrueStateRouter(setup, TrueStateRouter.FIRST_TOKEN))),
          entry(
              "pooled",
              "reference: all caches in one, the least true backlog",
              List.of(),
              values ->
                  new Policy(
                      values.text(),
                      false,
                      true,
                      setup -> new TrueStateRouter(setup, TrueStateRouter.BACKLOG))));

  private Policies() {}

  /** All policies. */
  public static List<Entry> table() {
    return TABLE;
  }

  /**
   * Reads {@code name} or {@code name/parameter=value/...}.
   *
   * @throws IllegalArgumentException when there is no such policy, parameter or value; it says
   *     which there are
   */
  public static Policy parse(String text) {
    String[] parts = text.split("/", -1);
    Entry entry =
        TABLE.stream()
            .filter(one -> one.name.equals(parts[0]))
            .findFirst()
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "There is no policy \"%s\"; there are %s."
                        .formatted(
                            parts[0],
                            TABLE.stream().map(Entry::name).collect(Collectors.joining(", ")))));
    Map<String, String> values = new LinkedHashMap<>();
    entry.parameters.forEach(one -> values.put(one.name, one.standard));
    List<String> given = new ArrayList<>();
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].split("=", 2);
      if (pair.length < 2 || !values.containsKey(pair[0])) {
        throw new IllegalArgumentException(
            "The policy %s has no parameter \"%s\"; %s."
                .formatted(
                    entry.name,
                    parts[i],
                    values.isEmpty()
                        ? "it has none"
                        : "it has "
                            + String.join(", ", values.keySet())
                            + ", as in "
                            + entry.name
                            + "/"
                            + entry.parameters.getFirst().name
                            + "="
                            + entry.parameters.getFirst().standard));
      }
      if (given.contains(pair[0])) {
        throw new IllegalArgumentException("\"%s\" says %s twice.".formatted(text, pair[0]));
      }
      given.add(pair[0]);
      values.put(pair[0], pair[1]);
    }
    return entry.make(new Values(text, values));
  }

  private static Entry entry(
      String name, String description, List<Parameter> parameters, Function<Values, Policy> maker) {
    return new Entry(name, description, parameters, maker);
  }

  private static Policy blind(Values values, Function<Setup, Router> routers) {
    return new Policy(values.text(), false, false, routers);
  }

  private static Policy rival(Values values, Cost cost) {
    return rival(values, false, setup -> cost);
  }

  private static Policy dynamo(Values values) {
    double weight = values.number(WEIGHT, 1000);
    return rival(values, true, setup -> Cost.dynamo(weight, setup.workload().blockSize()));
  }

  private static Policy rival(Values values, boolean countsBlocks, Function<Setup, Cost> cost) {
    boolean looks = values.has(VIEW);
    boolean exact = looks && values.exact();
    return new Policy(
        values.text(),
        exact,
        false,
        setup ->
            new CostRouter(
                cost.apply(setup),
                looks ? view(exact, setup) : new PrefixView.Blind(),
                countsBlocks,
                setup.fleet().pods(),
                setup.workload().blockSize(),
                setup.random()));
  }

  private static Policy real(Values values, String config) {
    return real(values, values.exact(), config);
  }

  private static Policy real(Values values, boolean exact, String config) {
    Profile profile =
        EndpointPickerConfig.read(values.text(), config, PluginCatalog.load()).profile();
    return new Policy(
        values.text(),
        exact,
        false,
        setup ->
            new ScheduledRouter(profile, view(exact, setup), setup.fleet().pods(), setup.random()));
  }

  private static Policy ours(Values values) {
    double lambda = values.number(LAMBDA, 1000);
    double kappa = values.number(KAPPA, 1_000_000);
    double crowding = values.number(CROWDING, 1000);
    return real(
        values,
        head()
            + """
            - type: expected-ttft-scorer
              parameters: {lambda: %s, kappa: %s, crowding: %s}
            - type: max-score-picker
              parameters: {tieBreak: fewest-active}
            """
                .formatted(lambda, kappa, crowding));
  }

  private static String blend(int prefix, int kvUse, int queue) {
    return head()
        + """
        - type: queue-scorer
        - type: kv-cache-utilization-scorer
        - type: prefix-cache-scorer
        - type: max-score-picker
        schedulingProfiles:
        - name: default
          plugins:
          - {pluginRef: queue-scorer, weight: %d}
          - {pluginRef: kv-cache-utilization-scorer, weight: %d}
          - {pluginRef: prefix-cache-scorer, weight: %d}
          - {pluginRef: max-score-picker}
        """
            .formatted(queue, kvUse, prefix);
  }

  private static String sticky(int penaltyMillis, int tokensPerSecond) {
    return head()
        + """
        - type: prefix-cache-affinity-filter
          parameters: {maxTTFTPenaltyMs: %d, peakPrefillThroughput: %d}
        - type: token-load-scorer
        - type: max-score-picker
        schedulingProfiles:
        - name: default
          plugins:
          - {pluginRef: prefix-cache-affinity-filter}
          - {pluginRef: token-load-scorer}
          - {pluginRef: max-score-picker}
        """
            .formatted(penaltyMillis, tokensPerSecond);
  }

  private static String head() {
    return """
    apiVersion: llm-d.ai/v1alpha1
    kind: EndpointPickerConfig
    plugins:
    """;
  }

  private static PrefixView view(boolean exact, Setup setup) {
    return exact ? new ExactView(setup.fleet(), setup.agenda()) : new EstimatedView(setup.fleet());
  }

  private static String plain(double number) {
    return number == Math.rint(number)
        ? Long.toString((long) number)
        : String.format(Locale.ROOT, "%s", number);
  }

  /**
   * What a policy's parameters are.
   *
   * @param text the policy as it was asked for
   */
  record Values(String text, Map<String, String> byName) {
    boolean has(String name) {
      return byName.containsKey(name);
    }

    boolean exact() {
      return switch (byName.getOrDefault(VIEW, "")) {
        case "exact" -> true;
        case "estimated" -> false;
        default ->
            throw new IllegalArgumentException(
                "\"%s\": the view is exact or estimated.".formatted(text));
      };
    }

    double number(String name, double most) {
      String value = byName.getOrDefault(name, "");
      double number;
      try {
        number = Double.parseDouble(value);
      } catch (NumberFormatException e) {
        number = Double.NaN;
      }
      if (!(number >= 0 && number <= most)) {
        throw new IllegalArgumentException(
            "\"%s\": %s is a number from 0 to %s, not \"%s\"."
                .formatted(text, name, plain(most), value));
      }
      return number;
    }
  }

  /** One pod after the other, from any. */
  private static final class RoundRobin implements Router {
    private final int pods;
    private int next;

    RoundRobin(Setup setup) {
      pods = setup.fleet().pods();
      next = setup.random().nextInt(pods);
    }

    @Override
    public int pick(KeyedRequest request, long nowNanos) {
      int picked = next;
      next = (next + 1) % pods;
      return picked;
    }
  }

  /** The one with fewer requests under way of two random pods, which may be the same. */
  private static final class TwoChoices implements Router {
    private final SplittableRandom random;
    private final int[] underWay;
    private final Map<Integer, Integer> podOf = new HashMap<>();

    TwoChoices(Setup setup) {
      random = setup.random();
      underWay = new int[setup.fleet().pods()];
    }

    @Override
    public int pick(KeyedRequest request, long nowNanos) {
      int one = random.nextInt(underWay.length);
      int other = random.nextInt(underWay.length);
      int picked = underWay[other] < underWay[one] ? other : one;
      underWay[picked]++;
      podOf.put(request.id(), picked);
      return picked;
    }

    @Override
    public void ended(KeyedRequest request, long nowNanos) {
      Integer pod = podOf.remove(request.id());
      if (pod != null) {
        underWay[pod]--;
      }
    }
  }
}
