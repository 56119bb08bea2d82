package io.pickwick.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An API server of our own over a real socket: lists in pages, watches with their events, merge
 * patches, and whatever can go wrong, on demand.
 */
final class FakeKube implements AutoCloseable {
  static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String END = "";

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Map<String, Integer> refusals = new HashMap<>();
  private final Map<String, UnaryOperator<JsonNode>> answers = new HashMap<>();
  private final Map<String, Map<String, ObjectNode>> collections = new HashMap<>();
  private final Map<String, List<Event>> history = new HashMap<>();
  private final Set<String> written = new HashSet<>();
  private final Map<String, CountDownLatch> stalls = new HashMap<>();
  private String retryAfter = "";
  private volatile UnaryOperator<String> told = UnaryOperator.identity();
  private final List<Watch> watches = new ArrayList<>();
  private final int port;
  private long version = 100;
  private long oldest;
  private boolean emptyOnce;
  private boolean cutLists;
  private @Nullable HttpServer server;
  private @Nullable ExecutorService threads;

  private record Event(long version, String type, ObjectNode object) {}

  private record Watch(String collection, String selector, BlockingQueue<String> lines) {}

  FakeKube() throws IOException {
    port = listen(0);
  }

  private int listen(int at) throws IOException {
    HttpServer fresh =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), 0);
    ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    fresh.setExecutor(executor);
    fresh.createContext("/", this::handle);
    fresh.start();
    server = fresh;
    threads = executor;
    return fresh.getAddress().getPort();
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Stands in for a restart: connections break, none can be made. */
  synchronized void stop() {
    endWatches();
    if (server != null && threads != null) {
      server.stop(0);
      threads.shutdownNow();
      server = null;
    }
  }

  synchronized void startAgain() throws IOException {
    listen(port);
  }

  @Override
  public void close() {
    stop();
  }

  /** Ends every watch in the way of a server, which closes them after some minutes. */
  synchronized void endWatches() {
    watches.forEach(watch -> watch.lines.add(END));
    watches.clear();
  }

  /** Ends every watch, and forgets what happened: going on is 410. */
  synchronized void forget() {
    oldest = ++version;
    endWatches();
  }

  /** Says 410 within the watches that are open, as an API server does that compacts. */
  synchronized void expire() {
    oldest = ++version;
    watches.forEach(watch ->
        watch.lines.add(
            "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,"
                + "\"message\":\"too old resource version\"}}"));
    endWatches();
  }

  /** The next list of anything is empty. */
  synchronized void listEmptyOnce() {
    emptyOnce = true;
  }

  /** Lists break off in their middle. */
  synchronized void cutLists(boolean cut) {
    cutLists = cut;
  }

  /** Refuses whatever has this in its path. */
  synchronized void refuse(String path, int code) {
    refusals.put(path, code);
    List<Watch> ended = watches.stream().filter(watch -> watch.collection.contains(path)).toList();
    ended.forEach(watch -> watch.lines.add(END));
    watches.removeAll(ended);
  }

  /** Says so with what it refuses. */
  synchronized void retryAfter(String seconds) {
    retryAfter = seconds;
  }

  /** Answers the next question that has this in its path with a refusal that stops in its midst. */
  synchronized void stall(String path) {
    stalls.put(path, new CountDownLatch(1));
    endWatches();
  }

  /** Whether it was asked, and stalls. */
  synchronized boolean stalls(String path) {
    CountDownLatch latch = stalls.get(path);
    return latch != null && latch.getCount() == 0;
  }

  synchronized void allow(String path) {
    refusals.remove(path);
  }

  /** Changes the text of whatever it tells. */
  void tell(UnaryOperator<String> change) {
    told = change;
  }

  /** Answers what is posted there. */
  synchronized void answer(String path, UnaryOperator<JsonNode> answer) {
    answers.put(path, answer);
  }

  /** Lets objects be created, changed and deleted there, each by itself. */
  synchronized void serve(String collection) {
    written.add(collection);
  }

  List<String> requests() {
    return requests;
  }

  synchronized int openWatches(String path) {
    return (int) watches.stream().filter(watch -> watch.collection.contains(path)).count();
  }

  /** Creates or changes an object, whose path is that of its collection. */
  synchronized ObjectNode put(String collection, String json) {
    ObjectNode object = parse(json);
    ObjectNode metadata = (ObjectNode) object.get("metadata");
    String name = metadata.get("name").asText();
    Map<String, ObjectNode> objects = objects(collection);
    ObjectNode before = objects.get(name);
    metadata.put("resourceVersion", Long.toString(++version));
    if (!metadata.has("uid")) {
      metadata.put("uid", before == null ? "uid-" + version : before.at("/metadata/uid").asText());
    }
    if (!metadata.has("generation")) {
      metadata.put(
          "generation", before == null ? 1 : before.at("/metadata/generation").asLong() + 1);
    }
    objects.put(name, object);
    tell(collection, before, object);
    return object;
  }

  synchronized void delete(String collection, String name) {
    ObjectNode gone = objects(collection).remove(name);
    if (gone == null) {
      throw new IllegalArgumentException(collection + " has no " + name);
    }
    ObjectNode last = gone.deepCopy();
    ((ObjectNode) last.get("metadata")).put("resourceVersion", Long.toString(++version));
    tell(collection, last, null);
  }

  /** What a collection has of an object now. */
  synchronized JsonNode object(String collection, String name) {
    ObjectNode object = objects(collection).get(name);
    return object == null ? MAPPER.missingNode() : object.deepCopy();
  }

  private void tell(String collection, @Nullable ObjectNode before, @Nullable ObjectNode after) {
    String type = before == null ? "ADDED" : after == null ? "DELETED" : "MODIFIED";
    ObjectNode object = after == null ? java.util.Objects.requireNonNull(before) : after;
    history
        .computeIfAbsent(collection, key -> new ArrayList<>())
        .add(new Event(version, type, object));
    for (Watch watch : watches) {
      if (watch.collection.equals(collection)) {
        boolean was = before != null && selected(before, watch.selector);
        boolean is = after != null && selected(after, watch.selector);
        if (was || is) {
          watch.lines.add(line(is ? (was ? "MODIFIED" : "ADDED") : "DELETED", object));
        }
      }
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath().substring(1);
      Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
      requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
      int refusal = refusal(path);
      if (stalled(path)) {
        exchange.sendResponseHeaders(503, 500);
        exchange
            .getResponseBody()
            .write("half of what was announced".getBytes(StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
        new CountDownLatch(1).await();
      } else if (refusal != 0) {
        if (!retryAfter.isEmpty()) {
          exchange.getResponseHeaders().set("Retry-After", retryAfter);
        }
        answer(exchange, refusal, status(refusal, path));
      } else if (exchange.getRequestMethod().equals("POST")) {
        post(exchange, path);
      } else if (exchange.getRequestMethod().equals("DELETE")) {
        delete(exchange, path);
      } else if (exchange.getRequestMethod().equals("PATCH")) {
        if (path.endsWith("/status")) {
          patch(exchange, path);
        } else {
          change(exchange, path);
        }
      } else if (query.containsKey("watch")) {
        watch(exchange, path, query);
      } else {
        list(exchange, path, query);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean stalled(String path) {
    for (Map.Entry<String, CountDownLatch> stall : stalls.entrySet()) {
      if (path.contains(stall.getKey()) && stall.getValue().getCount() > 0) {
        stall.getValue().countDown();
        return true;
      }
    }
    return false;
  }

  private synchronized int refusal(String path) {
    return refusals.entrySet().stream()
        .filter(refusal -> path.contains(refusal.getKey()))
        .mapToInt(Map.Entry::getValue)
        .findFirst()
        .orElse(0);
  }

  private void list(HttpExchange exchange, String path, Map<String, String> query)
      throws IOException {
    int code = 200;
    String answer;
    synchronized (this) {
      int slash = path.lastIndexOf('/');
      ObjectNode one = objects(path.substring(0, slash)).get(path.substring(slash + 1));
      if (one != null) {
        answer = one.toString();
      } else if (written.contains(path.substring(0, slash))) {
        code = 404;
        answer = status(404, path);
      } else {
        answer = page(path, query);
      }
    }
    answer(exchange, code, answer);
  }

  private String page(String path, Map<String, String> query) {
    String selector = selector(query);
    List<ObjectNode> all =
        objects(path).values().stream().filter(object -> selected(object, selector)).toList();
    if (emptyOnce && !all.isEmpty()) {
      emptyOnce = false;
      all = List.of();
    }
    int from = Integer.parseInt(query.getOrDefault("continue", "0"));
    int limit = Integer.parseInt(query.getOrDefault("limit", "0"));
    int to = limit == 0 ? all.size() : Math.min(all.size(), from + limit);
    ObjectNode list = MAPPER.createObjectNode().put("kind", "List");
    ObjectNode metadata = list.putObject("metadata").put("resourceVersion", Long.toString(version));
    if (to < all.size()) {
      metadata.put("continue", Integer.toString(to));
    }
    ArrayNode items = list.putArray("items");
    all.subList(from, to).forEach(items::add);
    String text = list.toString();
    return cutLists && !all.isEmpty() ? text.substring(0, text.length() - 20) : text;
  }

  private void watch(HttpExchange exchange, String path, Map<String, String> query)
      throws IOException, InterruptedException {
    long from = Long.parseLong(query.getOrDefault("resourceVersion", "0"));
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Watch watch = new Watch(path, selector(query), lines);
    synchronized (this) {
      if (from >= oldest) {
        history.getOrDefault(path, List.of()).stream()
            .filter(event -> event.version > from && selected(event.object, watch.selector))
            .forEach(event -> lines.add(line(event.type, event.object)));
        watches.add(watch);
      }
    }
    if (from < oldest) {
      answer(exchange, 410, status(410, path));
      return;
    }
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream body = exchange.getResponseBody()) {
      body.flush();
      for (String line = lines.take(); !line.equals(END); line = lines.take()) {
        body.write((told.apply(line) + "\n").getBytes(StandardCharsets.UTF_8));
        body.flush();
      }
    } finally {
      synchronized (this) {
        watches.remove(watch);
      }
    }
  }

  private void patch(HttpExchange exchange, String path) throws IOException {
    JsonNode patch = MAPPER.readTree(exchange.getRequestBody());
    String[] parts = path.split("/", -1);
    String name = parts[parts.length - 2];
    String collection = path.substring(0, path.indexOf("/" + name + "/status"));
    int code;
    String answer;
    synchronized (this) {
      ObjectNode object = objects(collection).get(name);
      String wanted = patch.at("/metadata/resourceVersion").asText();
      if (object == null) {
        code = 404;
        answer = status(404, path);
      } else if (!wanted.isEmpty()
          && !wanted.equals(object.at("/metadata/resourceVersion").asText())) {
        code = 409;
        answer = status(409, path);
      } else {
        ObjectNode changed = object.deepCopy();
        changed.set("status", patch.get("status"));
        // As an API server has it: the generation counts changes of the spec alone.
        code = 200;
        answer = put(collection, changed.toString()).toString();
      }
    }
    answer(exchange, code, answer);
  }

  private void change(HttpExchange exchange, String path) throws IOException {
    JsonNode patch = MAPPER.readTree(exchange.getRequestBody());
    int slash = path.lastIndexOf('/');
    String collection = path.substring(0, slash);
    String answer;
    synchronized (this) {
      ObjectNode changed = (ObjectNode) object(collection, path.substring(slash + 1));
      merge(changed, patch);
      answer = put(collection, changed.toString()).toString();
    }
    answer(exchange, 200, answer);
  }

  private static void merge(ObjectNode into, JsonNode patch) {
    patch
        .properties()
        .forEach(field -> {
          if (field.getValue().isObject() && into.path(field.getKey()).isObject()) {
            merge((ObjectNode) into.get(field.getKey()), field.getValue());
          } else {
            into.set(field.getKey(), field.getValue());
          }
        });
  }

  private void delete(HttpExchange exchange, String path) throws IOException {
    int slash = path.lastIndexOf('/');
    delete(path.substring(0, slash), path.substring(slash + 1));
    answer(exchange, 200, "{}");
  }

  private void post(HttpExchange exchange, String path) throws IOException {
    UnaryOperator<JsonNode> answer;
    synchronized (this) {
      answer = written.contains(path) ? made -> put(path, made.toString()) : answers.get(path);
    }
    if (answer == null) {
      answer(exchange, 404, status(404, path));
    } else {
      answer(exchange, 201, answer.apply(MAPPER.readTree(exchange.getRequestBody())).toString());
    }
  }

  private void answer(HttpExchange exchange, int code, String body) throws IOException {
    byte[] bytes = told.apply(body).getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static String status(int code, String path) {
    return MAPPER
        .createObjectNode()
        .put("kind", "Status")
        .put("code", code)
        .put("message", "refused \"system:serviceaccount:llm:epp\" at " + path + " with " + code)
        .toString();
  }

  private static String line(String type, ObjectNode object) {
    return "{\"type\":\"" + type + "\",\"object\":" + object + "}";
  }

  private Map<String, ObjectNode> objects(String collection) {
    return collections.computeIfAbsent(collection, key -> new TreeMap<>());
  }

  private static String selector(Map<String, String> query) {
    return query.getOrDefault("labelSelector", query.getOrDefault("fieldSelector", ""));
  }

  private static boolean selected(ObjectNode object, String selector) {
    if (selector.isEmpty()) {
      return true;
    }
    for (String term : selector.split(",", -1)) {
      int equals = term.indexOf('=');
      String key = term.substring(0, equals);
      JsonNode value =
          key.equals("metadata.name")
              ? object.at("/metadata/name")
              : object.at("/metadata/labels").path(key);
      if (!value.asText().equals(term.substring(equals + 1))) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, String> query(@Nullable String raw) {
    Map<String, String> query = new HashMap<>();
    if (raw != null) {
      for (String pair : raw.split("&", -1)) {
        int equals = pair.indexOf('=');
        query.put(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return query;
  }

  private static ObjectNode parse(String json) {
    try {
      return (ObjectNode) MAPPER.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
