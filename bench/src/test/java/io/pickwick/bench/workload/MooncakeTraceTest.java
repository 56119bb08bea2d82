package io.pickwick.bench.workload;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Traces in Mooncake's format, whole, in part and broken. */
class MooncakeTraceTest {
  private static final Path CONVERSATION =
      Path.of("src/test/resources/traces/conversation-excerpt.jsonl");
  private static final Path SYNTHETIC =
      Path.of("src/test/resources/traces/synthetic-excerpt.jsonl");

  @TempDir private Path folder;

  private static List<WorkloadRequest> read(Path path, String options) {
    return Workloads.generate("mooncake:" + path + options, 7).requests();
  }

  private Path trace(String... lines) throws IOException {
    return Files.writeString(folder.resolve("trace.jsonl"), String.join("\n", lines), UTF_8);
  }

  private static String line(int millis, int input, int output, Integer... blocks) {
    return "{\"timestamp\": %d, \"input_length\": %d, \"output_length\": %d, \"hash_ids\": %s}"
        .formatted(millis, input, output, Arrays.toString(blocks));
  }

  /** The sums were counted by another program; the hits are those of whole blocks of 512. */
  @ParameterizedTest
  @CsvSource({
    "conversation, 1012779, 28088, 40448, 8429, 26888",
    "synthetic,    1057484, 14390, 48640, 13492, 36640"
  })
  void theExcerptsHaveTheirLengthsAndHits(
      String name, long input, long output, long hits, int p50, int p90) {
    Path path = name.equals("synthetic") ? SYNTHETIC : CONVERSATION;
    WorkloadShape shape =
        WorkloadShape.of(Workloads.generate("mooncake:" + path + ",jitter=0", 7), 16);
    assertThat(shape.requests()).isEqualTo(80);
    assertThat(shape.input().sum()).isEqualTo(input);
    assertThat(shape.input().p50()).isEqualTo(p50);
    assertThat(shape.input().p90()).isEqualTo(p90);
    assertThat(shape.output().sum()).isEqualTo(output);
    assertThat(shape.hitRatio()).isCloseTo((double) hits / input, within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(strings = {"conversation", "synthetic"})
  void equalNumbersAreEqualTokensAndNoOthersAre(String name) {
    Path path = name.equals("synthetic") ? SYNTHETIC : CONVERSATION;
    List<TraceRow> rows = MooncakeRows.read(path, 512, 100);
    List<WorkloadRequest> requests = read(path, ",jitter=0");
    Map<IntBuffer, String> names = new HashMap<>();
    Map<String, IntBuffer> tokens = new HashMap<>();
    List<String> wrong = new ArrayList<>();
    for (int id = 0; id < rows.size(); id++) {
      TraceRow row = rows.get(id);
      int[] prompt = requests.get(id).prompt().tokens();
      assertThat(prompt).hasSize(row.input);
      for (int at = 0; at + 16 <= prompt.length; at += 16) {
        int block = at / 512;
        boolean full = (block + 1) * 512 <= row.input;
        String place = (full ? "" + row.blocks[block] : "own " + id) + " " + at % 512;
        IntBuffer these = IntBuffer.wrap(Arrays.copyOfRange(prompt, at, at + 16));
        if (!names.computeIfAbsent(these, _ -> place).equals(place)
            || !tokens.computeIfAbsent(place, _ -> these).equals(these)) {
          wrong.add(place);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(tokens).hasSizeGreaterThan(50_000).hasSameSizeAs(names);
  }

  @Test
  void aPartOfABlockIsTheRequestsOwn() throws IOException {
    List<WorkloadRequest> requests =
        read(trace(line(0, 700, 1, 5, 6), line(1, 700, 1, 5, 6), line(2, 1024, 1, 5, 6)), "");
    int[] one = requests.get(0).prompt().tokens();
    int[] two = requests.get(1).prompt().tokens();
    int[] three = requests.get(2).prompt().tokens();
    assertThat(Arrays.mismatch(one, two)).isEqualTo(512);
    assertThat(Arrays.mismatch(one, three)).isEqualTo(512);
    assertThat(Arrays.copyOf(three, 512)).isEqualTo(Arrays.copyOf(one, 512));
  }

  @Test
  void roundedTimesAreSpreadOverTheirStep() {
    List<WorkloadRequest> verbatim = read(CONVERSATION, ",jitter=0");
    List<WorkloadRequest> spread = read(CONVERSATION, "");
    assertThat(verbatim.stream().map(WorkloadRequest::atNanos).distinct()).hasSize(10);
    assertThat(spread.stream().map(WorkloadRequest::atNanos).distinct()).hasSize(80);
    long[] was = verbatim.stream().mapToLong(WorkloadRequest::atNanos).toArray();
    long start = spread.getFirst().atNanos();
    assertThat(start).isZero();
    for (int id = 0; id < 80; id++) {
      // The steps follow one another, so that none leaves its own but for the shift of the first.
      assertThat(spread.get(id).atNanos() - was[id]).isBetween(-3_000_000_000L, 3_000_000_000L);
    }
    assertThat(Fingerprint.of(Workloads.generate("mooncake:" + CONVERSATION, 7)))
        .isEqualTo(Fingerprint.of(Workloads.generate("mooncake:" + CONVERSATION, 7)))
        .isNotEqualTo(Fingerprint.of(Workloads.generate("mooncake:" + CONVERSATION, 8)));
  }

  @Test
  void exactTimesAreKept() {
    List<TraceRow> rows = MooncakeRows.read(SYNTHETIC, 512, 100);
    List<WorkloadRequest> requests = read(SYNTHETIC, "");
    for (int id = 0; id < 80; id++) {
      assertThat(requests.get(id).atNanos()).isEqualTo(rows.get(id).nanos);
    }
  }

  @Test
  void aStepIsSeenWhereManyTimesAreTheSameAndFarApart() {
    long second = 1_000_000_000L;
    assertThat(MooncakeTrace.step(new long[] {0, 0, 0, 3 * second, 3 * second, 6 * second}))
        .isEqualTo(3 * second);
    assertThat(MooncakeTrace.step(new long[] {0, 3 * second, 6 * second})).isZero();
    assertThat(MooncakeTrace.step(new long[] {0, 0, 0, 0, 40, 40, 3 * second})).isZero();
    assertThat(MooncakeTrace.step(new long[] {5, 5, 5})).isZero();
  }

  @Test
  void allIsOpenUnlessClosedIsAskedFor() {
    assertThat(read(SYNTHETIC, "")).noneMatch(WorkloadRequest::follows);
  }

  @Test
  void aContinuationFollowsTheLongestPrefix() throws IOException {
    Path path =
        trace(
            line(0, 2000, 100, 1, 2, 3, 40),
            line(1000, 2000, 100, 1, 5, 6, 41),
            line(60_000, 4000, 10, 1, 2, 3, 7, 8, 9, 10, 42),
            line(61_000, 3000, 10, 1, 2, 3, 11, 12, 43),
            line(63_000, 700, 10, 1, 44),
            line(120_000, 5000, 10, 1, 2, 3, 7, 8, 9, 10, 13, 14, 45));
    List<WorkloadRequest> requests = read(path, ",mode=closed");
    assertThat(requests).extracting(WorkloadRequest::after).containsExactly(-1, -1, 0, -1, -1, 2);
    // 60 s less the 100 tokens of the first, 30 ms each.
    assertThat(requests.get(2).thinkNanos()).isEqualTo(57_000_000_000L);
    assertThat(requests)
        .extracting(WorkloadRequest::session)
        .containsExactly("trace-0", "trace-1", "trace-0", "trace-3", "trace-4", "trace-0");
    assertThat(read(path, ",mode=closed,token-millis=10").get(2).thinkNanos())
        .isEqualTo(59_000_000_000L);
    // Of the seven full blocks of the third, the fourth has three.
    List<WorkloadRequest> laxer = read(path, ",mode=closed,share=0.4");
    assertThat(laxer).extracting(WorkloadRequest::after).containsExactly(-1, -1, 0, 2, -1, 2);
    assertThat(laxer.get(3).thinkNanos()).isEqualTo(700_000_000L);
  }

  @Test
  void whatCameBeforeTheOtherCouldEndDoesNotWaitForIt() throws IOException {
    List<WorkloadRequest> requests =
        read(trace(line(0, 1100, 100, 1, 2, 3), line(2999, 1700, 1, 1, 2, 4, 5)), ",mode=closed");
    assertThat(requests.get(1).follows()).isFalse();
  }

  @Test
  void scaleAndRequestsAreHeeded() {
    List<WorkloadRequest> all = read(SYNTHETIC, "");
    List<WorkloadRequest> some = read(SYNTHETIC, ",requests=20,scale=2.5");
    assertThat(some).hasSize(20);
    for (int id = 0; id < 20; id++) {
      assertThat(some.get(id).atNanos()).isEqualTo(Math.round(all.get(id).atNanos() / 2.5));
    }
  }

  @Test
  void timesAreFromTheFirst() throws IOException {
    List<WorkloadRequest> requests =
        read(trace(line(5000, 2, 1), line(7000, 1, 1), line(9000, 3, 1)), "");
    assertThat(requests)
        .extracting(WorkloadRequest::atNanos)
        .containsExactly(0L, 2_000_000_000L, 4_000_000_000L);
    assertThat(requests).extracting(request -> request.prompt().length()).containsExactly(2, 1, 3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gz", "xz"})
  void compressedIsTheSame(String form) throws IOException {
    // The name does not tell: the first bytes do.
    Path packed = folder.resolve("packed");
    try (OutputStream file = Files.newOutputStream(packed);
        OutputStream out =
            form.equals("gz")
                ? new GZIPOutputStream(file)
                : new XZOutputStream(file, new LZMA2Options(1))) {
      Files.copy(SYNTHETIC, out);
    }
    assertThat(Fingerprint.of(Workloads.generate("mooncake:" + packed, 7)))
        .isEqualTo(Fingerprint.of(Workloads.generate("mooncake:" + SYNTHETIC, 7)));

    byte[] bytes = Files.readAllBytes(packed);
    Files.write(packed, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> read(packed, ""))
        .isInstanceOf(WorkloadException.class)
        .hasMessageStartingWith(packed + " can't be read to its end:")
        .hasMessageEndingWith("is it whole?");
  }

  @Test
  void otherFieldsAndEmptyLinesArePassedOver() throws IOException {
    Path path =
        trace(
            "",
            "{\"chat_id\": {\"a\": [1, {}]}, \"timestamp\": 1.5, \"type\": \"text\","
                + " \"input_length\": 20, \"output_length\": 0, \"hash_ids\": [8]}",
            "",
            line(4, 600, 3, 1),
            "");
    List<WorkloadRequest> requests = read(path, "");
    assertThat(requests).extracting(WorkloadRequest::atNanos).containsExactly(0L, 2_500_000L);
    assertThat(requests.getFirst().outputTokens()).as("an engine generates one").isEqualTo(1);
  }

  @Test
  void blocksMayHaveAnotherSize() throws IOException {
    Path path = trace(line(0, 40, 1, 1, 2, 3));
    assertThat(read(path, ",block=16")).hasSize(1);
    assertThatThrownBy(() -> read(path, ""))
        .hasMessage(
            path
                + ":1: there are 3 hash_ids for 40 tokens, which are 1 blocks of 512; say how many"
                + " tokens a block has, as in block=16.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"input_length\": 1, \"output_length\": 1, \"hash_ids\": []} | timestamp is missing; a"
            + " line has timestamp, input_length, output_length and hash_ids.",
        "{\"timestamp\": 1, \"output_length\": 1, \"hash_ids\": []} | input_length is missing; a",
        "{\"timestamp\": 1, \"input_length\": 1, \"hash_ids\": []} | output_length is missing; a",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 1} | hash_ids is missing; a",
        "{\"timestamp\": -1} | timestamp is -1; it is a number of milliseconds from 0 to 1000000000000.",
        "{\"timestamp\": \"now\"} | timestamp is now; it is a number of milliseconds",
        "{\"timestamp\": 1e300} | timestamp is 1e300; it is a number of milliseconds",
        "{\"timestamp\": NaN} | this is no JSON (",
        "{\"timestamp\": 0, \"input_length\": 1, \"output_length\": 1, \"hash_ids\": []} | this came"
            + " 0.001 s before the line above; sort the lines by their times.",
        "{\"timestamp\": 1e12, \"input_length\": 1, \"output_length\": 1, \"hash_ids\": []} | this"
            + " came 11574 days after the first; a trace has at most 10. Take as many lines as have"
            + " that, as in requests=2.",
        "{\"output_length\": 1e12} | output_length is 1e12; it is a whole number from 0",
        "{\"timestamp\": null} | timestamp is null; it is a number of milliseconds",
        "{\"input_length\": -5} | input_length is -5; it is a whole number from 1 to 16777216.",
        "{\"input_length\": 0} | input_length is 0; it is a whole number from 1 to 16777216.",
        "{\"input_length\": 1.5} | input_length is 1.5; it is a whole number from 1",
        "{\"input_length\": \"9\"} | input_length is 9; it is a whole number from 1",
        "{\"input_length\": 99999999999} | input_length is 99999999999; it is a whole number",
        "{\"output_length\": -1} | output_length is -1; it is a whole number from 0",
        "{\"hash_ids\": 5} | hash_ids is 5; it is a list of numbers.",
        "{\"hash_ids\": [-2]} | a number in hash_ids is -2; it is a whole number from 0",
        "{\"hash_ids\": [\"a\"]} | a number in hash_ids is a; it is a whole number from 0",
        "{\"hash_ids\": [[1]]} | a number in hash_ids is [; it is a whole number from 0",
        "[{\"timestamp\": 1}] | this is no object; a line has timestamp,",
        "17 | this is no object; a line has timestamp,",
        "{\"timestamp\": 1, | this is no JSON (it ends in its midst); a line has timestamp,",
        "{\"timestamp\": 1] | this is no JSON (",
        "timestamp,input,output | this is no JSON (",
        "{timestamp: 1} | this is no JSON ("
      })
  void aWrongLineIsNamed(String wrong, String answer) throws IOException {
    Path path = trace(line(0, 2, 1), line(1, 2, 1), wrong);
    assertThatThrownBy(() -> read(path, ""))
        .isInstanceOf(WorkloadException.class)
        .hasMessageStartingWith(path + ":3: " + answer);
  }

  @Test
  void wrongLinesBehindThoseAskedForAreNotRead() throws IOException {
    assertThat(read(trace(line(0, 2, 1), "nonsense"), ",requests=1")).hasSize(1);
  }

  @Test
  void anAbsentFileAFolderAndAnEmptyFileAreNamed() throws IOException {
    Path absent = folder.resolve("absent.jsonl");
    assertThatThrownBy(() -> read(absent, ""))
        .isInstanceOf(WorkloadException.class)
        .hasMessage("There is no trace at " + absent + "; give the path of one.");
    assertThatThrownBy(() -> read(folder, ""))
        .hasMessage(folder + " is a folder; give the path of a trace.");
    Path empty = trace("");
    assertThatThrownBy(() -> read(empty, "")).hasMessageStartingWith(empty + " is empty; a line");
  }

  @Test
  void otherKindsOfFilesAreNamed() throws IOException {
    Path pointer = trace("version https://git-lfs.github.com/spec/v1", "oid sha256:00", "size 9");
    assertThatThrownBy(() -> read(pointer, ""))
        .hasMessageContaining("pointer of Git LFS and not the trace; fetch it with git lfs pull");
    Path zip = trace("PK\u0003\u0004 and so on");
    assertThatThrownBy(() -> read(zip, "")).hasMessageContaining("expand it, or use gzip or xz");
  }

  @Test
  void eachConversationIsOnOneAdapter() throws IOException {
    Path path =
        trace(line(0, 1100, 1, 1, 2, 3), line(9000, 1100, 1, 1, 2, 4), line(9500, 512, 1, 9));
    for (int seed = 0; seed < 20; seed++) {
      List<WorkloadRequest> requests =
          Workloads.generate("mooncake:" + path + ",loras=5", seed).requests();
      assertThat(requests.get(1).lora()).isEqualTo(requests.get(0).lora()).startsWith("lora-");
    }
    Set<String> others = new HashSet<>();
    for (int seed = 0; seed < 20; seed++) {
      others.add(
          Workloads.generate("mooncake:" + path + ",loras=5", seed).requests().get(2).lora());
    }
    assertThat(others.size()).isGreaterThan(2);
  }
}
