package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailureTest {
  @Test
  void ownErrorsSayWhereAndAHeapThatIsTooSmallWhatMendsIt() {
    assertThat(Failure.here(new OutOfMemoryError("Java heap space")))
        .matches("the heap of \\d+ MiB does not suffice; give more with java -Xmx, or .*");
    assertThat(Failure.here(new IllegalStateException("oh")))
        .matches("an error in this program \\(FailureTest\\.java:\\d+\\): oh");
    assertThat(Failure.here(new IllegalStateException())).endsWith(": nothing is said of it");
  }
}
