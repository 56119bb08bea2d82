package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs that are processes of their own: ended by a signal, or with nowhere to print. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class ServeProcessTest {
  @TempDir private Path directory;

  private Process start(WireServer server, String... more) throws Exception {
    return process(server, more).start();
  }

  private ProcessBuilder process(WireServer server, String... more) {
    String[] command = {
      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
      "-XX:TieredStopAtLevel=1",
      "-Dstdout.encoding=UTF-8",
      "-cp",
      System.getProperty("java.class.path"),
      "io.pickwick.bench.Main",
      "serve-bench",
      "--target",
      server.url(),
      "--model",
      "m",
      "--num-warmups",
      "0",
      "--result-json",
      directory.resolve("result.json").toString()
    };
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of(more));
    if (!line.contains("--workload")) {
      line.addAll(List.of("--workload", "random:requests=9,input=5,output=1,concurrency=2"));
    }
    return new ProcessBuilder(line);
  }

  private static void signal(Process process, String name) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor())
        .isZero();
  }

  private static String text(InputStream in) throws Exception {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void whatIsKnownByThenIsPrintedAndWritten() throws Exception {
    CountDownLatch two = new CountDownLatch(2);
    CountDownLatch never = new CountDownLatch(1);
    try (WireServer server =
        WireServer.start((number, _, _) -> {
          // One before the run, and three of it.
          if (number > 3) {
            two.countDown();
            never.await();
          }
          return WireServer.tokens(1);
        })) {
      Process process = start(server);
      assertThat(two.await(60, TimeUnit.SECONDS)).isTrue();
      signal(process, "INT");
      String out = text(process.getInputStream());
      String err = text(process.getErrorStream());
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(err).isEqualTo(130);
      assertThat(out)
          .containsPattern("Successful requests: +3 ")
          .containsPattern("failed: +2 of 5: 2 × run ended")
          .containsPattern("not sent, as the run was ended: +4 requests");
      JsonNode result = new ObjectMapper().readTree(directory.resolve("result.json").toFile());
      assertThat(result.path("completed").asInt()).isEqualTo(3);
      assertThat(result.path("failed").asInt()).isEqualTo(2);
      assertThat(result.path("pickwick").path("ended_early").asBoolean()).isTrue();
      assertThat(result.path("pickwick").path("not_sent").asInt()).isEqualTo(4);
    }
  }

  @Test
  void whereNothingMeasuredWasSentThatIsSaid() throws Exception {
    CountDownLatch warming = new CountDownLatch(2);
    CountDownLatch never = new CountDownLatch(1);
    try (WireServer server =
        WireServer.start((number, _, _) -> {
          // One before the run to each.
          if (number > 1) {
            warming.countDown();
            never.await();
          }
          return WireServer.tokens(1);
        })) {
      Process process =
          start(
              server,
              "--workload",
              "random:input=5,output=1,rate=5x1,warmup=2x600",
              "--target",
              "other=" + server.url());
      assertThat(warming.await(60, TimeUnit.SECONDS)).isTrue();
      signal(process, "INT");
      String out = text(process.getInputStream());
      String err = text(process.getErrorStream());
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(err).isEqualTo(130);
      assertThat(out)
          .contains("Nothing was measured: no request after the warm-up was sent.")
          .contains("requests, not measured", "not sent, as the run was ended:")
          .doesNotContain("TTFT", "nan");
      assertThat(err)
          .contains("A target was sent nothing that is measured: the run was over before.")
          .doesNotContain("answered no request");
      String line = Files.readAllLines(directory.resolve("result.json")).getFirst();
      JsonNode result = new ObjectMapper().readTree(line);
      assertThat(result.path("num_prompts").asInt()).isZero();
      assertThat(result.has("p99_ttft_ms")).isFalse();
      assertThat(result.path("pickwick").path("ended_early").asBoolean()).isTrue();
      JsonNode never99 = result.path("pickwick").path("ttft_ms_failed_as_never").path("p99");
      assertThat(never99.isNull()).isTrue();
    }
  }

  @Test
  void aResultThatCantBePrintedIsAnErrorAndInTheFileAllTheSame() throws Exception {
    File full = new File("/dev/full");
    assumeTrue(full.exists(), "no /dev/full");
    try (WireServer server = WireServer.start((_, _, _) -> WireServer.tokens(1))) {
      Process process = process(server).redirectOutput(full).start();
      assertThat(text(process.getErrorStream()))
          .contains("Not all of the result could be printed: standard output takes no more.");
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(1);
      assertThat(directory.resolve("result.json")).content().contains("\"completed\":9");
    }
  }

  @Test
  void nothingIsLeftOfARunThatHadNotBegun() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    try (WireServer server =
        WireServer.start((_, _, _) -> {
          asked.countDown();
          never.await();
          return WireServer.tokens(1);
        })) {
      Process process = start(server, "--ready-timeout-seconds", "600");
      assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
      signal(process, "TERM");
      assertThat(text(process.getInputStream())).isEmpty();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
      try (Stream<Path> left = Files.list(directory)) {
        assertThat(left).isEmpty();
      }
    }
  }
}
