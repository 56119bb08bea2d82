package io.pickwick.kv.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.event.EngineKeys;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is told is told once, late enough and not too often. */
class FeedLogTest {
  private static final long SECOND = 1_000_000_000L;
  private static final FeedSource SOURCE =
      new FeedSource(0, "vllm-0", "10.0.0.1", 8000, () -> new EngineKeys(1));

  private final FeedsUnderTest.Told told = new FeedsUnderTest.Told();
  private final FeedLog log = new FeedLog(told, 6 * SECOND);

  @Test
  void whatIsSoonOverIsNotTold() {
    Outage outage = new Outage();
    outage.is("gone", 0);
    log.tell(SOURCE, outage, "mend it", 5 * SECOND);
    outage.over();
    outage.is("gone", 6 * SECOND);
    log.tell(SOURCE, outage, "mend it", 11 * SECOND);
    assertThat(told.warnings).isEmpty();
  }

  @Test
  void whatLastsIsToldOnceInItsLastWords() {
    Outage outage = new Outage();
    outage.is("no answer", 0);
    outage.is("refused", SECOND);
    for (int i = 0; i < 100; i++) {
      log.tell(SOURCE, outage, "mend it", i * SECOND);
    }
    assertThat(told.warnings)
        .containsExactly(
            "endpoint vllm-0: no KV events, so its cache is estimated: refused; mend it");
  }

  @Test
  void whatComesAgainIsToldAgain() {
    Outage outage = new Outage();
    outage.is("refused", 0);
    log.tell(SOURCE, outage, "mend it", 6 * SECOND);
    outage.over();
    outage.is("refused", 10 * SECOND);
    log.tell(SOURCE, outage, "mend it", 16 * SECOND);
    assertThat(told.warnings).hasSize(2);
  }

  @Test
  void aStrangerWhoComesAgainAndAgainIsToldOnce() {
    for (int i = 0; i < 100; i++) {
      Outage outage = new Outage();
      outage.is("10.0.0.9 lies", 0);
      log.tell(outage, 6 * SECOND);
    }
    assertThat(told.warnings).containsExactly("KV events are dropped: 10.0.0.9 lies");
  }

  @Test
  void aLargePoolDoesNotFillTheLog() {
    log.at(0);
    IntStream.range(0, 1000)
        .forEach(i -> {
          Outage outage = new Outage();
          outage.is("refused", 0);
          log.tell(SOURCE, outage, "mend it", 6 * SECOND);
          log.changed(SOURCE, 0, FeedState.SILENT, FeedState.LIVE, "");
        });
    assertThat(told.warnings).hasSize(20);
    assertThat(told.changes).hasSize(40);
    log.at(61 * SECOND);
    assertThat(told.warnings.getLast()).startsWith("1940 more lines on KV events were left out");
    log.at(200 * SECOND);
    assertThat(told.warnings).hasSize(21);
  }

  @Test
  void quotesAreShortAndPlain() {
    assertThat(FeedLog.quoted("a\n\u001b[31mb")).isEqualTo("\"a??[31mb\"");
    assertThat(FeedLog.quoted("x".repeat(2000))).hasSize(103);
  }
}
