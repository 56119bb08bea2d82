package io.pickwick.bench.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.events.EngineVersion;
import io.pickwick.bench.events.EventAccidents;
import io.pickwick.bench.events.KvEventOptions;
import io.pickwick.bench.process.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Pods that hash, tokenize and publish as vLLM does, over HTTP. */
class PodEventsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final SimulatorOptions OPTIONS =
      SimulatorOptions.defaults()
          .withPods(1)
          .withModel("tiny")
          .withSpeed(50)
          .withTokenizer(SimulatorOptions.TINY)
          .withAccidentsOverHttp(true)
          .withEngine(EngineSpec.LLAMA_8B_H100.withModelLength(1024));

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Simulator> started = new ArrayList<>();

  @AfterEach
  void stop() {
    started.forEach(Simulator::close);
    client.close();
  }

  private Pod pod(SimulatorOptions options) throws IOException {
    Simulator simulator = Simulator.start(options);
    started.add(simulator);
    return simulator.pods().getFirst();
  }

  private HttpResponse<String> post(Pod pod, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + pod.hostPort() + path))
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private String get(Pod pod, String path) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create("http://" + pod.hostPort() + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private JsonNode tokenize(Pod pod, String body) throws Exception {
    return JSON.readTree(post(pod, "/tokenize", body).body());
  }

  private int cached(Pod pod, String body, String... headers) throws Exception {
    post(pod, "/v1/completions", body, headers);
    return pod.requests().getLast().cachedTokens();
  }

  private static KvEventOptions binding() {
    return KvEventOptions.OFF.binding("tcp://*:0").withReplay("tcp://*:0");
  }

  /** The texts and chats that a real server was sent, and the token ids that it told. */
  @Test
  void promptsBecomeTheTokensOfTheRealServer() throws Exception {
    Pod pod = pod(OPTIONS);
    List<String> lines;
    try (InputStream in = PodEventsTest.class.getResourceAsStream("/vllm/prompts.jsonl")) {
      assertThat(in).isNotNull();
      lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    assertThat(lines).hasSize(6);
    for (String line : lines) {
      JsonNode captured = JSON.readTree(line);
      JsonNode told = tokenize(pod, captured.path("body").toString());
      assertThat(told.path("tokens"))
          .as(captured.path("step").asText())
          .isEqualTo(captured.path("tokens"));
      assertThat(told.path("count").asInt()).isEqualTo(captured.path("tokens").size());
      assertThat(told.path("max_model_len").asInt()).isEqualTo(1024);
    }
  }

  @Test
  void tokensAndTextComeAndGo() throws Exception {
    Pod pod = pod(OPTIONS);
    JsonNode told =
        tokenize(pod, "{\"prompt\":\"Hello <|im_end|> wörld\",\"return_token_strs\":true}");
    assertThat(told.path("tokens").toString()).isEqualTo("[42,619,368,223,2,322,130,117,84,1116]");
    assertThat(told.path("token_strs")).hasSize(10);
    assertThat(post(pod, "/detokenize", "{\"tokens\":[42,619,368]}").body())
        .isEqualTo("{\"prompt\":\"Hello\"}");
    assertThat(tokenize(pod, "{\"prompt\":\"Hello\"}").path("token_strs").isNull()).isTrue();
    String chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]%s}";
    int with = tokenize(pod, chat.formatted("")).path("count").asInt();
    int without =
        tokenize(pod, chat.formatted(",\"add_generation_prompt\":false")).path("count").asInt();
    assertThat(with).isGreaterThan(without);
    assertThat(post(pod, "/tokenize", "{\"model\":\"nope\",\"prompt\":\"x\"}").statusCode())
        .isEqualTo(404);
  }

  @Test
  void anAnswerThatComesBackAsAMessageIsFoundInTheCache() throws Exception {
    Pod pod = pod(OPTIONS.withEvents(binding()));
    String question =
        "{\"role\":\"user\",\"content\":\"" + "Tell me more of it. ".repeat(20) + "\"}";
    String first = "{\"messages\":[" + question + "],\"max_tokens\":64}";
    JsonNode answer = JSON.readTree(post(pod, "/v1/chat/completions", first).body());
    String said = answer.at("/choices/0/message/content").asText();
    int prompt = answer.at("/usage/prompt_tokens").asInt();
    assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(64);
    String second =
        "{\"messages\":[%s,{\"role\":\"assistant\",\"content\":%s},%s],\"max_tokens\":1}"
            .formatted(question, JSON.writeValueAsString(said), question);
    JsonNode next = JSON.readTree(post(pod, "/v1/chat/completions", second).body());
    assertThat(next.at("/usage/prompt_tokens_details/cached_tokens").asInt())
        .isEqualTo((prompt + 63) / 16 * 16);
  }

  @Test
  void aResetEmptiesTheCacheUnlessItIsInUse() throws Exception {
    Pod pod = pod(OPTIONS.withEvents(binding()));
    String body = "{\"prompt\":\"%s\",\"max_tokens\":1}".formatted("word ".repeat(100));
    cached(pod, body);
    assertThat(cached(pod, body)).isPositive();
    assertThat(post(pod, "/reset_prefix_cache", "").body()).isEqualTo("{\"success\":true}");
    assertThat(pod.eventMessages()).isEqualTo(List.of(pod.eventMessages().getFirst()));
    assertThat(cached(pod, body)).isZero();
  }

  @Test
  void logprobsOfThePromptReadNoCache() throws Exception {
    Pod pod = pod(OPTIONS.withEvents(binding()));
    String body = "{\"prompt\":\"%s\",\"max_tokens\":1%s}";
    String words = "word ".repeat(100);
    cached(pod, body.formatted(words, ""));
    assertThat(cached(pod, body.formatted(words, ",\"prompt_logprobs\":0"))).isZero();
    assertThat(cached(pod, body.formatted(words, ""))).isPositive();
  }

  @Test
  void theVersionAndTheHashAreTold() throws Exception {
    Pod pod =
        pod(
            OPTIONS.withEvents(
                binding()
                    .withVersion(EngineVersion.parse("0.22.1"))
                    .withHashing("sha256_cbor", "0", false)));
    assertThat(get(pod, "/version")).isEqualTo("{\"version\":\"0.22.1\"}");
    assertThat(get(pod, "/kv_event_sources")).isEqualTo("{\"detail\":\"Not Found\"}");
    assertThat(get(pod, "/metrics"))
        .contains("prefix_caching_hash_algo=\"sha256_cbor\"", "block_size=\"16\"");
  }

  @Test
  void eachRankHasACacheAndEventsOfItsOwn() throws Exception {
    Pod pod = pod(OPTIONS.withEvents(binding().withRanks(2)));
    String body = "{\"prompt\":\"%s\",\"max_tokens\":1}".formatted("word ".repeat(100));
    String rank = "x-data-parallel-rank";
    assertThat(cached(pod, body, rank, "1")).isZero();
    assertThat(cached(pod, body, rank, "1")).isPositive();
    assertThat(cached(pod, body, rank, "0")).isZero();
    assertThat(cached(pod, body, rank, "x")).as("a rank that is none").isPositive();
    HttpResponse<String> beyond = post(pod, "/v1/completions", body, rank, "7");
    assertThat(beyond.statusCode()).isEqualTo(400);
    assertThat(beyond.body()).contains("data_parallel_rank 7 is out of range [0, 2).");
    assertThat(pod.eventMessages()).containsExactly(1L, 1L);
    JsonNode sources = JSON.readTree(get(pod, "/kv_event_sources"));
    assertThat(sources.at("/0/endpoint").asText()).isEqualTo(pod.eventEndpoints().get(0));
    assertThat(sources.at("/1/replay_endpoint").asText()).isEqualTo(pod.replayEndpoints().get(1));
    assertThat(sources.at("/1/topic").asText()).isEqualTo("kv@" + pod.hostPort() + "@tiny");
    String page = get(pod, "/metrics");
    assertThat(page)
        .contains(
            "vllm:prompt_tokens_total{engine=\"0\",model_name=\"tiny\"} ",
            "vllm:prompt_tokens_total{engine=\"1\",model_name=\"tiny\"} ");
    assertThat(page.lines().filter(line -> line.contains("engine=\"1\"")).count())
        .isEqualTo(page.lines().filter(line -> line.contains("engine=\"0\"")).count());
  }

  @Test
  void podsWithAddressesOfTheirOwnShareTheirPorts() throws Exception {
    int[] ports = Ports.free(3);
    Simulator simulator =
        Simulator.start(
            OPTIONS
                .withPods(2)
                .withListen("127.0.0.1", ports[2])
                .withSpread(true)
                .withEvents(
                    KvEventOptions.OFF
                        .binding("tcp://*:" + ports[0])
                        .withReplay("tcp://*:" + ports[1])));
    started.add(simulator);
    Pod second = simulator.pods().get(1);
    assertThat(second.hostPort()).isEqualTo("127.0.0.2:" + ports[2]);
    assertThat(second.eventEndpoints()).containsExactly("tcp://127.0.0.2:" + ports[0]);
    assertThat(second.replayEndpoints()).containsExactly("tcp://127.0.0.2:" + ports[1]);
    assertThat(get(second, "/health")).isEmpty();
    assertThatThrownBy(() -> OPTIONS.withSpread(true).withListen("10.0.0.1", 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void accidentsOfEventsAreOrderedOverHttp() throws Exception {
    Pod pod = pod(OPTIONS.withEvents(binding()));
    assertThat(
            post(pod, "/accident", "{\"events\":{\"drop_every\":2,\"replay\":\"silent\"}}").body())
        .isEqualTo("{}");
    assertThat(post(pod, "/accident", "{\"events\":{\"drop\":2}}").statusCode()).isEqualTo(400);
    assertThat(post(pod, "/accident", "{\"events\":{\"drop_every\":-2}}").statusCode())
        .isEqualTo(400);
    pod.accident(EventAccidents.NONE);
    String body = "{\"prompt\":\"%s\",\"max_tokens\":1}".formatted("word ".repeat(100));
    cached(pod, body);
    assertThatThrownBy(() -> post(pod, "/accident", "{\"restart\":true}"))
        .isInstanceOf(IOException.class);
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!pod.alive() || !pod.eventMessages().equals(List.of(0L))) {
      assertThat(System.nanoTime()).as("the deadline").isLessThan(deadline);
      LockSupport.parkNanos(1_000_000);
    }
    assertThat(cached(pod, body)).isZero();
  }

  @Test
  void aDirectoryWithoutATokenizerIsTold(@TempDir Path directory) {
    assertThatThrownBy(() -> pod(OPTIONS.withTokenizer(directory.toString())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tokenizer.json");
  }

  @Test
  void theBundledModelIsWrittenWhereItIsWanted(@TempDir Path directory) throws Exception {
    Simulator.unpackModel(directory);
    assertThat(Files.size(directory.resolve("tokenizer.json"))).isGreaterThan(100_000);
    assertThat(directory.resolve("chat_template.jinja")).exists();
  }

  @Test
  void theCommandLineSaysAllOfIt() {
    SimulateCommand command = new SimulateCommand();
    new CommandLine(command)
        .parseArgs(
            "--kv-events=connect",
            "--kv-events-endpoint=tcp://10.0.0.9:5557",
            "--replay=tcp://*:5558",
            "--engine-version=0.22.1",
            "--hash-algorithm=sha256_cbor",
            "--hash-seed=42",
            "--block-size=64",
            "--topic=kv@{address}@{model}",
            "--data-parallel-size=2",
            "--event-accident=drop_every=3");
    KvEventOptions events = command.options().events();
    assertThat(events.direction()).isEqualTo(KvEventOptions.Direction.CONNECT);
    assertThat(events.endpoint()).isEqualTo("tcp://10.0.0.9:5557");
    assertThat(events.replay()).isEqualTo("tcp://*:5558");
    assertThat(events.version()).hasToString("0.22.1");
    assertThat(events.hashAlgorithm()).isEqualTo("sha256_cbor");
    assertThat(events.hashSeed()).isEqualTo("42");
    assertThat(events.topic()).isEqualTo("kv@{address}@{model}");
    assertThat(events.ranks()).isEqualTo(2);
    assertThat(command.options().engine().blockSize()).isEqualTo(64);
    SimulateCommand wrong = new SimulateCommand();
    new CommandLine(wrong).parseArgs("--kv-events=sometimes");
    assertThatThrownBy(wrong::options).hasMessageContaining("bind, connect or off");
  }
}
