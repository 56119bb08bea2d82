package io.pickwick.bench.watch;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of a Kubernetes API server as is needed to watch one InferencePool and its pods: lists in
 * pages and watches, in the clear. Pods are of the size that those of a real cluster have.
 */
final class PodServer implements AutoCloseable {
  static final String NAMESPACE = "llm";
  static final String POOL = "bench";

  private static final Pattern PARAMETER = Pattern.compile("(limit|continue)=(\\d+)");
  private static final String POOL_TEXT =
      """
      {"apiVersion":"inference.networking.k8s.io/v1","kind":"InferencePool",\
      "metadata":{"name":"%s","namespace":"%s","uid":"pool","resourceVersion":"1","generation":1},\
      "spec":{"selector":{"matchLabels":{"app":"qwen3"}},"targetPorts":[{"number":8000}],\
      "endpointPickerRef":{"name":"epp","port":{"number":9002}}}}\
      """
          .formatted(POOL, NAMESPACE);

  private final String template;
  private final String[] pods;
  private final boolean[] ready;
  private final int[] stamps;
  private final List<BlockingQueue<String>> watches = new ArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;
  private long version = 1;

  /** Serves so many pods, all of them ready. */
  PodServer(int count) throws IOException {
    template = template();
    pods = new String[count];
    ready = new boolean[count];
    stamps = new int[count];
    for (int i = 0; i < count; i++) {
      ready[i] = true;
      pods[i] = text(i);
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  static String name(int pod) {
    return "qwen3-32b-6c9f7d4b8-%05d".formatted(pod);
  }

  /** What two sides must agree on: which pods are ready, and since which change. */
  static long fingerprint(String name, String stamp) {
    return (name + "@" + stamp).hashCode();
  }

  /** A pod becomes ready, or ceases to be. */
  synchronized void change(int pod, boolean nowReady, int stamp) {
    ready[pod] = nowReady;
    stamps[pod] = stamp;
    version++;
    pods[pod] = text(pod);
    String line = "{\"type\":\"MODIFIED\",\"object\":" + pods[pod] + "}\n";
    watches.forEach(watch -> watch.add(line));
  }

  /** How many are ready. */
  synchronized int readyPods() {
    int count = 0;
    for (boolean one : ready) {
      count += one ? 1 : 0;
    }
    return count;
  }

  /** The fingerprints of those that are ready, together. */
  synchronized long fingerprint() {
    long sum = 0;
    for (int i = 0; i < pods.length; i++) {
      sum += ready[i] ? fingerprint(name(i), Integer.toString(stamps[i])) : 0;
    }
    return sum;
  }

  @Override
  public void close() {
    closing.countDown();
    threads.shutdownNow();
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      boolean ofPods = path.endsWith("/pods");
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      if (!query.contains("watch=1")) {
        answer(exchange, ofPods ? podList(query) : otherList(path));
      } else if (ofPods) {
        watch(exchange);
      } else {
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().flush();
        closing.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized String podList(String query) {
    int limit = pods.length;
    int from = 0;
    Matcher parameter = PARAMETER.matcher(query);
    while (parameter.find()) {
      int value = Integer.parseInt(parameter.group(2));
      if (parameter.group(1).equals("continue")) {
        from = value;
      } else if (value > 0) {
        limit = value;
      }
    }
    int to = Math.min(pods.length, from + limit);
    String more = to < pods.length ? ",\"continue\":\"" + to + "\"" : "";
    return list(more, String.join(",", List.of(pods).subList(from, to)));
  }

  private synchronized String otherList(String path) {
    boolean pool = path.contains("/inference.networking.k8s.io/") && path.endsWith("pools");
    return list("", pool ? POOL_TEXT : "");
  }

  private String list(String more, String items) {
    return "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"%d\"%s},\"items\":[%s]}"
        .formatted(version, more, items);
  }

  /** From the newest version on: nothing changes before there is a watch. */
  private void watch(HttpExchange exchange) throws IOException, InterruptedException {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream body = exchange.getResponseBody()) {
      body.flush();
      synchronized (this) {
        watches.add(lines);
      }
      while (true) {
        body.write(lines.take().getBytes(StandardCharsets.UTF_8));
        body.flush();
      }
    } finally {
      synchronized (this) {
        watches.remove(lines);
      }
    }
  }

  /** How many watch pods. */
  synchronized int watches() {
    return watches.size();
  }

  private String text(int pod) {
    return template
        .replace("@NAME@", name(pod))
        .replace("@NAMESPACE@", NAMESPACE)
        .replace("@UID@", "6f1d2c3b-0000-4000-8000-%012d".formatted(pod))
        .replace("@VERSION@", Long.toString(version))
        .replace("@STAMP@", Integer.toString(stamps[pod]))
        .replace("@ADDRESS@", "10.1.%d.%d".formatted(pod / 250, pod % 250 + 1))
        .replace("@READY@", ready[pod] ? "True" : "False");
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static String template() throws IOException {
    try (InputStream in = PodServer.class.getResourceAsStream("pod.json")) {
      if (in == null) {
        throw new IOException("pod.json is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }
}
