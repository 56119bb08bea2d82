package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pickwick.bench.workload.PromptTokens;
import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadRequest;
import io.pickwick.bench.workload.Workloads;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoadRunTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Lane lane(WireServer server, Workload workload) throws ServeException {
    return new Lane(
        TargetClient.of(
            Target.parse(server.url()), Optional.empty(), PATIENCE, PATIENCE, System::nanoTime),
        RequestWriter.Own.NOTHING,
        workload);
  }

  private static LoadRun run(Workload workload, List<Lane> lanes, ExecutorService threads) {
    RequestWriter writer =
        new RequestWriter(
            Api.COMPLETIONS,
            "m",
            PromptWords.spelled(),
            false,
            true,
            "",
            JsonNodeFactory.instance.objectNode(),
            Map.of(),
            false);
    return new LoadRun(
        workload,
        writer,
        lanes,
        0,
        PATIENCE,
        false,
        true,
        System::nanoTime,
        threads,
        new SplittableRandom(1),
        "test");
  }

  @Test
  void aRunThatIsEndedKeepsWhatItKnows() throws Exception {
    CountDownLatch two = new CountDownLatch(2);
    CountDownLatch never = new CountDownLatch(1);
    Workload workload = Workloads.generate("random:requests=9,input=5,output=1,concurrency=2", 1);
    try (WireServer server =
        WireServer.start((number, _, _) -> {
          if (number > 2) {
            two.countDown();
            never.await();
          }
          return WireServer.tokens(1);
        })) {
      Lane lane = lane(server, workload);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        LoadRun run = run(workload, List.of(lane), threads);
        Thread ender =
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    assertThat(two.await(30, TimeUnit.SECONDS)).isTrue();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  run.stop();
                });
        run.run((_, _, _, _) -> {});
        ender.join();
      }
      assertThat(lane.outcomes()).hasSize(5);
      assertThat(lane.outcomes().stream().filter(Outcome::completed)).hasSize(3);
      assertThat(lane.outcomes().stream().filter(one -> one.failure() == Failure.ENDED)).hasSize(2);
      assertThat(lane.left()).isEqualTo(4);
      assertThat(server.requests()).isEqualTo(5);
    }
  }

  @Test
  void noRequestIsSentBeforeItIsDue() throws Exception {
    Workload workload = Workloads.generate("random:requests=1000,input=5,output=2,rate=1000", 3);
    try (WireServer server = WireServer.start((_, _, _) -> WireServer.tokens(2))) {
      Lane lane = lane(server, workload);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        run(workload, List.of(lane), threads).run((_, _, _, _) -> {});
      }
      assertThat(lane.outcomes()).hasSize(1000).allMatch(Outcome::completed);
      for (Outcome one : lane.outcomes()) {
        assertThat(one.wantedNanos()).isEqualTo(workload.requests().get(one.id()).atNanos());
        assertThat(one.dueNanos()).isEqualTo(one.wantedNanos());
        assertThat(one.sentNanos()).isGreaterThanOrEqualTo(one.dueNanos());
        assertThat(one.firstNanos()).isGreaterThan(one.sentNanos());
      }
    }
  }

  @Test
  void requestsWhoseThreadsDieHaveFailedHere() throws Exception {
    Workload made = Workloads.generate("random:requests=12,input=5,output=1,concurrency=2", 1);
    List<Throwable> deaths =
        List.of(
            new IllegalStateException("a fault"),
            new OutOfMemoryError("Java heap space"),
            new StackOverflowError(),
            new NoClassDefFoundError("gone"));
    Workload workload =
        new Workload(
            made.name(),
            made.requests().stream()
                .map(one -> one.id() % 3 == 2 ? dying(one, deaths.get(one.id() / 3)) : one)
                .toList(),
            made.maxConcurrency());
    try (WireServer server = WireServer.start((_, _, _) -> WireServer.tokens(1))) {
      Lane lane = lane(server, workload);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        run(workload, List.of(lane), threads).run((_, _, _, _) -> {});
      }
      assertThat(lane.left()).isZero();
      assertThat(lane.outcomes().stream().filter(Outcome::completed)).hasSize(8);
      assertThat(lane.outcomes().stream().filter(one -> !one.completed()))
          .hasSize(4)
          .allMatch(one -> one.failure() == Failure.HERE)
          .extracting(Outcome::detail)
          .satisfiesExactly(
              one -> assertThat(one).matches("an error in this program \\(.*\\): a fault"),
              one -> assertThat(one).contains("MiB does not suffice; give more with java -Xmx"),
              one -> assertThat(one).contains("an error in this program"),
              one -> assertThat(one).contains("an error in this program", "gone"));
      assertThat(
              Notes.of(
                  lane.outcomes(), Summary.of(lane.outcomes(), 1, Goodput.NONE), Goodput.NONE, 1))
          .contains("4 of 12: 4 × failed here");
      assertThat(server.requests()).isEqualTo(8);
    }
  }

  /** The same with a prompt that can't be made. */
  private static WorkloadRequest dying(WorkloadRequest one, Throwable death) {
    PromptTokens prompt =
        new PromptTokens() {
          @Override
          public int length() {
            return one.prompt().length();
          }

          @Override
          public int[] tokens() {
            if (death instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) death;
          }
        };
    return new WorkloadRequest(
        one.id(),
        one.session(),
        one.atNanos(),
        one.after(),
        one.thinkNanos(),
        prompt,
        one.outputTokens(),
        one.lora(),
        one.salt());
  }
}
