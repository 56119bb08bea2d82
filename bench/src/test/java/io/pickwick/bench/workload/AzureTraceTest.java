package io.pickwick.bench.workload;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Traces in the format of Azure's. */
class AzureTraceTest {
  private static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";

  @TempDir private Path folder;

  private Path trace(String... lines) throws IOException {
    return Files.writeString(folder.resolve("trace.csv"), String.join("\n", lines), UTF_8);
  }

  private static List<WorkloadRequest> read(Path path, String options) {
    return Workloads.generate("azure:" + path + options, 7).requests();
  }

  @Test
  void theFormOf2023IsRead() throws IOException {
    Path path =
        trace(
            HEADER,
            "2023-11-16 18:15:46.6805900,374,44",
            "2023-11-16 18:15:50.9951690,396,109\r",
            "2023-11-16 18:16:46.6805901,20,0",
            "");
    List<WorkloadRequest> requests = read(path, "");
    assertThat(requests)
        .extracting(WorkloadRequest::atNanos)
        .containsExactly(0L, 4_314_579_000L, 60_000_000_100L);
    assertThat(requests).extracting(WorkloadRequest::outputTokens).containsExactly(44, 109, 1);
    assertThat(requests).extracting(one -> one.prompt().length()).containsExactly(374, 396, 20);
    assertThat(requests)
        .allSatisfy(one -> assertThat(one.prompt().tokens()).hasSize(one.prompt().length()));
    assertThat(requests.get(0).prompt().tokens()[0])
        .isNotEqualTo(requests.get(1).prompt().tokens()[0]);
    assertThat(read(path, ",requests=2,scale=2").getLast().atNanos()).isEqualTo(2_157_289_500L);
  }

  @Test
  void theFormOf2024AndSecondsAndOtherColumnsAreRead() throws IOException {
    assertThat(
            read(
                trace(
                    "\ufeffGeneratedTokens,other,\"timestamp\",ContextTokens",
                    "8,,2024-05-10 00:00:00+00:00,1",
                    "9,x,2024-05-10 00:00:01.500000+00:00,2"),
                ""))
        .extracting(WorkloadRequest::atNanos, WorkloadRequest::outputTokens)
        .containsExactly(tuple(0L, 8), tuple(1_500_000_000L, 9));
    assertThat(read(trace(HEADER, "10,1,1", "12.5,1,1"), ""))
        .extracting(WorkloadRequest::atNanos)
        .containsExactly(0L, 2_500_000_000L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "yesterday,1,1 | TIMESTAMP is yesterday; it is a date and time, as in 2023-11-16 18:15:46.",
        "-4,1,1 | TIMESTAMP is -4; it is a date and time",
        "NaN,1,1 | TIMESTAMP is NaN; it is a date and time",
        "1e12,1,1 | TIMESTAMP is 1e12; it is a date and time",
        "+99999-01-01 00:00:00,1,1 | TIMESTAMP is +99999-01-01 00:00:00; it is a date and time",
        "0.5,1,1 | this came 0.5 s before the line above; sort the lines by their times.",
        "864002,1,1 | this came 10 days after the first; a trace has at most 10. Take as many lines",
        "1,1e12,1 | ContextTokens is 1e12; it is a whole number from 1 to 16777216.",
        "2023-13-16 18:15:46.6,1,1 | TIMESTAMP is 2023-13-16 18:15:46.6; it is a date and time",
        "1,-1,1 | ContextTokens is -1; it is a whole number from 1 to 16777216.",
        "1,0,1 | ContextTokens is 0; it is a whole number from 1 to 16777216.",
        "1,many,1 | ContextTokens is many; it is a whole number from 1",
        "1,1,-1 | GeneratedTokens is -1; it is a whole number from 0",
        "1,1, | GeneratedTokens is ; it is a whole number from 0",
        "1,1 | there are 2 cells under 3 columns; the columns are TIMESTAMP, ContextTokens and",
        "1,1,1,1 | there are 4 cells under 3 columns; the columns are"
      })
  void aWrongLineIsNamed(String wrong, String answer) throws IOException {
    Path path = trace(HEADER, "1,1,1", wrong);
    assertThatThrownBy(() -> read(path, ""))
        .isInstanceOf(WorkloadException.class)
        .hasMessageStartingWith(path + ":3: " + answer);
  }

  @Test
  void aWrongHeaderAndAnEmptyFileAreNamed() throws IOException {
    Path wrong = trace("TIMESTAMP,ContextTokens", "1,1");
    assertThatThrownBy(() -> read(wrong, ""))
        .hasMessage(
            wrong
                + ":1: there is no column GeneratedTokens; the columns are TIMESTAMP, ContextTokens"
                + " and GeneratedTokens.");
    Path none = trace("");
    assertThatThrownBy(() -> read(none, ""))
        .hasMessageStartingWith(none + " is empty; the columns");
    Path header = trace(HEADER);
    assertThatThrownBy(() -> read(header, ""))
        .hasMessage(header + " has no line behind its header.");
    assertThatThrownBy(() -> read(folder.resolve("absent"), ""))
        .isInstanceOf(WorkloadException.class)
        .hasMessageContaining("There is no trace at");
  }
}
