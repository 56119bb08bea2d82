package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.command.VisibleText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers that lie, forge, or say nothing. */
class HostileServerTest {
  private static final String LOAD = "random:requests=20,input=5,output=2,rate=400";
  private static final String FORGED = "Successful requests:                     999";
  private static final String ESCAPE = "\u001b[2J\u001b[1A";

  @TempDir private Path directory;

  /** What steers nothing, and has no line that this program did not make. */
  private static void harmless(String printed) {
    assertThat(printed.replace("\n", "")).matches(VisibleText::isPlain);
    assertThat(printed.lines()).noneMatch(line -> line.startsWith(FORGED));
  }

  private static String events(String json) {
    return "data: " + json + "\n\ndata: [DONE]\n\n";
  }

  private static WireServer.Answer raw(String wire) {
    return new WireServer.Answer(wire, true);
  }

  @Test
  void wordsOfAServerMakeNoLinesAndSteerNothing() throws Exception {
    String escaped = "\\u001b[2J\\n" + FORGED + "\\n\\u202e\\u2028\\u009b";
    Path file = directory.resolve("result.json");
    try (WireServer server =
        WireServer.start((number, _, _) ->
            switch (number % 6) {
              // In the status line, where ISO-8859-1 has control characters of its own.
              case 1 -> raw("HTTP/9.9 " + ESCAPE + "\r" + FORGED + "\u0085\u009b\r\n\r\n");
              case 2 -> WireServer.status(500, ESCAPE + "\n" + FORGED + "\n\u202edne");
              case 3 -> WireServer.chunked(events("{\"error\":{\"message\":\"" + escaped + "\"}}"));
              case 4 -> WireServer.chunked(events("no json " + ESCAPE + "\r" + FORGED));
              case 5 ->
                  raw(
                      "HTTP/1.1 200 OK\r\nx-pod: pod 9, real-pod 99"
                          + ESCAPE
                          + "\u0085\r\nconnection: close\r\n\r\n"
                          + events("{\"choices\":[{\"text\":\"" + escaped + "\\ud800\"}]}"));
              default -> WireServer.tokens(2);
            })) {
      ServeRun run =
          ServeRun.of(server.url(), LOAD, "--save-detailed", "--result-json", file.toString());
      assertThat(run.status()).as(run.err()).isZero();
      harmless(run.out());
      harmless(run.err());
      assertThat(run.out().lines().filter(line -> line.startsWith("Successful"))).hasSize(1);
      assertThat(run.out()).containsPattern("answered by: +pod\\?9\\?\\?real-pod\\?99[^ ,]* 3\n");
    }
    String written = Files.readString(file);
    harmless(written);
    assertThat(written.lines()).hasSize(1);
    assertThat(written).isASCII();
    JsonNode failures = new ObjectMapper().readTree(written).path("pickwick").path("failures");
    assertThat(failures.path("not understood").asInt()).isEqualTo(7);
    assertThat(failures.path("HTTP 500").asInt()).isEqualTo(4);
    assertThat(failures.path("error in the stream").asInt()).isEqualTo(3);
  }

  @Test
  void wordsOfAServerBeforeTheRunAreHarmlessToo() throws Exception {
    String name = "\\u001b[2J\\n" + FORGED + "\\n\\u202e";
    try (WireServer server =
        WireServer.start((_, head, _) ->
            head.startsWith("GET")
                ? WireServer.status(200, "{\"data\":[{\"id\":\"" + name + "\"}]}")
                : WireServer.status(404, "no " + ESCAPE + "\n" + FORGED))) {
      ServeRun run = ServeRun.of(server.url(), LOAD, "--model", "", "--ready-timeout-seconds", "0");
      assertThat(run.status()).isEqualTo(2);
      harmless(run.err());
      assertThat(run.err()).contains("does not answer a first request: HTTP 404: no ");
    }
  }

  @Test
  void aServerThatAcceptsAndSaysNothingIsGivenUp() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (WireServer server =
        WireServer.start((_, _, _) -> {
          never.await();
          return WireServer.tokens(2);
        })) {
      String words = "it has not answered within 1 s (--ready-timeout-seconds)";
      ServeRun named = ServeRun.of("s=" + server.url(), LOAD, "--ready-timeout-seconds", "1");
      assertThat(named.status()).isEqualTo(2);
      assertThat(named.err())
          .contains("The target s does not answer a first request: " + words)
          .contains("there was no answer by then. Nothing was measured.");
      ServeRun unnamed =
          ServeRun.of("s=" + server.url(), LOAD, "--model", "", "--ready-timeout-seconds", "1");
      assertThat(unnamed.status()).isEqualTo(2);
      assertThat(unnamed.err()).contains("The target s can't be reached at", words);
    }
  }

  @Test
  void aTargetThatIsSlowToComeIsWaitedForBeforeItIsAskedForItsModel() throws Exception {
    try (WireServer server =
        WireServer.start((number, head, _) ->
            number == 0
                ? WireServer.status(503, "not yet")
                : head.startsWith("GET")
                    ? WireServer.status(200, "{\"data\":[{\"id\":\"m\"}]}")
                    : WireServer.tokens(2))) {
      ServeRun run =
          ServeRun.of(server.url(), LOAD, "--model", "", "--ready-timeout-seconds", "30");
      assertThat(run.status()).as(run.err()).isZero();
    }
  }

  @Test
  void aFailureWithoutWordsIsTold() throws Exception {
    String[] events = {
      "{\"error\":{\"message\":\"\"}}",
      "{\"error\":{\"message\":{\"a\":1}}}",
      "{\"error\":{\"message\":\"\\u00a0\"}}",
      "{\"choices\":[{\"text\":\"\",\"finish_reason\":\"abort\"}]}"
    };
    Path file = directory.resolve("result.json");
    try (WireServer server =
        WireServer.start((number, _, _) ->
            number == 0
                ? WireServer.tokens(2)
                : WireServer.chunked(events(events[number % events.length])))) {
      ServeRun run =
          ServeRun.of(server.url(), LOAD, "--save-detailed", "--result-json", file.toString());
      assertThat(run.status()).isEqualTo(1);
      assertThat(run.out()).doesNotContainPattern("(?m)such as [^:]*:[\\s\u00a0]*$");
    }
    JsonNode result = new ObjectMapper().readTree(file.toFile());
    assertThat(result.path("failed").asInt()).isEqualTo(20);
    assertThat(result.path("errors")).hasSize(20).noneMatch(one -> one.asText().isBlank());
    assertThat(result.path("errors").toString()).contains("\"error in the stream\"");
  }

  @Test
  void tokensThatCantBeCountForNothingAndAreTold() throws Exception {
    String[] usages = {
      "{\"prompt_tokens\":9,\"completion_tokens\":-5}",
      "{\"prompt_tokens\":-1,\"completion_tokens\":2}",
      "{\"prompt_tokens\":1e20,\"completion_tokens\":1e20}",
      "{\"prompt_tokens\":NaN,\"completion_tokens\":Infinity}",
      "[3,4]",
      "{\"prompt_tokens\":\"9\",\"completion_tokens\":1.5}",
      "{\"prompt_tokens\":9,\"completion_tokens\":2,"
          + "\"prompt_tokens_details\":{\"cached_tokens\":10}}"
    };
    Path file = directory.resolve("result.json");
    String chunk = "data: {\"choices\":[{\"index\":0,\"text\":\" x\"}]}\n\n";
    try (WireServer server =
        WireServer.start((number, _, _) ->
            WireServer.chunked(
                chunk
                    + chunk
                    + (number == 0
                        ? ""
                        : "data: {\"choices\":[],\"usage\":"
                            + usages[(number - 1) % usages.length]
                            + "}\n\n")
                    + "data: [DONE]\n\n"))) {
      ServeRun run =
          ServeRun.of(
              server.url(),
              "random:requests=7,input=5,output=2,rate=400",
              "--save-detailed",
              "--result-json",
              file.toString());
      assertThat(run.status()).as(run.err()).isZero();
      assertThat(run.out())
          .contains("usage that can't be:", "7 answers, such as ", "it counts for nothing")
          .containsPattern("Total generated tokens: +14 ")
          .doesNotContain("prompt tokens cached");
      assertThat(Stream.of("nan", "inf", "NaN", "Infinity", "-5.00"))
          .noneMatch(run.out()::contains);
    }
    JsonNode result = new ObjectMapper().readTree(file.toFile());
    assertThat(result.path("completed").asInt()).isEqualTo(7);
    assertThat(result.path("total_output_tokens").asInt()).isEqualTo(14);
    // As told where that can be, else as the workload has them.
    assertThat(result.path("total_input_tokens").asInt()).isEqualTo(9 + 5 + 5 + 5 + 5 + 5 + 9);
    assertThat(result.path("pickwick").path("absurd_usage").asInt()).isEqualTo(7);
    assertThat(result.path("pickwick").has("cached_tokens")).isFalse();
  }
}
