package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunFileTest {
  private static final String REPLAY =
      """
      {"workload":"chat:users=5,rate=12,turns=3","policy":"ours","seed":3,"rateScale":2.0,\
      "fleet":{"engine":"tiny","pods":2,"kvBlocks":64,"scrapeMs":50.0},\
      "slo":{"ttftMs":2000.0},\
      "summary":{"ttft":{"mean":10.5,"p50":9.0,"p90":20.0,"p99":null},"completed":98,"failed":2,\
      "hitRatio":0.5,"goodShare":null},\
      "ttftPercentilesMs":[5,7,null],\
      "samples":{"seconds":[1,2],"waiting":[[0,1],[2,3]],"kvUsage":[[0.1,0.2],[0.3,0.4]]},\
      "hits":{"seconds":[1,2],"promptTokens":[10,0],"cachedTokens":[5,0]}}
      """;
  private static final String SERVE =
      """
      {"backend":"openai","label":null,"model_id":"m","num_prompts":4,"request_rate":8.0,
       "max_concurrency":null,"completed":3,"failed":1,"request_throughput":2.0,
       "output_throughput":300.5,"mean_ttft_ms":20.0,"median_ttft_ms":18.0,"p99_ttft_ms":30.0,
       "ttfts":[0.03,0.01,0.0,0.02],"errors":["","","refused",""],
       "pickwick":{"target":"pickwick","workload":"random","seed":7,"good":2,"goodput_limits":{"ttft":200.0,"e2el":5000},
        "ttft_ms_failed_as_never":{"p50":19.0,"p99":null},
        "cached_tokens":30,"cached_tokens_of":40}}
      """;

  @TempDir private Path directory;

  private List<MeasuredRun> read(String content) throws IOException {
    return RunFile.read(Files.writeString(directory.resolve("runs"), content));
  }

  @Test
  void aLineOfReplayIsReadWhole() throws IOException {
    MeasuredRun run = read(REPLAY).getFirst();
    assertThat(run.workload()).isEqualTo("chat:users=5,turns=3");
    assertThat(run.load()).isEqualTo(new MeasuredRun.Load("12 req/s × 2", 24));
    assertThat(run.name()).isEqualTo("ours");
    assertThat(run.seed()).isEqualTo(3);
    assertThat(run.live()).isFalse();
    assertThat(run.parameters())
        .containsExactly(
            new Parameter("engine", "tiny"),
            new Parameter("pods", "2"),
            new Parameter("KV blocks", "64"),
            new Parameter("scrape, ms", "50"),
            new Parameter("SLO TTFT, ms", "2,000"));
    assertThat(run.value(Measure.TTFT_MEAN)).isEqualTo(10.5);
    assertThat(run.value(Measure.TTFT_P99)).as("among the failed").isInfinite();
    assertThat(run.value(Measure.GOOD_SHARE)).as("not known").isNaN();
    assertThat(run.value(Measure.TPOT_MEAN)).as("missing").isNaN();
    assertThat(run.value(Measure.FAILED)).isEqualTo(2);
    assertThat(run.firstTokens()).containsExactly(5.0, 7.0, Double.POSITIVE_INFINITY);
    assertThat(run.pods().waiting()).containsExactly(List.of(0.0, 2.0), List.of(1.0, 3.0));
    assertThat(run.pods().kvUsage().getFirst()).containsExactly(10.0, 30.0);
    assertThat(run.hits().getFirst()).isEqualTo(Series.Point.of(1, 50));
    assertThat(run.hits().getLast().y()).as("nothing asked").isNaN();
  }

  @Test
  void aResultInVllmsFormIsReadWhole() throws IOException {
    MeasuredRun run = read(SERVE).getFirst();
    assertThat(run.workload()).isEqualTo("random");
    assertThat(run.load()).isEqualTo(new MeasuredRun.Load("8 req/s", 8));
    assertThat(run.name()).isEqualTo("pickwick");
    assertThat(run.live()).isTrue();
    assertThat(run.value(Measure.TTFT_MEAN)).isEqualTo(20);
    assertThat(run.value(Measure.TTFT_P50)).as("with the failed").isEqualTo(19);
    assertThat(run.value(Measure.TTFT_P99)).as("among the failed").isInfinite();
    assertThat(run.value(Measure.OUTPUT_RATE)).isEqualTo(300.5);
    assertThat(run.value(Measure.GOOD_SHARE)).isEqualTo(0.5);
    assertThat(run.value(Measure.HITS)).isEqualTo(0.75);
    assertThat(run.firstTokens()).containsExactly(10.0, 20.0, 30.0, Double.POSITIVE_INFINITY);
    assertThat(run.parameters())
        .containsExactly(
            new Parameter("backend", "openai"),
            new Parameter("model id", "m"),
            new Parameter("num prompts", "4"),
            new Parameter("SLO TTFT, ms", "200"),
            new Parameter("SLO E2E, ms", "5,000"));
    assertThat(run.notes()).isEmpty();
  }

  @Test
  void aResultOfVllmItselfIsReadToo() throws IOException {
    MeasuredRun run =
        read("{\"model_id\":\"m\",\"request_rate\":\"inf\",\"mean_ttft_ms\":5,\"failed\":0}")
            .getFirst();
    assertThat(run.name()).isEqualTo("m");
    assertThat(run.load().label()).isEmpty();
    assertThat(run.value(Measure.TTFT_MEAN)).isEqualTo(5);
  }

  @Test
  void withFailuresOnlyPercentilesThatCountThemAreTaken() throws IOException {
    String times =
        "\"mean_ttft_ms\":5,\"median_ttft_ms\":4,\"p90_ttft_ms\":8,\"p99_ttft_ms\":9,"
            + "\"p99_e2el_ms\":50,\"p99_itl_ms\":3,\"completed\":2,";
    MeasuredRun older =
        read("{%s\"failed\":8,\"pickwick\":{\"ttft_ms_failed_as_never\":{\"p99\":null}}}"
                .formatted(times))
            .getFirst();
    assertThat(older.value(Measure.TTFT_P50)).isNaN();
    assertThat(older.value(Measure.TTFT_P90)).isNaN();
    assertThat(older.value(Measure.TTFT_P99)).isInfinite();
    assertThat(older.value(Measure.E2E_P99)).isNaN();
    assertThat(older.value(Measure.ITL_P99)).as("of answered ones").isEqualTo(3);
    assertThat(older.value(Measure.TTFT_MEAN)).as("of answered ones").isEqualTo(5);
    MeasuredRun untold = read("{" + times + "\"num_prompts\":10}").getFirst();
    assertThat(untold.value(Measure.FAILED)).isEqualTo(8);
    assertThat(untold.value(Measure.TTFT_P90)).isNaN();
    MeasuredRun none = read("{" + times + "\"failed\":0}").getFirst();
    assertThat(none.value(Measure.TTFT_P90)).isEqualTo(8);
  }

  @Test
  void ofNothingThereAreNoPercentiles() throws IOException {
    MeasuredRun run =
        read("{\"completed\":0,\"failed\":0,\"mean_ttft_ms\":0,\"p99_ttft_ms\":0,"
                + "\"pickwick\":{\"ttft_ms_failed_as_never\":{\"p50\":0,\"p99\":null}}}")
            .getFirst();
    assertThat(run.value(Measure.TTFT_MEAN)).isNaN();
    assertThat(run.value(Measure.TTFT_P50)).isNaN();
    assertThat(run.value(Measure.TTFT_P99)).isNaN();
  }

  @Test
  void withoutLimitsNothingIsSaidOfTheSlo() throws IOException {
    MeasuredRun run =
        read("{\"mean_ttft_ms\":1,\"num_prompts\":4,\"completed\":4,\"request_goodput\":2,"
                + "\"pickwick\":{\"good\":4}}")
            .getFirst();
    assertThat(run.value(Measure.GOOD_SHARE)).isNaN();
    assertThat(run.value(Measure.GOOD_RATE)).isNaN();
  }

  @Test
  void runsUnderTwoLimitsAreTwoComparisons() throws IOException {
    List<MeasuredRun> runs = read(SERVE + SERVE.replace("\"ttft\":200.0", "\"ttft\":300"));
    assertThat(RunSections.of(runs).stream().map(Section::title))
        .containsExactly(
            "random (SLO TTFT, ms 200), 8 req/s", "random (SLO TTFT, ms 300), 8 req/s");
  }

  @Test
  void runsOfTwoLabelsAreTwoTargets() throws IOException {
    List<MeasuredRun> runs =
        read(
            SERVE.replace("\"label\":null", "\"label\":\"before\"")
                + SERVE.replace("\"label\":null", "\"label\":\"after\""));
    assertThat(runs.stream().map(MeasuredRun::name))
        .containsExactly("pickwick (before)", "pickwick (after)");
    assertThat(RunSections.of(runs).getFirst().tables().getFirst().rows()).hasSize(2);
    assertThat(read("{\"mean_ttft_ms\":1,\"label\":\"mine\",\"model_id\":\"m\"}").getFirst().name())
        .isEqualTo("mine");
    assertThat(read(SERVE.replace("\"label\":null", "\"label\":\"pickwick\"")).getFirst().name())
        .as("the same twice")
        .isEqualTo("pickwick");
  }

  @Test
  void aRunThatEndedEarlySaysSo() throws IOException {
    MeasuredRun run =
        read(SERVE.replace(
                "\"seed\":7", "\"seed\":7,\"ended_early\":true,\"not_sent\":1200,\"cut_short\":3"))
            .getFirst();
    assertThat(run.notes())
        .containsExactly(
            "was ended early, with 1,200 requests not sent",
            "had 3 answers shorter than asked for");
  }

  @Test
  void aFailedRequestWithoutWordsIsStillFailed() throws IOException {
    MeasuredRun run =
        read("{\"mean_ttft_ms\":1,\"failed\":1,\"ttfts\":[0.5,0.0],\"errors\":[\"\",\"\"]}")
            .getFirst();
    assertThat(run.firstTokens()).containsExactly(500.0, Double.POSITIVE_INFINITY);
  }

  @Test
  void aRunThatEndedBeforeItBeganHasNoNumbers() throws IOException {
    MeasuredRun run =
        read("{\"mean_ttft_ms\":0,\"num_prompts\":0,\"completed\":0,\"failed\":0,"
                + "\"pickwick\":{\"ended_early\":true,\"not_sent\":5,\"good\":0,"
                + "\"goodput_limits\":{\"ttft\":1}}}")
            .getFirst();
    assertThat(run.value(Measure.TTFT_MEAN)).isNaN();
    assertThat(run.value(Measure.GOOD_SHARE)).isNaN();
    assertThat(run.notes()).containsExactly("was ended early, with 5 requests not sent");
  }

  @Test
  void manyRequestsAreToldByFiveHundred() throws IOException {
    StringBuilder times = new StringBuilder("0");
    for (int i = 1; i < 10_000; i++) {
      times.append(',').append(i);
    }
    MeasuredRun run = read("{\"mean_ttft_ms\":1,\"ttfts\":[" + times + "]}").getFirst();
    assertThat(run.firstTokens()).hasSize(500).isSorted();
    assertThat(run.firstTokens().getLast()).as("the slowest").isEqualTo(9_999_000.0);
  }

  @Test
  void severalRunsStandInLinesOrInAList() throws IOException {
    assertThat(read(REPLAY + SERVE + REPLAY)).hasSize(3);
    assertThat(read("[" + REPLAY + "," + SERVE + "]")).hasSize(2);
    assertThat(read("")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "chat; chat; ''; 1",
        "chat:rate=3; chat; 3 req/s; 3",
        "chat:rate=3,users=1; chat:users=1; 3 req/s; 3",
        "chat:users=1,rate=3..60; chat:users=1; rate 3..60; 1",
        "chat:birate=3; chat:birate=3; ''; 1",
      })
  void theRateIsTheLoad(String workload, String rest, String label, double order) {
    assertThat(Fields.withoutRate(workload)).isEqualTo(rest);
    assertThat(Fields.load(workload, 1)).isEqualTo(new MeasuredRun.Load(label, order));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "hello; run 1 is no JSON, in line 1",
        "{\"a\":1}; run 1: this is neither a line of replay --out nor a result of serve",
        "{\"mean_ttft_ms\":1} 5; run 2: this is neither",
        "{\"summary\":{}}; run 1: \"workload\" is missing",
        "{\"summary\":{},\"workload\":\"a\",\"policy\":3}; run 1: \"policy\" is missing",
        "{\"a\":hello}; run 1 is no JSON, in line 1",
        "{\"summary\":{\"kvUsage\":-5},\"workload\":\"a\",\"policy\":\"b\"}; run 1: summary.kvUsage is -5;"
            + " it is a number from 0 to 1.",
        "{\"summary\":{\"hitRatio\":1.5},\"workload\":\"a\",\"policy\":\"b\"}; run 1: summary.hitRatio is",
        "{\"summary\":{\"ttft\":{\"p50\":1e400}},\"workload\":\"a\",\"policy\":\"b\"}; run 1:"
            + " summary.ttft.p50 is",
        "{\"summary\":{},\"workload\":\"a\",\"policy\":\"b\",\"samples\":{\"kvUsage\":[[2]]}}; run 1:"
            + " samples.kvUsage is 2; it is a number from 0 to 1.",
        "{\"summary\":{},\"workload\":\"a\",\"policy\":\"b\",\"ttftPercentilesMs\":[-1]}; run 1:"
            + " ttftPercentilesMs is -1; it is a finite number and not less than 0.",
        "{\"mean_ttft_ms\":-3}; run 1: mean_ttft_ms is -3; it is a time from 0 to 100 days.",
        "{\"mean_ttft_ms\":1e300}; run 1: mean_ttft_ms is 1.0E300; it is a time",
        "{\"mean_ttft_ms\":\"x\"}; run 1: mean_ttft_ms is \"x\"; it is a time",
        "{\"mean_ttft_ms\":1,\"ttfts\":[1,-1]}; run 1: ttfts[1] is -1; it is a time from 0 to 100 days.",
        "{\"mean_ttft_ms\":1,\"ttfts\":[1,\"x\"]}; run 1: ttfts[1] is \"x\"; it is",
        "{\"mean_ttft_ms\":1,\"ttfts\":[1e300]}; run 1: ttfts[0] is 1.0E300; it is",
        "{\"mean_ttft_ms\":1,\"ttfts\":[null]}; run 1: ttfts[0] is null; it is",
        "{\"mean_ttft_ms\":1,\"num_prompts\":0}; run 1: num_prompts is 0; a run is",
        "{\"mean_ttft_ms\":1,\"num_prompts\":2.5}; run 1: num_prompts is 2.5; it is a whole number",
        "{\"mean_ttft_ms\":1,\"completed\":2.5}; run 1: completed is 2.5; it is a whole number",
        "{\"mean_ttft_ms\":1,\"completed\":-1}; run 1: completed is -1; it is a whole number",
        "{\"mean_ttft_ms\":1,\"failed\":\"no\"}; run 1: failed is \"no\"; it is a whole number",
        "{\"mean_ttft_ms\":1,\"num_prompts\":3,\"completed\":4}; run 1: completed is 4, more than"
            + " num_prompts, which is 3.",
        "{\"mean_ttft_ms\":1,\"completed\":3,\"pickwick\":{\"good\":4}}; run 1: pickwick.good is 4, more"
            + " than completed, which is 3.",
        "{\"mean_ttft_ms\":1,\"pickwick\":{\"cached_tokens\":9,\"cached_tokens_of\":8}}; run 1:"
            + " pickwick.cached_tokens is 9, more than pickwick.cached_tokens_of, which is 8.",
        "{\"mean_ttft_ms\":1,\"pickwick\":{\"goodput_limits\":{\"ttft\":\"x\"}}}; run 1:"
            + " pickwick.goodput_limits.ttft is \"x\"; it is",
        "{\"mean_ttft_ms\":1,\"pickwick\":{\"ttft_ms_failed_as_never\":{\"p50\":-2}}}; run 1:"
            + " pickwick.ttft_ms_failed_as_never.p50 is -2; it is",
        "{\"mean_ttft_ms\":1,\"output_throughput\":\"x\"}; run 1: output_throughput is no number.",
      })
  void whatIsNoRunIsSaidWithItsPlace(String content, String message) {
    assertThatExceptionOfType(ReportException.class)
        .isThrownBy(() -> read(content))
        .withMessageContaining("runs, " + message);
  }

  @Test
  void aFileCutInItsMidstIsSaid() throws IOException {
    for (String cut : List.of("{\"summ", "[{\"mean_ttft_ms\":2}", "{\"a\":[1,")) {
      assertThatExceptionOfType(ReportException.class)
          .isThrownBy(() -> read("{\"mean_ttft_ms\":1}\n" + cut))
          .withMessageContaining("runs ends in the midst of run ")
          .withMessageEndingWith("was its writer stopped? What is before can be read without it.");
    }
  }

  @Test
  void otherKindsOfFilesAreNamedInPlainWords() throws IOException {
    assertThatExceptionOfType(ReportException.class)
        .isThrownBy(() -> RunFile.read(directory))
        .withMessage(directory + " is a folder; give the files in it.");
    Path packed = directory.resolve("runs.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(REPLAY.getBytes(StandardCharsets.UTF_8));
    }
    assertThatExceptionOfType(ReportException.class)
        .isThrownBy(() -> RunFile.read(packed))
        .withMessage(packed + " is compressed; expand it first.");
    Path binary = Files.write(directory.resolve("binary"), new byte[] {'[', (byte) 0xff, 0, 1});
    assertThatExceptionOfType(ReportException.class)
        .isThrownBy(() -> RunFile.read(binary))
        .withMessageStartingWith(binary + " is no text: a file of runs is JSON in UTF-8");
    Path zeros = Files.write(directory.resolve("zeros"), new byte[100]);
    assertThatExceptionOfType(ReportException.class)
        .isThrownBy(() -> RunFile.read(zeros))
        .withMessageStartingWith(zeros + ", run 1 is no JSON, in line 1");
  }

  @Test
  void whatIsTooDeepIsSaidInPlainWords() {
    assertThatExceptionOfType(ReportException.class)
        .isThrownBy(() -> read("{\"a\":" + "[".repeat(5000)))
        .withMessageEndingWith("run 1 is no JSON, in line 1: it is too long or too deep");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "-Infinity"})
  void whatIsNoNumberOfJsonIsSaidInPlainWords(String token) {
    assertThatExceptionOfType(ReportException.class)
        .isThrownBy(() -> read("{\"mean_ttft_ms\":" + token + "}"))
        .withMessageContaining("run 1 is no JSON, in line 1: ")
        .withMessageEndingWith(" is no number of JSON, which has null where nothing is known");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{/* a */}", "{# a\n}", "{\"a\":01}", "{'a':1}", "{\"a\":+1}", "{\"a\":.1}"})
  void otherJsonIsRefusedWithoutNamesOfTheParsers(String json) {
    assertThatExceptionOfType(ReportException.class)
        .isThrownBy(() -> read(json))
        .withMessageMatching("(?s).*run 1 is no JSON, in line 1: .*")
        .withMessageNotContainingAny("Feature", "ALLOW_", "enable", "com.", "java");
  }

  @Test
  void aMarkOfTheOrderOfBytesIsSkipped() throws IOException {
    assertThat(read("\ufeff" + SERVE)).hasSize(1);
    assertThat(read("\ufeff")).isEmpty();
  }

  @Test
  void aMissingFileIsSaid() {
    assertThatExceptionOfType(ReportException.class)
        .isThrownBy(() -> RunFile.read(directory.resolve("nowhere")))
        .withMessageContaining("There is no file")
        .withMessageContaining("nowhere");
  }
}
