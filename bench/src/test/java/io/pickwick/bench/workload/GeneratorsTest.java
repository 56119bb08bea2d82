package io.pickwick.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the generated workloads ask. */
class GeneratorsTest {
  private static int shared(int[] one, int[] other) {
    int mismatch = Arrays.mismatch(one, other);
    return mismatch < 0 ? one.length : mismatch;
  }

  /** What the next turn of a conversation begins with. */
  private static int[] said(WorkloadRequest request) {
    return IntStream.concat(
            Arrays.stream(request.prompt().tokens()),
            IntStream.range(0, request.outputTokens())
                .map(index -> OutputTokens.token(request.id(), index)))
        .toArray();
  }

  /** Results that were published with a seed can be had again. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "random:requests=50,prefix=40,range-ratio=0.5,rate=3,burstiness=0.7 | ac77d526f45d6276",
        "prefix_repetition:requests=50,rate=3..60,ramp=exponential | 61e412a5d51f546d",
        "shared-prefix:groups=5,prompts=2,system=100..200,rate=2..8,ladder-steps=3 | 971a903180515030",
        "chat:sessions=20,loras=3,salts=2 | 62eb1a8c87594919",
        "agents:tasks=3,forks=0.5,burst=2x5 | b76527ff2ad1bf46"
      })
  void theSameSeedIsTheSameToTheTokenAndTheNanosecond(String spec, String fingerprint) {
    assertThat(Fingerprint.of(Workloads.generate(spec, 42))).isEqualTo(fingerprint);
    assertThat(Fingerprint.of(Workloads.generate(spec, 42))).isEqualTo(fingerprint);
    assertThat(Fingerprint.of(Workloads.generate(spec, 43))).isNotEqualTo(fingerprint);
  }

  @Test
  void anotherRateAsksTheSame() {
    List<WorkloadRequest> slow = Workloads.generate("chat:rate=1", 1).requests();
    List<WorkloadRequest> fast = Workloads.generate("chat:rate=2", 1).requests();
    for (int id = 0; id < slow.size(); id++) {
      assertThat(slow.get(id).prompt().tokens()).isEqualTo(fast.get(id).prompt().tokens());
    }
  }

  @Test
  void randomPromptsShareTheirPrefixOnly() {
    List<WorkloadRequest> requests =
        Workloads.generate("random:requests=100,prefix=50,input=40,output=20", 1).requests();
    assertThat(requests).hasSize(100);
    int[] first = requests.getFirst().prompt().tokens();
    for (WorkloadRequest request : requests.subList(1, 100)) {
      assertThat(request.outputTokens()).isEqualTo(20);
      assertThat(request.prompt().length()).isEqualTo(90);
      assertThat(request.prompt().tokens()).hasSize(90);
      assertThat(shared(first, request.prompt().tokens())).isBetween(50, 51);
    }
  }

  /** vLLM: from floor(n (1 - ratio)) to ceil(n (1 + ratio)), both possible. */
  @Test
  void theRangeRatioIsThatOfVllm() {
    List<WorkloadRequest> requests =
        Workloads.generate("random:requests=2000,input=11,output=5,range-ratio=0.25,prefix=2", 1)
            .requests();
    assertThat(requests.stream().map(request -> request.prompt().length() - 2).distinct().sorted())
        .containsExactly(8, 9, 10, 11, 12, 13, 14);
    assertThat(requests.stream().map(WorkloadRequest::outputTokens).distinct().sorted())
        .containsExactly(3, 4, 5, 6, 7);
  }

  @Test
  void anOutputIsNeverEmpty() {
    assertThat(Workloads.generate("random:requests=200,output=1,range-ratio=0.9", 1).requests())
        .allSatisfy(request -> assertThat(request.outputTokens()).isBetween(1, 2));
  }

  @Test
  void eachPrefixIsRepeatedAsOftenAndWhatDoesNotDivideIsLeftOut() {
    List<WorkloadRequest> requests =
        Workloads.generate("prefix_repetition:requests=107,prefix=64,suffix=32", 1).requests();
    assertThat(requests).hasSize(100);
    Map<Integer, Integer> prefixes = new HashMap<>();
    Set<Integer> suffixes = new HashSet<>();
    for (WorkloadRequest request : requests) {
      int[] tokens = request.prompt().tokens();
      assertThat(tokens).hasSize(96);
      assertThat(request.outputTokens()).isEqualTo(128);
      prefixes.merge(Arrays.hashCode(Arrays.copyOf(tokens, 64)), 1, Integer::sum);
      suffixes.add(Arrays.hashCode(Arrays.copyOfRange(tokens, 64, 96)));
    }
    assertThat(prefixes).hasSize(10);
    assertThat(prefixes.values()).containsOnly(10);
    assertThat(suffixes).hasSize(100);
    assertThat(
            IntStream.range(1, 100)
                .filter(id ->
                    requests.get(id).prompt().tokens()[0]
                        == requests.get(id - 1).prompt().tokens()[0])
                .count())
        .as("the prefixes are mixed")
        .isLessThan(30);
  }

  @Test
  void llmDsCaseAsksEachPromptInTheWarmUpAndThenAgain() {
    WorkloadSpec spec = WorkloadSpec.parse("shared-prefix:groups=150,prompts=5,rate=3..60");
    List<WorkloadRequest> requests = spec.generate(1).requests();
    assertThat(requests).hasSize(17_084);
    assertThat(spec.stages().getFirst().requests()).isEqualTo(750);
    Map<Integer, Integer> groups = new HashMap<>();
    Set<PromptTokens> prompts = new HashSet<>();
    for (WorkloadRequest request : requests.subList(0, 750)) {
      assertThat(request.prompt().length()).isEqualTo(7200);
      assertThat(request.outputTokens()).isEqualTo(1000);
      prompts.add(request.prompt());
      groups.merge(
          Arrays.hashCode(Arrays.copyOf(request.prompt().tokens(), 6000)), 1, Integer::sum);
    }
    assertThat(prompts).hasSize(750);
    assertThat(groups).hasSize(150);
    assertThat(groups.values()).containsOnly(5);
    for (int id = 750; id < requests.size(); id++) {
      assertThat(requests.get(id).prompt()).isSameAs(requests.get(id - 750).prompt());
    }
  }

  @Test
  void scaledStagesAreFasterAndShorter() {
    WorkloadSpec spec = WorkloadSpec.parse("shared-prefix:rate=10..10,scale=0.5");
    assertThat(spec.stages()).containsExactly(new Stage(7.5, 100, true), new Stage(5, 40, false));
    assertThat(spec.generate(1).requests().getLast().atNanos())
        .isBetween(130_000_000_000L, 140_000_000_000L);
  }

  @Test
  void aTurnRepeatsWhatWasSaidAndComesAfterIt() {
    List<WorkloadRequest> requests =
        Workloads.generate("chat:sessions=50,turns=1..5,systems=2,system=64", 3).requests();
    assertThat(requests.stream().map(WorkloadRequest::session).distinct()).hasSize(50);
    int turns = 0;
    long thought = 0;
    for (WorkloadRequest request : requests) {
      if (!request.follows()) {
        continue;
      }
      WorkloadRequest before = requests.get(request.after());
      assertThat(request.session()).isEqualTo(before.session());
      int[] said = said(before);
      int[] prompt = request.prompt().tokens();
      assertThat(prompt.length - said.length).isBetween(20, 200);
      assertThat(Arrays.copyOf(prompt, said.length)).isEqualTo(said);
      turns++;
      thought += request.thinkNanos();
    }
    assertThat(turns).isEqualTo(requests.size() - 50);
    assertThat(thought / 1e9 / turns).isBetween(7.0, 13.0);
    assertThat(
            requests.stream()
                .map(request -> Arrays.hashCode(Arrays.copyOf(request.prompt().tokens(), 64)))
                .distinct())
        .hasSize(2);
  }

  @Test
  void anAgentsStepRepeatsTheContextAndSubAgentsShareIt() {
    List<WorkloadRequest> requests =
        Workloads.generate("agents:tasks=20,forks=0.3,tools=100,kinds=3", 3).requests();
    Map<Integer, Integer> children = new HashMap<>();
    for (WorkloadRequest request : requests) {
      if (!request.follows()) {
        continue;
      }
      WorkloadRequest before = requests.get(request.after());
      assertThat(request.session()).isEqualTo(before.session());
      int[] said = said(before);
      assertThat(Arrays.copyOf(request.prompt().tokens(), said.length)).isEqualTo(said);
      children.merge(request.after(), 1, Integer::sum);
    }
    assertThat(children.values()).contains(1, 2).doesNotContain(3);
    assertThat(requests.stream().filter(request -> !request.follows())).hasSize(20);
    assertThat(
            requests.stream()
                .map(request -> Arrays.hashCode(Arrays.copyOf(request.prompt().tokens(), 100)))
                .distinct())
        .hasSize(3);
  }

  @Test
  void withoutForksEachStepHasOneNext() {
    List<WorkloadRequest> requests =
        Workloads.generate("agents:tasks=5,forks=0,steps=6", 3).requests();
    assertThat(requests).hasSize(30);
    for (WorkloadRequest request : requests) {
      assertThat(request.after()).isEqualTo(request.id() % 6 == 0 ? -1 : request.id() - 1);
    }
  }

  @Test
  void aSessionStaysWithItsAdapterAndSalt() {
    List<WorkloadRequest> requests =
        Workloads.generate("chat:sessions=100,loras=3,salts=4", 3).requests();
    assertThat(requests.stream().map(WorkloadRequest::lora).distinct().sorted())
        .containsExactly("lora-0", "lora-1", "lora-2");
    assertThat(requests.stream().map(WorkloadRequest::salt).distinct().sorted())
        .containsExactly("salt-0", "salt-1", "salt-2", "salt-3");
    requests.stream()
        .collect(Collectors.groupingBy(WorkloadRequest::session))
        .values()
        .forEach(session ->
            assertThat(session.stream().map(one -> one.lora() + one.salt()).distinct()).hasSize(1));
  }

  @Test
  void theLimitOfConcurrencyIsPassedOn() {
    assertThat(Workloads.generate("random:requests=1,concurrency=8", 1).maxConcurrency())
        .isEqualTo(8);
    assertThat(Workloads.generate("random:requests=1", 1).maxConcurrency()).isZero();
  }

  @Test
  void scaledRequestsComeFasterAndThinkAsLong() {
    List<WorkloadRequest> slow = Workloads.generate("chat:sessions=9,rate=1", 1).requests();
    List<WorkloadRequest> fast = Workloads.generate("chat:sessions=9,rate=1,scale=4", 1).requests();
    for (int id = 0; id < slow.size(); id++) {
      assertThat(fast.get(id).atNanos()).isEqualTo(Math.round(slow.get(id).atNanos() / 4.0));
      assertThat(fast.get(id).thinkNanos()).isEqualTo(slow.get(id).thinkNanos());
    }
  }
}
