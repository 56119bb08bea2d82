package io.pickwick.bench.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A model server that answers every POST with the request's own body.
 *
 * <p>The request's headers say how: {@code x-piece} cuts the answer into chunks of that many bytes;
 * {@code x-break-after} breaks the connection after that many bytes of it; trailers of the request
 * come back as trailers. Its metrics page is that of an idle vLLM.
 */
final class EchoPod implements AutoCloseable {
  private static final String METRICS =
      """
      # TYPE vllm:num_requests_running gauge
      vllm:num_requests_running{engine="0",model_name="echo"} 0.0
      # TYPE vllm:num_requests_waiting gauge
      vllm:num_requests_waiting{engine="0",model_name="echo"} 0.0
      # TYPE vllm:kv_cache_usage_perc gauge
      vllm:kv_cache_usage_perc{engine="0",model_name="echo"} 0.0
      """;

  private final ServerSocket server;
  private final Queue<HttpWire.Message> requests = new ConcurrentLinkedQueue<>();
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();

  private EchoPod(ServerSocket server) {
    this.server = server;
  }

  static EchoPod start() throws IOException {
    EchoPod pod = new EchoPod(new ServerSocket(0, 64, InetAddress.getLoopbackAddress()));
    Thread.ofVirtual().name("echo pod").start(pod::accept);
    return pod;
  }

  String hostPort() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  int port() {
    return server.getLocalPort();
  }

  /** The POSTs so far. */
  Queue<HttpWire.Message> requests() {
    return requests;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        sockets.add(socket);
        Thread.ofVirtual().name("echo pod connection").start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket socket) {
    try (socket;
        InputStream in = HttpWire.buffered(socket.getInputStream());
        OutputStream out = socket.getOutputStream()) {
      socket.setTcpNoDelay(true);
      while (true) {
        HttpWire.Message request = HttpWire.read(in, false);
        if (request.startLine().startsWith("GET ")) {
          HttpWire.text(
              out,
              "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: "
                  + METRICS.length()
                  + "\r\n\r\n"
                  + METRICS);
        } else {
          requests.add(request);
          if (!echo(request, out)) {
            return;
          }
        }
        out.flush();
      }
    } catch (IOException e) {
      // The connection is over.
    }
  }

  private static boolean echo(HttpWire.Message request, OutputStream out) throws IOException {
    int piece = number(request, "x-piece", 16_384);
    int breakAfter = number(request, "x-break-after", Integer.MAX_VALUE);
    HttpWire.text(
        out,
        "HTTP/1.1 200 OK\r\ncontent-type: "
            + request.headers().getOrDefault("content-type", "application/json")
            + "\r\ntransfer-encoding: chunked\r\n"
            + (request.trailers().isEmpty() ? "" : "trailer: x-checksum\r\n")
            + "\r\n");
    byte[] body = request.body();
    for (int at = 0; at < body.length; at += piece) {
      if (at >= breakAfter) {
        out.flush();
        return false;
      }
      HttpWire.chunk(out, body, at, Math.min(piece, body.length - at));
      out.flush();
    }
    HttpWire.text(out, "0\r\n");
    for (var trailer : request.trailers().entrySet()) {
      HttpWire.text(out, trailer.getKey() + ": " + trailer.getValue() + "\r\n");
    }
    HttpWire.text(out, "\r\n");
    return true;
  }

  private static int number(HttpWire.Message request, String header, int otherwise) {
    String value = request.headers().getOrDefault(header, "");
    return value.isEmpty() ? otherwise : Integer.parseInt(value);
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
