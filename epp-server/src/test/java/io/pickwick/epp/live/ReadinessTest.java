package io.pickwick.epp.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.pool.DeclaredEndpoint;
import io.pickwick.pool.Pool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ReadinessTest {
  private final Pool pool = new Pool();
  private final AtomicReference<Optional<String>> source =
      new AtomicReference<>(Optional.of("Pod: syncing"));
  private final AtomicLong scrapes = new AtomicLong();
  private final AtomicBoolean catchingUp = new AtomicBoolean(true);
  private final AtomicBoolean warmingUp = new AtomicBoolean();
  private final AtomicLong clock = new AtomicLong();
  private final Readiness readiness =
      new Readiness(
          pool::snapshot,
          source::get,
          scrapes::get,
          catchingUp::get,
          warmingUp::get,
          clock::get,
          Duration.ofSeconds(10));

  @Test
  void eachStepIsWaitedForAndNamed() {
    warmingUp.set(true);
    assertThat(readiness.missing()).hasValue("Pod: syncing");
    source.set(Optional.empty());
    assertThat(readiness.missing()).hasValueSatisfying(it -> assertThat(it).contains("endpoints"));
    onePod();
    assertThat(readiness.missing()).hasValueSatisfying(it -> assertThat(it).contains("warmed up"));
    warmingUp.set(false);
    assertThat(readiness.missing()).hasValueSatisfying(it -> assertThat(it).contains("metrics"));
    scrapes.set(1);
    assertThat(readiness.missing()).hasValueSatisfying(it -> assertThat(it).contains("replayed"));
    catchingUp.set(false);
    assertThat(readiness.missing()).isEmpty();
    assertThat(readiness.getAsBoolean()).isTrue();
  }

  @Test
  void onceReadyItStaysSo() {
    source.set(Optional.empty());
    onePod();
    scrapes.set(1);
    catchingUp.set(false);
    assertThat(readiness.getAsBoolean()).isTrue();
    catchingUp.set(true);
    source.set(Optional.of("Pod: stale"));
    assertThat(readiness.getAsBoolean()).isTrue();
  }

  @Test
  void anEmptyPoolIsReady() {
    source.set(Optional.empty());
    pool.apply(List.of());
    assertThat(readiness.getAsBoolean()).isTrue();
  }

  @Test
  void podsThatTellNothingAreWaitedForOnlySoLong() {
    source.set(Optional.empty());
    onePod();
    clock.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(readiness.getAsBoolean()).isFalse();
    clock.addAndGet(Duration.ofSeconds(9).toNanos());
    assertThat(readiness.getAsBoolean()).isFalse();
    clock.addAndGet(Duration.ofSeconds(1).toNanos());
    assertThat(readiness.getAsBoolean()).isTrue();
  }

  private void onePod() {
    pool.apply(List.of(new DeclaredEndpoint("default", "a", "127.0.0.1", 1, Map.of())));
  }
}
