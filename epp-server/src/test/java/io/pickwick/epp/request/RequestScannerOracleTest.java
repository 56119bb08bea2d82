package io.pickwick.epp.request;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random bodies, cut anywhere: the scanner and the naive reading must say the same. */
class RequestScannerOracleTest {
  private static final int ROUNDS = 1_000;
  private static final RequestScanner.Limits LIMITS = RequestScanner.Limits.DEFAULT;

  private final RequestScanner scanner = new RequestScanner();

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PASSTHROUGH")
  void readsWhatJacksonReads(Api api) throws IOException {
    long seed = 0x5eed_0000L + api.name().hashCode();
    int read = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Random random = new Random(seed * ROUNDS + round);
      byte[] body = new RandomBody(random, api).bytes();
      read += check(api, body, random, "seed " + seed + " round " + round) ? 1 : 0;
    }
    assertThat(read).as("bodies that were accepted").isBetween(ROUNDS / 3, ROUNDS - 1);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PASSTHROUGH")
  void refusesWhatJacksonRefuses(Api api) throws IOException {
    long seed = 0xbad_0000L + api.name().hashCode();
    int read = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Random random = new Random(seed * ROUNDS + round);
      byte[] body = damaged(new RandomBody(random, api).bytes(), random);
      read += check(api, body, random, "seed " + seed + " round " + round) ? 1 : 0;
    }
    assertThat(read).as("damaged bodies that were accepted").isBetween(1, ROUNDS / 2);
  }

  /** Whether both accept. */
  private boolean check(Api api, byte[] body, Random random, String when) throws IOException {
    Recorded sink = new Recorded();
    scanner.reset(api, LIMITS, sink);
    feed(body, random);
    ScanOutcome outcome = scanner.finish();
    Optional<NaiveRequest> expected = NaiveRequest.read(api, body);
    String shown = when + ": " + new String(body, UTF_8) + " gave " + outcome;
    assertThat(outcome instanceof ScanOutcome.Read).as(shown).isEqualTo(expected.isPresent());
    if (outcome instanceof ScanOutcome.Read read) {
      NaiveRequest naive = expected.orElseThrow();
      assertThat(read.facts()).as(shown).isEqualTo(naive.facts());
      assertThat(sink.content.toString(ISO_8859_1)).as(shown).isEqualTo(naive.content());
      assertThat(sink.context.toString(ISO_8859_1)).as(shown).isEqualTo(naive.context());
      splice(api, body, read, random, shown);
      return true;
    }
    return false;
  }

  private void feed(byte[] body, Random random) {
    // Each chunk stands in an array of its own with strange bytes around it, as in a frame.
    for (int from = 0; from < body.length; ) {
      int length =
          Math.min(body.length - from, random.nextInt(4) == 0 ? 1 : 1 + random.nextInt(90));
      byte[] chunk = new byte[length + 20];
      Arrays.fill(chunk, (byte) '"');
      System.arraycopy(body, from, chunk, 10, length);
      scanner.feed(chunk, 10, length);
      from += length;
    }
  }

  private void splice(Api api, byte[] body, ScanOutcome.Read read, Random random, String shown)
      throws IOException {
    String name = "new \"model\" \\ \u0001 \u00fc \ud83d\ude00";
    Splice splice = Splice.of(read, Optional.of(name), false);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int from = 0; from < body.length; ) {
      int length = Math.min(body.length - from, 1 + random.nextInt(40));
      splice.feed(body, from, length, out::write);
      from += length;
    }
    byte[] spliced = out.toByteArray();
    assertThat(spliced).as(shown).hasSize((int) splice.length(body.length));
    ByteArrayOutputStream naive = new ByteArrayOutputStream();
    int from = 0;
    for (Span span : read.model()) {
      naive.write(body, from, (int) span.start() - from);
      naive.writeBytes(Splice.quoted(name));
      from = (int) span.end();
    }
    naive.write(body, from, body.length - from);
    assertThat(spliced).as(shown).isEqualTo(naive.toByteArray());
    RequestFacts facts = NaiveRequest.read(api, spliced).orElseThrow().facts();
    assertThat(facts.model()).as(shown).isEqualTo(read.facts().model().isEmpty() ? "" : name);
  }

  private static byte[] damaged(byte[] body, Random random) {
    byte[] bytes = body.clone();
    for (int times = 1 + random.nextInt(2); times > 0 && bytes.length > 1; times--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes = Arrays.copyOf(bytes, at);
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes[at] = (byte) "{}[],:\"\\0-.eE+tfn \n".charAt(random.nextInt(19));
        case 3 -> {
          byte[] less = new byte[bytes.length - 1];
          System.arraycopy(bytes, 0, less, 0, at);
          System.arraycopy(bytes, at + 1, less, at, less.length - at);
          bytes = less;
        }
        default -> {
          byte[] more = new byte[bytes.length + 1];
          System.arraycopy(bytes, 0, more, 0, at);
          more[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : '"');
          System.arraycopy(bytes, at, more, at + 1, bytes.length - at);
          bytes = more;
        }
      }
    }
    return bytes;
  }
}
