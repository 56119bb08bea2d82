package io.pickwick.bench.simulate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.bench.engine.EngineRequest;
import io.pickwick.bench.events.EventAccidents;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.ZContext;

/** One simulated vLLM pod: an HTTP server before an engine. */
public final class Pod {
  private static final Logger LOG = LoggerFactory.getLogger(Pod.class);
  private static final String JSON = "application/json";
  private static final String METRICS = "text/plain; version=1.0.0; charset=utf-8";
  private static final Set<String> POST =
      Set.of(
          "/v1/completions",
          "/v1/chat/completions",
          "/v1/embeddings",
          "/tokenize",
          "/detokenize",
          "/reset_prefix_cache");
  private static final Set<String> GET =
      Set.of(
          "/v1/models", "/metrics", "/health", "/ping", "/version", "/load", "/kv_event_sources");
  private static final int EMBEDDING = 8;

  /** What lives from one start to the next kill. */
  private record Life(HttpServer server, Ranks ranks) {}

  private final String name;
  private final int index;
  private final SimulatorOptions options;
  private final MetricsTemplate template;
  private final PodTokens tokens;
  private final ZContext context;
  private final InstantSource clock;
  private final RequestLog log = new RequestLog();
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicInteger serving = new AtomicInteger();
  private final long created;
  private final int port;
  private volatile Accidents accidents = Accidents.NONE;
  private volatile boolean alive;
  private Life life;

  private Pod(
      int index,
      int port,
      SimulatorOptions options,
      MetricsTemplate template,
      PodTokens tokens,
      ZContext context,
      InstantSource clock)
      throws IOException {
    this.name = "pod-" + index;
    this.index = index;
    this.options = options;
    this.template = template;
    this.tokens = tokens;
    this.context = context;
    this.clock = clock;
    this.created = clock.millis() / 1000;
    this.life = live(port);
    this.port = life.server.port();
    this.alive = true;
  }

  static Pod start(
      int index,
      int port,
      SimulatorOptions options,
      MetricsTemplate template,
      PodTokens tokens,
      ZContext context,
      InstantSource clock)
      throws IOException {
    return new Pod(index, port, options, template, tokens, context, clock);
  }

  /** Its name, as in the response header {@code x-pod}. */
  public String name() {
    return name;
  }

  /** The address it listens on. */
  public String address() {
    return options.addressOf(index);
  }

  /** The port it listens on; it keeps it over a restart. */
  public int port() {
    return port;
  }

  /** Address and port, an IPv6 address in brackets. */
  public String hostPort() {
    String address = address();
    return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + port;
  }

  /** The inference requests so far, oldest first; only the latest ten thousand are kept. */
  public List<ReceivedRequest> requests() {
    return log.snapshot();
  }

  /** Forgets the requests so far. */
  public void clearRequests() {
    log.clear();
  }

  /** How many requests run in the engine now. */
  public int running() {
    return present().ranks.running();
  }

  /** How many requests wait for the engine now. */
  public int waiting() {
    return present().ranks.waiting();
  }

  /** The share of the KV blocks in use, from 0 to 1. */
  public double kvUsage() {
    return present().ranks.usage();
  }

  /** Whether it runs. */
  public boolean alive() {
    return alive;
  }

  /** Makes things go wrong from now on; {@link Accidents#NONE} heals. */
  public void accident(Accidents what) {
    taken.set(0);
    accidents = what;
  }

  /** Makes things go wrong with its KV events until its next start. */
  public void accident(EventAccidents what) {
    present().ranks.accident(what);
  }

  /** Where each of its ranks publishes KV events; empty when it does not. */
  public List<String> eventEndpoints() {
    return present().ranks.eventEndpoints();
  }

  /** How many messages of KV events each of its ranks has published since its start. */
  public List<Long> eventMessages() {
    return present().ranks.eventMessages();
  }

  /** Where each of its ranks answers requests for replays; an empty text for no answer. */
  public List<String> replayEndpoints() {
    return present().ranks.replayEndpoints();
  }

  /** Ends it as a crash would: every connection is reset, nobody listens, the cache is lost. */
  public synchronized void kill() {
    alive = false;
    life.server.close();
    life.ranks.close();
  }

  /** Starts it again on its port with an empty cache; nothing happens when it runs. */
  public synchronized void restart() throws IOException {
    if (!alive) {
      life = live(port);
      alive = true;
    }
  }

  private synchronized Life present() {
    return life;
  }

  private Life live(int wanted) throws IOException {
    // The events' topic has the port, which the system may choose; requests wait for the engines.
    CompletableFuture<Ranks> started = new CompletableFuture<>();
    HttpServer server =
        HttpServer.start(
            address(), wanted, (request, exchange) -> handle(request, exchange, started.join()));
    try {
      Ranks ranks = Ranks.start(name, index, server.port(), options, template, context, clock);
      started.complete(ranks);
      return new Life(server, ranks);
    } catch (IOException | RuntimeException e) {
      started.completeExceptionally(e);
      server.close();
      throw e;
    }
  }

  private void handle(HttpRequest request, HttpExchange exchange, Ranks ranks)
      throws IOException, InterruptedException {
    String path = request.path();
    boolean accident = options.accidentsOverHttp() && path.equals("/accident");
    boolean unknown =
        path.equals("/kv_event_sources") && !options.events().version().tellsEventSources();
    if (unknown || (!accident && !POST.contains(path) && !GET.contains(path))) {
      answer(exchange, 404, "{\"detail\":\"Not Found\"}");
      return;
    }
    String method = POST.contains(path) || accident ? "POST" : "GET";
    if (!request.method().equals(method)) {
      exchange.respond(
          405,
          JSON,
          "{\"detail\":\"Method Not Allowed\"}".getBytes(StandardCharsets.UTF_8),
          headers(Map.of("allow", method)));
      return;
    }
    try {
      switch (path) {
        case "/v1/completions", "/v1/chat/completions", "/v1/embeddings" ->
            inference(request, exchange, ranks);
        case "/metrics" -> metrics(exchange, ranks);
        case "/health", "/ping" -> exchange.respond(200, "", new byte[0], headers(Map.of()));
        case "/version" ->
            answer(exchange, 200, "{\"version\":\"" + options.events().version() + "\"}");
        case "/load" -> answer(exchange, 200, "{\"server_load\":" + serving.get() + "}");
        case "/v1/models" -> answer(exchange, 200, models());
        case "/tokenize" -> answer(exchange, 200, tokenize(request));
        case "/detokenize" -> answer(exchange, 200, detokenize(request));
        case "/reset_prefix_cache" ->
            answer(exchange, 200, "{\"success\":" + ranks.resetCaches() + "}");
        case "/kv_event_sources" -> answer(exchange, 200, ranks.eventSources());
        default -> accident(exchange, InferenceRequest.object(request.body()));
      }
    } catch (ApiException e) {
      refuse(exchange, e);
    }
  }

  private void inference(HttpRequest request, HttpExchange exchange, Ranks ranks)
      throws IOException, InterruptedException, ApiException {
    Accidents now = accidents;
    RequestLog.Entry entry = log.add(request);
    int count = taken.incrementAndGet();
    if (now.dieAfter() >= 0 && count > now.dieAfter()) {
      kill();
      return;
    }
    serving.incrementAndGet();
    try {
      if (now.hang()) {
        CountDownLatch gone = new CountDownLatch(1);
        exchange.onAbort(gone::countDown);
        gone.await();
        entry.finished("abort");
        return;
      }
      if (now.failRate() > 0 && ThreadLocalRandom.current().nextDouble() < now.failRate()) {
        throw new ApiException(500, "InternalServerError", "", "An accident, as ordered.");
      }
      if (request.path().equals("/v1/embeddings")) {
        answer(exchange, 200, embedding(request, entry));
        entry.status(200);
        entry.finished("answered");
      } else {
        generate(request, exchange, ranks, entry, now);
      }
    } catch (ApiException e) {
      entry.status(e.status());
      entry.finished("answered");
      throw e;
    } finally {
      serving.decrementAndGet();
    }
  }

  private void generate(
      HttpRequest request,
      HttpExchange exchange,
      Ranks ranks,
      RequestLog.Entry entry,
      Accidents now)
      throws IOException, InterruptedException, ApiException {
    boolean chat = request.path().equals("/v1/chat/completions");
    EngineLoop loop = ranks.choose(request.header("x-data-parallel-rank"));
    InferenceRequest asked = InferenceRequest.parse(request.body(), chat, options, tokens);
    if (!asked.model().equals(options.model()) && options.engine().maxLoras() == 0) {
      throw new ApiException(400, "BadRequestError", "model", "There is no slot for adapters.");
    }
    entry.admitted(asked.promptTokens());
    Generation generation = new Generation(asked.choices());
    Answers answers = new Answers(asked, id(request), clock.millis() / 1000);
    exchange.onAbort(() -> {
      loop.abort(generation);
      generation.gone();
    });
    loop.submit(generation);
    try {
      String how =
          asked.stream()
              ? stream(exchange, generation, answers, asked, entry, now)
              : whole(exchange, generation, answers, entry, now);
      entry.finished(how);
      if (how.equals("abort")) {
        exchange.tear();
      }
    } catch (IOException e) {
      entry.finished("abort");
      throw e;
    } finally {
      // Whatever went wrong above, nothing stays in the engine; what has ended is left alone.
      loop.abort(generation);
    }
  }

  private String stream(
      HttpExchange exchange,
      Generation generation,
      Answers answers,
      InferenceRequest asked,
      RequestLog.Entry entry,
      Accidents now)
      throws IOException, InterruptedException {
    int open = generation.choices().size();
    boolean[] begun = new boolean[open];
    String how = "";
    for (int sent = 0; open > 0; sent++) {
      Generation.Piece piece = generation.next();
      if (piece.choice() < 0 || sent == now.closeAfterTokens()) {
        return "abort";
      }
      if (!exchange.started()) {
        exchange.begin(200, "text/event-stream; charset=utf-8", headers(Map.of()));
        entry.status(200);
      }
      if (asked.chat() && !begun[piece.choice()]) {
        begun[piece.choice()] = true;
        exchange.write(answers.role(piece.choice()));
      }
      answers.count(piece.cachedTokens());
      entry.token(piece.cachedTokens());
      String reason = reason(piece.state());
      if (!reason.isEmpty()) {
        how = reason;
        open--;
      }
      exchange.write(answers.token(piece.choice(), tokens.text(piece.token()), reason, open == 0));
    }
    if (asked.includeUsage()) {
      exchange.write(answers.usageChunk());
    }
    // Before the last bytes go out: whoever has read them finds the log complete.
    entry.finished(how);
    exchange.write(Answers.done());
    exchange.end();
    return how;
  }

  private String whole(
      HttpExchange exchange,
      Generation generation,
      Answers answers,
      RequestLog.Entry entry,
      Accidents now)
      throws IOException, InterruptedException {
    int open = generation.choices().size();
    StringBuilder[] texts = new StringBuilder[open];
    Arrays.setAll(texts, i -> new StringBuilder());
    String[] reasons = new String[open];
    String how = "";
    for (int got = 0; open > 0; got++) {
      Generation.Piece piece = generation.next();
      if (piece.choice() < 0 || got == now.closeAfterTokens()) {
        return "abort";
      }
      answers.count(piece.cachedTokens());
      entry.token(piece.cachedTokens());
      texts[piece.choice()].append(tokens.text(piece.token()));
      reasons[piece.choice()] = reason(piece.state());
      if (piece.state().ended()) {
        how = reason(piece.state());
        open--;
      }
    }
    String[] all = Arrays.stream(texts).map(StringBuilder::toString).toArray(String[]::new);
    entry.status(200);
    entry.finished(how);
    exchange.respond(200, JSON, answers.whole(all, reasons), headers(Map.of()));
    return how;
  }

  private static String reason(EngineRequest.State state) {
    return switch (state) {
      case LENGTH -> "length";
      case STOPPED -> "stop";
      case ABORTED -> "abort";
      case NEW, WAITING, RUNNING -> "";
    };
  }

  private static String id(HttpRequest request) {
    String given = request.header("x-request-id");
    return given.isEmpty() ? "%016x".formatted(ThreadLocalRandom.current().nextLong()) : given;
  }

  private String embedding(HttpRequest request, RequestLog.Entry entry) throws ApiException {
    JsonNode root = InferenceRequest.object(request.body());
    String model = InferenceRequest.model(root, options);
    JsonNode input = root.path("input");
    int[] ids =
        tokens.completion(
            input.isArray() && !input.isEmpty() && input.get(0).isTextual() ? input.get(0) : input,
            true);
    entry.admitted(ids.length);
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("id", "embd-" + id(request));
    out.put("object", "list");
    out.put("created", clock.millis() / 1000);
    out.put("model", model);
    ObjectNode data = out.putArray("data").addObject();
    data.put("index", 0);
    data.put("object", "embedding");
    ArrayNode vector = data.putArray("embedding");
    for (int i = 0; i < EMBEDDING; i++) {
      vector.add((Arrays.hashCode(ids) * 31 + i) % 1000 / 1000.0);
    }
    ObjectNode usage = out.putObject("usage");
    usage.put("prompt_tokens", ids.length);
    usage.put("total_tokens", ids.length);
    usage.put("completion_tokens", 0);
    usage.putNull("prompt_tokens_details");
    return out.toString();
  }

  private String tokenize(HttpRequest request) throws ApiException {
    JsonNode root = InferenceRequest.object(request.body());
    InferenceRequest.model(root, options);
    int[] ids =
        root.has("messages")
            ? tokens.chat(root)
            : tokens.completion(
                root.path("prompt"), root.path("add_special_tokens").asBoolean(true));
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("count", ids.length);
    out.put("max_model_len", options.engine().maxModelLength());
    ArrayNode list = out.putArray("tokens");
    for (int id : ids) {
      list.add(id);
    }
    if (root.path("return_token_strs").asBoolean(false)) {
      ArrayNode texts = out.putArray("token_strs");
      for (int id : ids) {
        texts.add(tokens.text(id));
      }
    } else {
      out.putNull("token_strs");
    }
    return out.toString();
  }

  private String detokenize(HttpRequest request) throws ApiException {
    JsonNode root = InferenceRequest.object(request.body());
    InferenceRequest.model(root, options);
    JsonNode list = root.path("tokens");
    int[] ids = new int[list.size()];
    Arrays.setAll(ids, i -> list.get(i).asInt());
    return JsonNodeFactory.instance.objectNode().put("prompt", tokens.text(ids)).toString();
  }

  private String models() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("object", "list");
    ArrayNode data = out.putArray("data");
    model(data.addObject(), options.model(), false);
    options.loras().forEach(lora -> model(data.addObject(), lora, true));
    return out.toString();
  }

  private void model(ObjectNode node, String id, boolean lora) {
    node.put("id", id);
    node.put("object", "model");
    node.put("created", created);
    node.put("owned_by", "vllm");
    node.put("root", lora ? options.loraPath(id) : id);
    if (lora) {
      node.put("parent", options.model());
      node.putNull("max_model_len");
    } else {
      node.putNull("parent");
      node.put("max_model_len", options.engine().maxModelLength());
    }
    ObjectNode permission = node.putArray("permission").addObject();
    permission.put("id", "modelperm-%016x".formatted(id.hashCode()));
    permission.put("object", "model_permission");
    permission.put("created", created);
    permission.put("allow_create_engine", false);
    permission.put("allow_sampling", true);
    permission.put("allow_logprobs", true);
    permission.put("allow_search_indices", false);
    permission.put("allow_view", true);
    permission.put("allow_fine_tuning", false);
    permission.put("organization", "*");
    permission.putNull("group");
    permission.put("is_blocking", false);
  }

  private void metrics(HttpExchange exchange, Ranks ranks)
      throws IOException, InterruptedException {
    Accidents now = accidents;
    if (!now.metricsDelay().isZero()) {
      Thread.sleep(now.metricsDelay());
    }
    switch (now.metrics()) {
      case FAILS ->
          exchange.respond(
              500,
              "text/plain",
              "Internal Server Error".getBytes(StandardCharsets.UTF_8),
              headers(Map.of()));
      case ENDLESS -> {
        exchange.begin(200, METRICS, headers(Map.of()));
        byte[] page = ranks.page(Accidents.Metrics.TRUE);
        while (alive) {
          exchange.write(page);
        }
      }
      case TORN -> {
        byte[] page = ranks.page(Accidents.Metrics.TRUE);
        exchange.begin(200, METRICS, headers(Map.of()));
        exchange.write(Arrays.copyOf(page, page.length / 2));
        exchange.tear();
      }
      case TRUE, IDLE, GARBAGE ->
          exchange.respond(200, METRICS, ranks.page(now.metrics()), headers(Map.of()));
    }
  }

  private void accident(HttpExchange exchange, JsonNode root) throws IOException, ApiException {
    if (root.path("restart").asBoolean(false)) {
      // As in a crash, nobody gets an answer; this connection is among those that end.
      Thread.ofVirtual().name("restart " + name).start(this::crash);
      return;
    }
    if (root.has("events")) {
      accident(eventAccidentOf(root.path("events")));
    } else {
      accident(accidentOf(root));
    }
    answer(exchange, 200, "{}");
  }

  private void crash() {
    try {
      kill();
      restart();
    } catch (IOException e) {
      LOG.error("{} could not be started again", name, e);
    }
  }

  private static EventAccidents eventAccidentOf(JsonNode root) throws ApiException {
    Map<String, String> named = new HashMap<>();
    root.properties().forEach(each -> named.put(each.getKey(), each.getValue().asText()));
    try {
      return EventAccidents.of(named);
    } catch (IllegalArgumentException e) {
      throw new ApiException(400, "Bad Request", "events", String.valueOf(e.getMessage()));
    }
  }

  private static Accidents accidentOf(JsonNode root) throws ApiException {
    try {
      return new Accidents(
          root.path("fail_rate").asDouble(0),
          root.path("hang").asBoolean(false),
          root.path("die_after").asInt(-1),
          root.path("close_after_tokens").asInt(-1),
          Accidents.Metrics.named(root.path("metrics").asText("true")),
          Duration.ofMillis(root.path("metrics_delay_ms").asLong(0)));
    } catch (IllegalArgumentException e) {
      throw new ApiException(400, "Bad Request", "accident", String.valueOf(e.getMessage()));
    }
  }

  private void refuse(HttpExchange exchange, ApiException e) throws IOException {
    exchange.respond(
        e.status(),
        JSON,
        Answers.error(e.status(), e.type(), e.param(), e.text()),
        headers(Map.of()));
  }

  private void answer(HttpExchange exchange, int status, String json) throws IOException {
    exchange.respond(status, JSON, json.getBytes(StandardCharsets.UTF_8), headers(Map.of()));
  }

  private Map<String, String> headers(Map<String, String> more) {
    Map<String, String> headers = new HashMap<>(more);
    headers.put("x-pod", name);
    return headers;
  }
}
