package io.pickwick.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineTest {
  private static final EngineSpec TINY =
      new EngineSpec("tiny", 1000, 10, 5, 0.5, 33, 4, 64, 8, 2, 1024);

  private long now;

  private Engine engine(EngineSpec spec) {
    return new Engine(spec, () -> now);
  }

  private Step step(Engine engine) {
    Step step = engine.step();
    now += step.durationNanos();
    return step;
  }

  private void drain(Engine engine) {
    for (int i = 0; !engine.idle(); i++) {
      assertThat(i).as("steps").isLessThan(100_000);
      step(engine);
    }
  }

  private static EngineRequest request(int[] prompt, int tokens) {
    return request(prompt, tokens, "", "");
  }

  private static EngineRequest request(int[] prompt, int tokens, String lora, String salt) {
    return new EngineRequest(
        prompt, lora, salt, tokens, Integer.MAX_VALUE, index -> 1000 + index + prompt[0]);
  }

  private static int[] tokens(int from, int count) {
    return IntStream.range(from, from + count).toArray();
  }

  @Test
  void aStepTakesTheTimeOfItsParts() {
    Engine engine = engine(TINY);
    engine.submit(request(tokens(0, 20), 3));
    Step prefill = step(engine);
    assertThat(prefill.prefillTokens()).isEqualTo(20);
    assertThat(prefill.durationNanos()).isEqualTo(1_000_000 + 20 * 10_000);
    Step decode = step(engine);
    assertThat(decode.decodeSequences()).isEqualTo(1);
    assertThat(decode.contextTokens()).isEqualTo(21);
    assertThat(decode.durationNanos()).isEqualTo(1_000_000 + 5_000 + 21 * 500);
  }

  @Test
  void anIdleStepTakesNoTime() {
    assertThat(step(engine(TINY)).durationNanos()).isZero();
  }

  @Test
  void aLongPromptIsPrefilledInChunksBesideTheOthers() {
    Engine engine = engine(TINY);
    EngineRequest small = request(tokens(0, 4), 10);
    engine.submit(small);
    step(engine);
    EngineRequest large = request(tokens(100, 100), 1);
    engine.submit(large);
    Step first = step(engine);
    assertThat(first.prefillTokens()).isEqualTo(63);
    assertThat(first.decodeSequences()).isEqualTo(1);
    assertThat(large.outputTokens()).isZero();
    Step second = step(engine);
    assertThat(second.prefillTokens()).isEqualTo(37);
    assertThat(large.state()).isEqualTo(EngineRequest.State.LENGTH);
    assertThat(small.outputTokens()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 5, 8, 9, 16, 17, 30})
  void theLastTokenIsAlwaysComputed(int length) {
    Engine engine = engine(TINY);
    engine.submit(request(tokens(0, length), 1));
    drain(engine);
    EngineRequest again = request(tokens(0, length), 1);
    engine.submit(again);
    drain(engine);
    assertThat(again.cachedTokens()).isEqualTo((length - 1) / 4 * 4);
  }

  @Test
  void generatedTokensAreCachedExceptTheLast() {
    Engine engine = engine(TINY);
    EngineRequest first = request(tokens(0, 6), 6);
    engine.submit(first);
    drain(engine);
    int[] conversation = Arrays.copyOf(tokens(0, 6), 14);
    for (int i = 0; i < 6; i++) {
      conversation[6 + i] = first.outputToken(i);
    }
    EngineRequest second = request(conversation, 1);
    engine.submit(second);
    drain(engine);
    // 6 + 6 tokens fill three blocks, but the twelfth never got its KV.
    assertThat(second.cachedTokens()).isEqualTo(8);
  }

  @Test
  void equalPromptsInOneStepShareTheirBlocks() {
    Engine engine = engine(TINY);
    List<EngineRequest> four =
        IntStream.range(0, 4).mapToObj(i -> request(tokens(0, 9), 1)).toList();
    four.forEach(engine::submit);
    Step step = step(engine);
    assertThat(step.prefillTokens()).isEqualTo(9 + 3);
    assertThat(four).extracting(EngineRequest::cachedTokens).containsExactly(0, 8, 8, 8);
  }

  @Test
  void saltAndAdapterKeepTheCacheApart() {
    Engine engine = engine(TINY);
    engine.submit(request(tokens(0, 16), 1));
    drain(engine);
    EngineRequest salted = request(tokens(0, 16), 1, "", "tenant");
    EngineRequest adapted = request(tokens(0, 16), 1, "lora", "");
    EngineRequest plain = request(tokens(0, 16), 1);
    engine.submit(salted);
    engine.submit(adapted);
    engine.submit(plain);
    drain(engine);
    assertThat(salted.cachedTokens()).isZero();
    assertThat(adapted.cachedTokens()).isZero();
    assertThat(plain.cachedTokens()).isEqualTo(12);
  }

  @Test
  void aRequestWhoseAdapterHasNoSlotWaitsAndOthersPass() {
    Engine engine = engine(TINY);
    EngineRequest a = request(tokens(0, 4), 5, "a", "");
    EngineRequest b = request(tokens(10, 4), 5, "b", "");
    EngineRequest c = request(tokens(20, 4), 5, "c", "");
    EngineRequest base = request(tokens(30, 4), 5);
    EngineRequest moreA = request(tokens(40, 4), 5, "a", "");
    List.of(a, b, c, base, moreA).forEach(engine::submit);
    step(engine);
    assertThat(c.state()).isEqualTo(EngineRequest.State.WAITING);
    assertThat(List.of(a, b, base, moreA))
        .extracting(EngineRequest::state)
        .containsOnly(EngineRequest.State.RUNNING);
    assertThat(engine.runningAdapters()).containsExactlyInAnyOrder("a", "b");
    assertThat(engine.waitingAdapters()).containsExactly("c");
    drain(engine);
    assertThat(c.state()).isEqualTo(EngineRequest.State.LENGTH);
  }

  @Test
  void theQueueIsFirstComeFirstServedEvenWhenALaterOneWouldFit() {
    Engine engine = engine(TINY);
    engine.submit(request(tokens(0, 60), 60));
    step(engine);
    EngineRequest large = request(tokens(1000, 100), 1);
    EngineRequest small = request(tokens(2000, 4), 1);
    engine.submit(large);
    engine.submit(small);
    step(engine);
    assertThat(engine.waiting()).isEqualTo(2);
    drain(engine);
    assertThat(small.firstTokenNanos()).isGreaterThanOrEqualTo(large.scheduledNanos());
  }

  @Test
  void theLastRunningIsPreemptedAndFindsItsBlocksAgain() {
    Engine engine = engine(TINY);
    EngineRequest first = request(tokens(0, 40), 80);
    EngineRequest second = request(tokens(1000, 40), 80);
    engine.submit(first);
    engine.submit(second);
    drain(engine);
    assertThat(first.preemptions()).isZero();
    assertThat(second.preemptions()).isPositive();
    assertThat(engine.preemptions()).isEqualTo(second.preemptions());
    assertThat(first.outputTokens()).isEqualTo(80);
    assertThat(second.outputTokens()).isEqualTo(80);
    assertThat(first.endedNanos()).isLessThan(second.endedNanos());
    assertThat(second.cachedTokens()).as("as first scheduled").isZero();
  }

  @Test
  void nobodyIsAdmittedInAStepWithAPreemption() {
    Engine engine = engine(TINY);
    engine.submit(request(tokens(0, 40), 80));
    engine.submit(request(tokens(1000, 40), 80));
    engine.submit(request(tokens(2000, 4), 1));
    Step step = step(engine);
    for (int i = 0; step.preempted() == 0 && i < 1000; i++) {
      engine.submit(request(tokens(3000 + 10 * i, 1), 1));
      step = step(engine);
    }
    assertThat(step.preempted()).isPositive();
    assertThat(engine.waiting()).isGreaterThanOrEqualTo(step.preempted() + 1);
  }

  @Test
  void usageCountsReferencedBlocksOnly() {
    Engine engine = engine(TINY);
    engine.submit(request(tokens(0, 10), 3));
    step(engine);
    assertThat(engine.kvUsage()).isEqualTo(3.0 / 32);
    drain(engine);
    assertThat(engine.kvUsage()).isZero();
    assertThat(engine.freeBlocks()).isEqualTo(32);
  }

  @Test
  void anAbortFreesTheBlocksWhereverTheRequestStands() {
    Engine engine = engine(TINY);
    EngineRequest running = request(tokens(0, 100), 20);
    EngineRequest waiting = request(tokens(1000, 100), 20);
    engine.submit(running);
    engine.submit(waiting);
    step(engine);
    assertThat(engine.abort(waiting)).isTrue();
    engine.schedule();
    assertThat(engine.abort(running)).isTrue();
    Step step = engine.complete();
    assertThat(step.produced()).isEmpty();
    assertThat(engine.idle()).isTrue();
    assertThat(engine.freeBlocks()).isEqualTo(32);
    assertThat(engine.abort(running)).isFalse();
    assertThat(running.state()).isEqualTo(EngineRequest.State.ABORTED);
  }

  @Test
  void aRequestStopsByItself() {
    Engine engine = engine(TINY);
    EngineRequest request = new EngineRequest(tokens(0, 4), "", "", 50, 7, index -> index);
    engine.submit(request);
    drain(engine);
    assertThat(request.state()).isEqualTo(EngineRequest.State.STOPPED);
    assertThat(request.outputTokens()).isEqualTo(7);
  }

  @Test
  void aSequenceEndsAtTheModelsLength() {
    Engine engine = engine(TINY.withModelLength(16));
    EngineRequest request = request(tokens(0, 10), 100);
    engine.submit(request);
    drain(engine);
    assertThat(request.outputTokens()).isEqualTo(6);
    assertThat(request.state()).isEqualTo(EngineRequest.State.LENGTH);
  }

  @Test
  void whatCanNeverRunIsRefused() {
    Engine engine = engine(TINY);
    assertThat(TINY.maxModelLength()).isEqualTo(32 * 4);
    assertThatThrownBy(() -> engine.submit(request(tokens(0, 128), 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("128");
    Engine without = engine(TINY.withLimits(64, 8, 0));
    assertThatThrownBy(() -> without.submit(request(tokens(0, 4), 1, "a", "")))
        .isInstanceOf(IllegalArgumentException.class);
    EngineRequest twice = request(tokens(0, 4), 1);
    engine.submit(twice);
    assertThatThrownBy(() -> engine.submit(twice)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSecondEqualPromptHasItsFirstTokenSooner() {
    Engine engine = engine(EngineSpec.LLAMA_8B_H100);
    EngineRequest cold = request(tokens(0, 10_000), 2);
    engine.submit(cold);
    drain(engine);
    EngineRequest warm = request(tokens(0, 10_000), 2);
    engine.submit(warm);
    drain(engine);
    assertThat(warm.cachedTokens()).isEqualTo(9_984);
    long coldNanos = cold.firstTokenNanos() - cold.arrivedNanos();
    long warmNanos = warm.firstTokenNanos() - warm.arrivedNanos();
    // Two steps of 8192 and 1808 tokens against one of 16.
    assertThat(coldNanos).isEqualTo(2 * 5_750_000 + 10_000 * 17_250);
    assertThat(warmNanos).isEqualTo(5_750_000 + 16 * 17_250);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void underRandomLoadNothingIsLostAndNothingLeaks(long seed) {
    Random random = new Random(seed);
    Engine engine = engine(TINY);
    List<EngineRequest> all = new ArrayList<>();
    long produced = 0;
    for (int i = 0; i < 3000; i++) {
      if (random.nextInt(3) == 0) {
        int from = 50 * random.nextInt(6);
        EngineRequest request =
            request(
                tokens(from, 1 + random.nextInt(90)),
                1 + random.nextInt(30),
                random.nextInt(4) == 0 ? "lora-" + random.nextInt(4) : "",
                random.nextInt(9) == 0 ? "salt" : "");
        all.add(request);
        engine.submit(request);
      }
      if (random.nextInt(20) == 0 && !all.isEmpty()) {
        engine.abort(all.get(random.nextInt(all.size())));
      }
      Step step = step(engine);
      produced += step.produced().size();
      assertThat(step.prefillTokens() + step.decodeSequences()).isLessThanOrEqualTo(64);
      assertThat(engine.running()).isLessThanOrEqualTo(8);
      assertThat(engine.runningAdapters()).as("seed %d", seed).hasSizeLessThanOrEqualTo(3);
      assertThat(engine.kvUsage()).isBetween(0.0, 1.0);
    }
    while (!engine.idle()) {
      produced += step(engine).produced().size();
    }
    assertThat(engine.freeBlocks()).as("seed %d", seed).isEqualTo(32);
    assertThat(all).as("seed %d", seed).allMatch(request -> request.state().ended());
    assertThat(all.stream().mapToLong(EngineRequest::outputTokens).sum()).isEqualTo(produced);
    assertThat(all)
        .filteredOn(request -> request.state() == EngineRequest.State.LENGTH)
        .allMatch(request ->
            request.outputTokens() == request.maxTokens()
                || request.promptTokens() + request.outputTokens() == 128);
    assertThat(engine.preemptions()).as("seed %d saw pressure", seed).isPositive();
    assertThat(engine.evictions()).as("seed %d saw evictions", seed).isPositive();
  }
}
