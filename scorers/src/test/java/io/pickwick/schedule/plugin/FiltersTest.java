package io.pickwick.schedule.plugin;

import static io.pickwick.schedule.Pods.SECOND;
import static io.pickwick.schedule.Pods.candidates;
import static io.pickwick.schedule.Pods.gauges;
import static io.pickwick.schedule.Pods.holding;
import static io.pickwick.schedule.Pods.pods;
import static io.pickwick.schedule.Pods.prompt;
import static io.pickwick.schedule.Pods.reserve;
import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Filter;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.plugin.LabelSelectorFilter.Demand;
import io.pickwick.schedule.plugin.LabelSelectorFilter.Operator;
import io.pickwick.schedule.plugin.UtilizationFilter.Cap;
import io.pickwick.schedule.plugin.UtilizationFilter.Metric;
import io.pickwick.schedule.spec.Spec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FiltersTest {
  private static final long T0 = 7 * SECOND;
  private static final ScheduleRequest REQUEST = ScheduleRequest.of("m", prompt(1, 640));

  private final List<Endpoint> pods = pods(3);

  @Test
  void labelsMustAllMatch() {
    LabelSelectorFilter filter =
        new LabelSelectorFilter("l", Map.of("gpu", "a", "zone", "x"), List.of());
    assertThat(filter.matches(Map.of("gpu", "a", "zone", "x", "more", "1"))).isTrue();
    assertThat(filter.matches(Map.of("gpu", "a", "zone", "y"))).isFalse();
    assertThat(filter.matches(Map.of("gpu", "a"))).isFalse();
    assertThat(new LabelSelectorFilter("l", Map.of(), List.of()).matches(Map.of())).isTrue();
  }

  @Test
  void operatorsAreThoseOfKubernetes() {
    assertThat(met(Operator.IN, Map.of("k", "a"))).isTrue();
    assertThat(met(Operator.IN, Map.of("k", "c"))).isFalse();
    assertThat(met(Operator.IN, Map.of())).isFalse();
    assertThat(met(Operator.NOT_IN, Map.of("k", "a"))).isFalse();
    assertThat(met(Operator.NOT_IN, Map.of("k", "c"))).isTrue();
    assertThat(met(Operator.NOT_IN, Map.of())).isTrue();
    assertThat(met(Operator.EXISTS, Map.of("k", ""))).isTrue();
    assertThat(met(Operator.EXISTS, Map.of())).isFalse();
    assertThat(met(Operator.DOES_NOT_EXIST, Map.of("k", ""))).isFalse();
    assertThat(met(Operator.DOES_NOT_EXIST, Map.of())).isTrue();
  }

  @Test
  void theSelectorIsReadFromItsYaml() {
    LabelSelectorFilter filter =
        new LabelSelectorFilter.Provider()
            .create(
                "l",
                Spec.parse(
                    "f.yaml",
                    "{matchLabels: {gpu: a}, matchExpressions: [{key: k, operator: NotIn, values:"
                        + " [b]}, {key: z, operator: Exists}]}"));
    assertThat(filter.matches(Map.of("gpu", "a", "z", "1"))).isTrue();
    assertThat(filter.matches(Map.of("gpu", "a", "z", "1", "k", "b"))).isFalse();
    assertThat(filter.matches(Map.of("gpu", "a"))).isFalse();
  }

  @Test
  void utilizationDropsWhatExceedsAnyCap() {
    pods.get(0).load().observe(gauges(T0, 0, 41, 0.1));
    pods.get(1).load().observe(gauges(T0, 0, 40, 0.8));
    pods.get(2).load().observe(gauges(T0, 1, 1, 0.1));
    Filter filter =
        new UtilizationFilter(
            "u",
            List.of(
                new Cap(Metric.RUNNING_REQUESTS, 40),
                new Cap(Metric.WAITING_QUEUE, 0),
                new Cap(Metric.KV_CACHE_UTILIZATION, 0.8)),
            false);
    assertThat(left(filter, REQUEST, PrefixIndex.none())).containsExactly(1);
  }

  @Test
  void utilizationKeepsAllInsteadOfNoneWhenAsked() {
    pods.forEach(pod -> reserve(pod, 1, T0));
    List<Cap> caps = List.of(new Cap(Metric.ACTIVE_REQUESTS, 0));
    assertThat(left(new UtilizationFilter("u", caps, true), REQUEST, PrefixIndex.none()))
        .containsExactly(0, 1, 2);
    assertThat(left(new UtilizationFilter("u", caps, false), REQUEST, PrefixIndex.none()))
        .isEmpty();
  }

  @Test
  void affinityKeepsThoseThatHoldEnough() {
    assertThat(left(affinity(1, 0), REQUEST, holding(0, 512, 1, 448, 2, 640)))
        .containsExactly(0, 2);
  }

  @Test
  void affinityKeepsAllWhenNobodyHoldsEnough() {
    assertThat(left(affinity(1, 0), REQUEST, holding(1, 448))).containsExactly(0, 1, 2);
  }

  @Test
  void affinityYieldsToTooMuchLongerAWait() {
    // The holder's wait is 15,928 tokens, one second at the usual throughput.
    reserve(pods.get(1), 15_928, T0);
    assertThat(left(affinity(1000, 0), REQUEST, holding(1, 640))).containsExactly(1);
    assertThat(left(affinity(999, 0), REQUEST, holding(1, 640))).containsExactly(0, 1, 2);
    assertThat(left(affinity(0, 0), REQUEST, holding(1, 640))).containsExactly(1);
  }

  @Test
  void affinityExploresAsOftenAsAsked() {
    assertThat(left(affinity(1000, 0.51), REQUEST, holding(1, 640))).containsExactly(0, 1, 2);
    assertThat(left(affinity(1000, 0.5), REQUEST, holding(1, 640))).containsExactly(1);
  }

  @Test
  void aSessionKeepsItsEndpointWhileThatIsThere() {
    Filter filter = new SessionAffinityFilter.Provider().create("s", Spec.empty("f.yaml"));
    assertThat(left(filter, session("ns/pod-1"), PrefixIndex.none())).containsExactly(1);
    assertThat(left(filter, session("ns/pod-9"), PrefixIndex.none())).containsExactly(0, 1, 2);
    assertThat(left(filter, session("pod-1"), PrefixIndex.none())).containsExactly(0, 1, 2);
    assertThat(left(filter, REQUEST, PrefixIndex.none())).containsExactly(0, 1, 2);
    ScheduleRequest torn =
        new ScheduleRequest("m", "m", prompt(1, 64), name -> "not base64!", 0, false);
    assertThat(left(filter, torn, PrefixIndex.none())).containsExactly(0, 1, 2);
  }

  @Test
  void aSessionsHeaderCanBeNamed() {
    Filter filter =
        new SessionAffinityFilter.Provider()
            .create("s", Spec.parse("f", "{encodedEndpointHeaderConfig: {header: X-Mine}}"));
    ScheduleRequest request =
        new ScheduleRequest(
            "m",
            "m",
            prompt(1, 64),
            name -> name.equals("x-mine") ? encoded("ns/pod-2") : "",
            0,
            false);
    assertThat(left(filter, request, PrefixIndex.none())).containsExactly(2);
    List<String> headers = new ArrayList<>();
    filter.replyHeaders(request, pods.get(2), (name, value) -> headers.add(name + "=" + value));
    assertThat(headers).containsExactly("x-mine=" + encoded("ns/pod-2"));
  }

  private static PrefixCacheAffinityFilter affinity(double penaltyMs, double exploration) {
    return new PrefixCacheAffinityFilter("p", 0.8, exploration, penaltyMs, 15_928, () -> 0.5);
  }

  private List<Integer> left(Filter filter, ScheduleRequest request, PrefixIndex index) {
    Candidates seen = candidates(pods, request, index, T0);
    filter.filter(request, seen);
    List<Integer> slots = new ArrayList<>();
    for (int row = 0; row < seen.size(); row++) {
      slots.add(seen.endpoint(row).slot());
    }
    return slots;
  }

  private static boolean met(Operator operator, Map<String, String> labels) {
    return new Demand("k", operator, Set.of("a", "b")).met(labels);
  }

  private static ScheduleRequest session(String name) {
    return new ScheduleRequest(
        "m",
        "m",
        prompt(1, 64),
        header -> header.equals("x-session-token") ? encoded(name) : "",
        0,
        false);
  }

  private static String encoded(String name) {
    return Base64.getEncoder().encodeToString(name.getBytes(StandardCharsets.UTF_8));
  }
}
