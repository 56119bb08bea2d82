package io.pickwick.epp.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The pages for operators and probes, all of them read-only: {@code /metrics}, {@code /healthz},
 * {@code /readyz} and {@code /debug/pool}.
 *
 * <p>The first and the last can be guarded; probes have no token to show.
 */
public final class AdminServer implements AutoCloseable {
  private static final String BEARER = "Bearer ";
  private static final String TEXT = "text/plain; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final PrometheusRegistry registry;
  private final ExpositionFormats formats = ExpositionFormats.init();

  /**
   * Starts serving.
   *
   * @param port 0 picks a free one
   * @param unready why the process is not ready; absent when it is
   * @param pool the pool as JSON
   * @param guard who may read {@code /metrics} and {@code /debug/pool}
   * @throws IOException when the port can't be had
   */
  public AdminServer(
      int port,
      PrometheusRegistry registry,
      Supplier<Optional<String>> unready,
      Supplier<String> pool,
      Guard guard)
      throws IOException {
    this.registry = registry;
    server = HttpServer.create(new InetSocketAddress(port), 0);
    server.setExecutor(executor);
    page("/metrics", guarded(guard, this::metrics));
    page("/healthz", exchange -> answer(exchange, 200, TEXT, "ok\n"));
    page(
        "/readyz",
        exchange -> {
          Optional<String> reason = unready.get();
          answer(exchange, reason.isEmpty() ? 200 : 503, TEXT, reason.orElse("ok") + "\n");
        });
    page(
        "/debug/pool",
        guarded(guard, exchange -> answer(exchange, 200, "application/json", pool.get())));
    server.createContext(
        "/",
        exchange ->
            answer(
                exchange,
                404,
                TEXT,
                "not here; known: /metrics, /healthz, /readyz, /debug/pool\n"));
    server.start();
  }

  /** The port in use. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.close();
  }

  private interface Page {
    void serve(HttpExchange exchange) throws IOException;
  }

  private void page(String path, Page page) {
    server.createContext(
        path,
        exchange -> {
          String method = exchange.getRequestMethod();
          if (!exchange.getRequestURI().getPath().equals(path)) {
            answer(exchange, 404, TEXT, "not here\n");
          } else if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            answer(exchange, 405, TEXT, "only GET and HEAD\n");
          } else {
            page.serve(exchange);
          }
        });
  }

  private static Page guarded(Guard guard, Page page) {
    return exchange -> {
      Optional<Guard.Refusal> refusal =
          guard.refusal(
              exchange.getRequestMethod(), exchange.getRequestURI().getPath(), token(exchange));
      if (refusal.isEmpty()) {
        page.serve(exchange);
        return;
      }
      int status = refusal.get().status();
      if (status == 401) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
      }
      answer(exchange, status, TEXT, refusal.get().message() + "\n");
    };
  }

  private static String token(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    return header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? header.substring(BEARER.length()).strip()
        : "";
  }

  private void metrics(HttpExchange exchange) throws IOException {
    ExpositionFormatWriter writer =
        formats.findWriter(exchange.getRequestHeaders().getFirst("Accept"));
    try (exchange) {
      exchange.getResponseHeaders().set("Content-Type", writer.getContentType());
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        writer.write(out, registry.scrape());
      }
    }
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(status, -1);
        return;
      }
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
