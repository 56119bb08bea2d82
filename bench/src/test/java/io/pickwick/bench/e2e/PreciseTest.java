package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.bench.engine.EngineSpec;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.events.EventAccidents;
import io.pickwick.bench.events.KvEventOptions;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.process.Ports;
import io.pickwick.bench.simulate.Pod;
import io.pickwick.bench.simulate.Simulator;
import io.pickwick.bench.simulate.SimulatorOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Precise mode through a real Envoy: what Pickwick foretells is what the engines have cached. */
class PreciseTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String LISTENER = "precise";
  private static final String CHAT = "/v1/chat/completions";
  private static final String RANK = "x-data-parallel-rank";
  private static final String COMPLETIONS = "/v1/completions";
  private static final Pattern HOLDS = Pattern.compile("\\bholds (\\d+) of (\\d+)");
  private static final int PODS = 2;
  private static final EngineSpec SPEC =
      EngineSpec.LLAMA_8B_H100.withBlocks(2_000, 16).withModelLength(4_096);

  /** One answered request. */
  private record Served(String pod, int predicted, int cached, int prompt, String why) {}

  private final List<AutoCloseable> opened = new ArrayList<>();
  private Path directory = Path.of("");
  private int[] ports = {};

  @BeforeEach
  void prepare() throws IOException {
    Stage.envoyBinary();
    directory = Files.createTempDirectory("pickwick-precise");
    ports = Ports.free(6);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  /** Pods, Pickwick and Envoy, of which Pickwick can be started again. */
  private final class Stack implements AutoCloseable {
    private final Simulator simulator;
    private final List<String> flags;
    private final Envoy envoy;
    private Pickwick pickwick;

    Stack(EngineSpec spec, List<String> more) throws Exception {
      this(spec, true, more);
    }

    Stack(EngineSpec spec, boolean tokenizer, List<String> more) throws Exception {
      this(spec, tokenizer, 1, more);
    }

    Stack(EngineSpec spec, boolean tokenizer, int ranks, List<String> more) throws Exception {
      simulator =
          Simulator.start(
              SimulatorOptions.defaults()
                  .withPods(PODS)
                  .withListen("127.0.0.1", ports[5])
                  .withModel("base")
                  .withLoras(List.of("sql"))
                  .withSpeed(20)
                  .withEngine(spec)
                  .withSpread(true)
                  .withTokenizer(SimulatorOptions.TINY)
                  .withEvents(
                      KvEventOptions.OFF
                          .binding("tcp://*:" + ports[3])
                          .withReplay("tcp://*:" + ports[4])
                          .withRanks(ranks)));
      opened.add(simulator);
      flags = new ArrayList<>(more);
      flags.add("--secure-serving=false");
      flags.add("--decision-header");
      flags.add("--kv-events-port=" + ports[3]);
      if (tokenizer) {
        Path model = Files.createDirectory(directory.resolve("model"));
        flags.add("--tokenizer-path=" + Simulator.unpackModel(model));
      }
      List<String> endpoints = simulator.pods().stream().map(Pod::hostPort).toList();
      Stage.writeEndpoints(directory, endpoints);
      pickwick = pickwick();
      opened.add(this);
      envoy =
          Envoy.start(
              Stage.envoyBinary(),
              EnvoyConfig.of(
                  pickwick.address(), endpoints, Listener.named(LISTENER, Routing.OVERRIDE_HOST)),
              directory);
      opened.add(envoy);
    }

    private Pickwick pickwick() throws Exception {
      return Pickwick.start(
          Launcher.pickwick(Stage.JVM),
          directory.resolve("endpoints.yaml"),
          directory.resolve("pickwick.log"),
          ports[0],
          ports[1],
          ports[2],
          flags);
    }

    Pod pod(int index) {
      return simulator.pods().get(index);
    }

    /** How many messages each pod's ranks have published. */
    Map<String, List<Long>> messages() {
      return simulator.pods().stream().collect(Collectors.toMap(Pod::name, Pod::eventMessages));
    }

    void restartPickwick() throws Exception {
      pickwick.close();
      pickwick = pickwick();
    }

    Served serve(String path, ObjectNode body) throws Exception {
      return serve(path, body, Map.of());
    }

    Served serve(String path, ObjectNode body, Map<String, String> headers) throws Exception {
      try (RawClient client = new RawClient(envoy.port(LISTENER))) {
        HttpWire.Message response = client.post(path, body.toString(), headers);
        assertThat(response.status()).as(response.text()).isEqualTo(200);
        JsonNode usage = JSON.readTree(response.body()).path("usage");
        String why = String.valueOf(response.headers().get("x-pickwick-decision"));
        Matcher holds = HOLDS.matcher(why);
        return new Served(
            String.valueOf(response.headers().get("x-pod")),
            holds.find() ? Integer.parseInt(holds.group(1)) : 0,
            usage.at("/prompt_tokens_details/cached_tokens").asInt(),
            usage.path("prompt_tokens").asInt(),
            why);
      }
    }

    /** Asks a pod behind the picker's back. */
    void direct(Pod pod, ObjectNode body) throws Exception {
      direct(pod, 0, body);
    }

    /** Asks one of a pod's ranks behind the picker's back. */
    void direct(Pod pod, int rank, ObjectNode body) throws Exception {
      try (HttpClient http = HttpClient.newHttpClient()) {
        HttpResponse<String> response =
            http.send(
                HttpRequest.newBuilder(URI.create("http://" + pod.hostPort() + COMPLETIONS))
                    .header(RANK, Integer.toString(rank))
                    .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      }
    }

    /** Serves a request that is looked up by its tokens, with what is foretold as it comes. */
    Served exact(String path, ObjectNode body) throws Exception {
      settle();
      Served served = serve(path, body);
      assertThat(served.why()).contains("prefix precise");
      assertThat(served.predicted()).as(served.why()).isEqualTo(served.cached());
      return served;
    }

    /** Waits until every message that the pods published is applied, and each feed is believed. */
    void settle() throws Exception {
      Stage.await(
          "every message of every pod is applied",
          () -> {
            String page = pickwick.metrics();
            for (Pod pod : simulator.pods()) {
              List<Long> messages = pod.eventMessages();
              for (int rank = 0; rank < messages.size(); rank++) {
                String label = "rank=\"" + rank + "\"";
                double last = gauge(page, "pickwick_kv_feed_last_sequence", pod.name(), label);
                if (messages.get(rank) > 0
                    && (last != messages.get(rank) - 1 || !live(page, pod, label))) {
                  return false;
                }
              }
            }
            return true;
          });
    }

    @Override
    public void close() {
      pickwick.close();
    }
  }

  private static boolean live(String page, Pod pod, String rank) {
    String label = rank + ",state=\"live\"";
    return gauge(page, "pickwick_kv_feed_state", pod.name(), label) == 1;
  }

  private static double gauge(String page, String name, String pod, String label) {
    return page.lines()
        .filter(line -> line.startsWith(name + "{"))
        .filter(line -> line.contains("\"" + pod + "\"") && line.contains(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(-1);
  }

  private static ObjectNode chat(String model, List<String> turns) {
    ObjectNode body = JSON.createObjectNode().put("model", model).put("max_tokens", 20);
    ArrayNode messages = body.putArray("messages");
    for (int i = 0; i < turns.size(); i++) {
      messages
          .addObject()
          .put("role", i % 2 == 0 ? "user" : "assistant")
          .put("content", turns.get(i));
    }
    return body;
  }

  private static ObjectNode prompt(String text) {
    return JSON.createObjectNode().put("model", "base").put("prompt", text).put("max_tokens", 8);
  }

  private static String story(int number) {
    return "Story %d begins here. ".formatted(number) + Stage.words("and on it goes", 40 + number);
  }

  @Test
  void conversationsSaltsAndAdaptersAreForetoldExactly() throws Exception {
    Stack stack = new Stack(SPEC, List.of("--kv-replay-port=" + ports[4]));
    stack.serve(COMPLETIONS, prompt("Wake up, everybody."));
    for (int conversation = 0; conversation < 3; conversation++) {
      List<String> turns = new ArrayList<>();
      Set<String> pods = new HashSet<>();
      for (int turn = 0; turn < 4; turn++) {
        turns.add(story(10 * conversation + turn));
        Served served = stack.exact(CHAT, chat("base", turns));
        pods.add(served.pod());
        if (turn > 0) {
          assertThat(served.cached()).isPositive();
        }
        turns.add("It was turn %d.".formatted(turn));
      }
      assertThat(pods).hasSize(1);
    }
    for (String salt : List.of("tenant-a", "tenant-b", "tenant-a")) {
      ObjectNode body = chat("base", List.of(story(99)));
      body.put("cache_salt", salt);
      stack.exact(CHAT, body);
    }
    assertThat(stack.exact(CHAT, chat("sql", List.of(story(1)))).cached()).isZero();
    assertThat(stack.exact(CHAT, chat("sql", List.of(story(1)))).cached()).isPositive();
  }

  @Test
  void whatIsEvictedIsNotPromised() throws Exception {
    // What was just routed counts whatever is evicted meanwhile, so that is left out here.
    Stack stack =
        new Stack(
            SPEC.withBlocks(80, 16).withModelLength(1_000),
            List.of("--kv-replay-port=" + ports[4], "--speculative-ttl=0"));
    stack.serve(COMPLETIONS, prompt("Wake up, everybody."));
    Random random = new Random(7);
    int hits = 0;
    for (int i = 0; i < 40; i++) {
      hits += stack.exact(COMPLETIONS, prompt(story(random.nextInt(10)))).cached() > 0 ? 1 : 0;
    }
    assertThat(hits).isBetween(1, 39);
  }

  @Test
  void pickwickAndPodsStartAgain() throws Exception {
    Stack stack = new Stack(SPEC, List.of("--kv-replay-port=" + ports[4]));
    Served first = stack.serve(COMPLETIONS, prompt(story(1)));
    stack.settle();
    stack.restartPickwick();
    Served again = stack.exact(COMPLETIONS, prompt(story(1)));
    assertThat(again.pod()).isEqualTo(first.pod());
    assertThat(again.cached()).isPositive();
    Pod holder = stack.pod(first.pod().equals("pod-0") ? 0 : 1);
    holder.kill();
    holder.restart();
    // Nothing is promised of the cache that is gone; what comes is exact again.
    Served after = stack.serve(COMPLETIONS, prompt(story(1)));
    assertThat(after.why()).containsPattern("prefix (estimated|precise)");
    stack.direct(holder, prompt(story(2)));
    for (int i = 0; i < 3; i++) {
      stack.exact(COMPLETIONS, prompt(story(1)));
    }
  }

  @Test
  void lostMessagesAreAskedForAgain() throws Exception {
    Stack stack = new Stack(SPEC, List.of("--kv-replay-port=" + ports[4]));
    stack.serve(COMPLETIONS, prompt("Wake up, everybody."));
    stack.settle();
    stack.simulator.pods().forEach(pod -> pod.accident(EventAccidents.NONE.withDropEvery(2)));
    for (int i = 0; i < 3; i++) {
      stack.serve(COMPLETIONS, prompt(story(i)));
      stack.serve(COMPLETIONS, prompt(story(i)));
    }
    stack.simulator.pods().forEach(pod -> pod.accident(EventAccidents.NONE));
    // What was dropped last shows with the next message.
    for (Pod pod : stack.simulator.pods()) {
      stack.direct(pod, prompt(story(50)));
    }
    for (int i = 0; i < 3; i++) {
      stack.exact(COMPLETIONS, prompt(story(i)));
    }
  }

  @Test
  void aLiarChangesNobodyElse() throws Exception {
    Stack stack = new Stack(SPEC, List.of("--kv-replay-port=" + ports[4]));
    stack.serve(COMPLETIONS, prompt("Wake up, everybody."));
    Served first = stack.exact(COMPLETIONS, prompt(story(3)));
    Pod honest = stack.pod(first.pod().equals("pod-0") ? 0 : 1);
    Pod liar = stack.pod(first.pod().equals("pod-0") ? 1 : 0);
    liar.accident(EventAccidents.NONE.withTopic("kv@" + honest.hostPort() + "@base"));
    for (int i = 20; i < 24; i++) {
      stack.serve(COMPLETIONS, prompt(story(i)));
    }
    Served second = stack.serve(COMPLETIONS, prompt(story(3)));
    assertThat(second.pod()).isEqualTo(honest.name());
    assertThat(second.predicted()).isEqualTo(second.cached()).isPositive();
  }

  @Test
  void thePodsTokenizeWhereNoTokenizerIsGiven() throws Exception {
    Stack stack = new Stack(SPEC, false, List.of("--kv-replay-port=" + ports[4]));
    stack.serve(COMPLETIONS, prompt("Wake up, everybody."));
    stack.exact(CHAT, chat("base", List.of(story(5))));
    assertThat(stack.exact(CHAT, chat("base", List.of(story(5)))).cached()).isPositive();
    assertThat(stack.pickwick.metric("pickwick_tokenize_answers_total")).isEqualTo(2);
    assertThat(stack.pickwick.metric("pickwick_tokenize_kept_total")).isEqualTo(1);
    assertThat(stack.pickwick.metric("pickwick_tokenize_failures_total")).isZero();
  }

  @Test
  void theNextRoundGoesToTheRankThatHoldsTheLast() throws Exception {
    // Each rank has a port of its own for both, so the two must not be neighbours.
    ports[4] = Math.abs(ports[4] - ports[3]) > 1 ? ports[4] : ports[3] + 4;
    Stack stack =
        new Stack(SPEC, true, 2, List.of("--kv-events-ranks=2", "--kv-replay-port=" + ports[4]));
    for (Pod pod : stack.simulator.pods()) {
      for (int rank = 0; rank < 2; rank++) {
        stack.direct(pod, rank, prompt("Wake up, everybody."));
      }
    }
    Set<Integer> ranks = new HashSet<>();
    for (int conversation = 0; conversation < 3; conversation++) {
      stack.settle();
      Map<String, List<Long>> before = stack.messages();
      // Nothing in common with the others, not even a first block, so any rank may be the first.
      String text = "%d is the number. ".formatted(conversation).repeat(20);
      Served first = stack.exact(COMPLETIONS, prompt(text));
      assertThat(first.cached()).isZero();
      Pod holder = stack.pod(first.pod().equals("pod-0") ? 0 : 1);
      Stage.await("its events came", () -> !stack.messages().equals(before));
      List<Long> counts = before.getOrDefault(holder.name(), List.of());
      int rank = holder.eventMessages().getFirst().equals(counts.getFirst()) ? 1 : 0;
      ranks.add(rank);
      Served second = stack.exact(COMPLETIONS, prompt(text + story(conversation)));
      assertThat(second.pod()).isEqualTo(first.pod());
      assertThat(second.cached()).isPositive();
      assertThat(holder.requests().getLast().header(RANK)).isEqualTo(Integer.toString(rank));
      String other = Integer.toString(1 - rank);
      Served wanted = stack.serve(COMPLETIONS, prompt(text), Map.of(RANK, other));
      assertThat(wanted.pod()).isEqualTo(first.pod());
      assertThat(holder.requests().getLast().header(RANK)).as("what was asked").isEqualTo(other);
    }
    assertThat(ranks).as("of three first rounds two had the same pod").hasSize(2);
  }

  @Test
  void aFeedThatLostMessagesFallsBackForItsEndpointOnly() throws Exception {
    Stack stack = new Stack(SPEC, List.of("--kv-replay-port=0"));
    for (int i = 0; i < 6; i++) {
      stack.serve(COMPLETIONS, prompt(story(i)));
    }
    Pod lossy = stack.pod(0);
    lossy.accident(EventAccidents.NONE.withDropEvery(2));
    Set<String> modes = new HashSet<>();
    for (int i = 6; i < 30; i++) {
      Served served = stack.serve(COMPLETIONS, prompt(story(i)));
      if (served.why().contains("prefix precise")) {
        assertThat(served.predicted()).as(served.why()).isLessThanOrEqualTo(served.cached());
      }
      modes.add(served.pod() + (served.why().contains("prefix estimated") ? " estimated" : ""));
    }
    assertThat(modes).contains("pod-0 estimated", "pod-1");
  }
}
