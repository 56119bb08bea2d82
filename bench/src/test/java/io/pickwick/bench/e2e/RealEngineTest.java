package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.process.Ports;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The whole road before two real vLLM engines with the default hash algorithm: for every request,
 * the tokens that the picker says its pick holds are the cached tokens that the engine reports.
 *
 * <p>The caches are small, so that blocks are evicted all the time. Requests follow each other, and
 * the next is sent when the events of the last have come: what engines do while an event is on its
 * way nobody can know. See {@code deploy/vllm/README.md} for how it is run.
 */
@Tag("vllm")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RealEngineTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BLOCK = 32;
  private static final String CHAT = "/v1/chat/completions";
  private static final String COMPLETIONS = "/v1/completions";
  private static final Pattern HOLDS = Pattern.compile("holds (none|\\d+) of (\\d+) tokens");
  private static final Duration QUIET = Duration.ofMillis(500);

  private static final String SCHEDULING =
      """
      apiVersion: llm-d.ai/v1alpha1
      kind: EndpointPickerConfig
      plugins:
      - type: expected-ttft-scorer
      - type: max-score-picker
        parameters: { maxNumOfEndpoints: 1, tieBreak: fewest-active }
      schedulingProfiles:
      - name: default
        plugins:
        - pluginRef: expected-ttft-scorer
        - pluginRef: max-score-picker
      """;

  /**
   * A request as it was foretold and as it went.
   *
   * @param miscounted by how many tokens the prompt is longer than foretold
   */
  private record Outcome(
      String kind, String pod, int foretold, int cached, int miscounted, String why) {
    boolean right() {
      return foretold == cached;
    }
  }

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<VllmEngine> engines = new ArrayList<>();
  private final List<AutoCloseable> started = new ArrayList<>();
  private Path directory = Path.of("");
  private int[] ports = new int[0];
  private int replayPort;
  private List<String> endpoints = List.of();
  private @Nullable Pickwick pickwick;
  private @Nullable Envoy envoy;

  @BeforeAll
  void start() throws Exception {
    Path binary = Stage.envoyBinary();
    directory = Files.createTempDirectory("pickwick-vllm");
    ports = Ports.free(5);
    replayPort = ports[4];
    for (String address : List.of("127.0.0.2", "127.0.0.3")) {
      VllmEngine engine = VllmEngine.start(address, ports[3], replayPort, directory);
      engines.add(engine);
      started.add(engine);
    }
    for (VllmEngine engine : engines) {
      engine.awaitReady();
    }
    endpoints = engines.stream().map(VllmEngine::hostPort).toList();
    startPickwick("--tokenizer=local", "--tokenizer-path=" + VllmEngine.models().resolve("tiny"));
    envoy =
        Envoy.start(
            binary,
            EnvoyConfig.of(
                picker().address(), endpoints, Listener.named("vllm", Routing.OVERRIDE_HOST)),
            directory);
    started.add(envoy);
  }

  private void startPickwick(String... tokenizer) throws Exception {
    List<String> flags = new ArrayList<>();
    flags.add("--secure-serving=false");
    flags.add("--decision-header");
    flags.add("--config-text=" + SCHEDULING);
    flags.add("--prefix-mode=tracking");
    flags.add("--kv-events-endpoint=tcp://*:" + ports[3]);
    flags.add("--kv-replay-port=" + replayPort);
    flags.add("--speculative-ttl=0s");
    flags.addAll(List.of(tokenizer));
    pickwick =
        Pickwick.start(
            Launcher.pickwick("-XX:+UseSerialGC", "-Xmx512m"),
            Stage.writeEndpoints(directory, endpoints),
            directory.resolve("pickwick.log"),
            ports[0],
            ports[1],
            ports[2],
            flags);
  }

  private Pickwick picker() {
    return Objects.requireNonNull(pickwick);
  }

  @AfterAll
  void stop() throws Exception {
    if (pickwick != null) {
      pickwick.close();
    }
    for (AutoCloseable part : started.reversed()) {
      part.close();
    }
    http.shutdownNow();
    http.close();
  }

  @Test
  @Order(1)
  void foretellsEveryRequest() throws Exception {
    for (VllmEngine engine : engines) {
      engine.complete("{\"model\":\"tiny\",\"prompt\":\"Good morning.\",\"max_tokens\":40}");
    }
    awaitLive();
    List<Outcome> outcomes = run(new Workload(1), 140);
    check(outcomes);
    Map<String, Integer> hits = new TreeMap<>();
    outcomes.forEach(outcome -> hits.merge(outcome.kind, outcome.cached, Integer::sum));
    assertThat(hits).as("cached tokens by kind of request").hasSizeGreaterThanOrEqualTo(5);
    assertThat(hits.values()).as("%s", hits).allMatch(tokens -> tokens > 0);
    assertThat(outcomes.stream().map(Outcome::pod).distinct()).hasSize(2);
    assertThat(picker().metric("pickwick_kv_removed_blocks_total")).isGreaterThan(100);
  }

  /** A new picker asks the engines for what was published before its time. */
  @Test
  @Order(2)
  void foretellsEveryRequestAfterARestart() throws Exception {
    List<Outcome> before = run(new Workload(2), 10);
    picker().close();
    startPickwick("--tokenizer=endpoint");
    awaitLive();
    List<Outcome> after = run(new Workload(2), 60);
    check(before);
    check(after);
    assertThat(after.stream().limit(10).mapToInt(Outcome::cached).sum())
        .as("what the first requests find again")
        .isGreaterThan(0);
  }

  private void awaitLive() throws Exception {
    Stage.await(
        "both engines' feeds are live",
        () ->
            picker()
                    .metrics()
                    .lines()
                    .filter(line -> line.startsWith("pickwick_kv_feed_state{"))
                    .filter(line -> line.contains("state=\"live\"") && line.endsWith(" 1.0"))
                    .count()
                == engines.size());
    settle();
  }

  /** Waits until no more events come. */
  private void settle() throws Exception {
    double seen = -1;
    long since = System.nanoTime();
    while (System.nanoTime() - since < QUIET.toNanos()) {
      double now = picker().metric("pickwick_kv_messages_total");
      if (now != seen) {
        seen = now;
        since = System.nanoTime();
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  private List<Outcome> run(Workload workload, int requests) throws Exception {
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < requests; i++) {
      Asked asked = workload.next();
      outcomes.add(send(asked));
      settle();
    }
    return outcomes;
  }

  private Outcome send(Asked asked) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(Objects.requireNonNull(envoy).uri("vllm", asked.path))
            .header("content-type", "application/json")
            .timeout(Duration.ofMinutes(2))
            .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(asked.body)))
            .build();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as("%s", response.body()).isEqualTo(200);
    String why = response.headers().firstValue("x-pickwick-decision").orElse("");
    Matcher holds = HOLDS.matcher(why);
    assertThat(holds.find()).as("a reason with tokens: %s", why).isTrue();
    JsonNode reply = JSON.readTree(response.body());
    asked.answered(reply);
    JsonNode usage = reply.get("usage");
    return new Outcome(
        asked.kind,
        why.substring(0, why.indexOf(';')),
        holds.group(1).equals("none") ? 0 : Integer.parseInt(holds.group(1)),
        usage.path("prompt_tokens_details").path("cached_tokens").asInt(),
        usage.get("prompt_tokens").asInt() - Integer.parseInt(holds.group(2)),
        why);
  }

  private static void check(List<Outcome> outcomes) {
    System.out.printf(
        "%d requests, %d cached tokens, %d foretold exactly%n",
        outcomes.size(),
        outcomes.stream().mapToInt(Outcome::cached).sum(),
        outcomes.stream().filter(Outcome::right).count());
    assertThat(outcomes.stream().filter(outcome -> !outcome.right() || outcome.miscounted != 0))
        .as(
            "requests whose cached tokens, or prompt length, were foretold wrongly, of %d",
            outcomes.size())
        .isEmpty();
  }

  /** A request, and what is done with its answer. */
  private record Asked(String kind, String path, ObjectNode body, Consumer<JsonNode> then) {
    void answered(JsonNode reply) {
      then.accept(reply);
    }
  }

  /** Conversations, salts, an adapter and prompts of token ids, more than the caches can hold. */
  private static final class Workload {
    private static final List<String> QUESTIONS =
        List.of(
            "Hello, where is my order? I bought two bags of green tea on Monday.",
            "Thank you. Can I still change the address?",
            "Then please tell me the name of the carrier and the number of the parcel.",
            "And how should I brew it?",
            "What is the difference between the first and the second flush?");

    private final Random random;
    private final Map<String, ArrayNode> conversations = new TreeMap<>();

    Workload(long seed) {
      this.random = new Random(seed);
    }

    Asked next() {
      return switch (random.nextInt(8)) {
        case 0, 1 -> chat("conversation", "tiny", "", random.nextInt(4));
        case 2 -> chat("salted", "tiny", "tenant-" + random.nextInt(2), 0);
        case 3 -> chat("adapted", "sql-lora", "", 0);
        case 4 -> chat("adapted and salted", "sql-lora", "tenant-0", 0);
        case 5 -> text();
        default -> ids();
      };
    }

    private Asked chat(String kind, String model, String salt, int which) {
      ArrayNode messages =
          conversations.computeIfAbsent(
              kind + which + salt,
              key -> {
                ArrayNode fresh = JSON.createArrayNode();
                message(
                    fresh,
                    "system",
                    "You are assistant number %d of a small shop that sells tea and coffee. Answer briefly."
                        .formatted(which));
                return fresh;
              });
      if (messages.size() >= 2 * QUESTIONS.size()) {
        while (messages.size() > 1) {
          messages.remove(messages.size() - 1);
        }
      }
      message(messages, "user", QUESTIONS.get(messages.size() / 2));
      ObjectNode body = body(model, salt, 20);
      body.set("messages", messages.deepCopy());
      return new Asked(
          kind,
          CHAT,
          body,
          reply ->
              message(messages, "assistant", reply.at("/choices/0/message/content").asText("")));
    }

    private static void message(ArrayNode messages, String role, String content) {
      messages.addObject().put("role", role).put("content", content);
    }

    private Asked text() {
      ObjectNode body = body("tiny", "", 4);
      body.put(
          "prompt",
          "The quick brown fox jumps over the lazy dog. ".repeat(2 + 3 * random.nextInt(3)));
      return new Asked("text", COMPLETIONS, body, reply -> {});
    }

    /** Token ids, often of whole blocks, of which the last is always computed anew. */
    private Asked ids() {
      ObjectNode body = body("tiny", "", 1 + random.nextInt(40));
      ArrayNode prompt = body.putArray("prompt");
      int first = 3 + 100 * random.nextInt(3);
      int length = BLOCK * (2 + random.nextInt(4)) + (random.nextBoolean() ? 0 : 5);
      for (int i = 0; i < length; i++) {
        prompt.add(first + i);
      }
      return new Asked("token ids", COMPLETIONS, body, reply -> {});
    }

    private static ObjectNode body(String model, String salt, int tokens) {
      ObjectNode body = JSON.createObjectNode();
      body.put("model", model);
      body.put("max_tokens", tokens);
      body.put("temperature", 0);
      body.put("ignore_eos", true);
      if (!salt.isEmpty()) {
        body.put("cache_salt", salt);
      }
      return body;
    }
  }
}
