package io.pickwick.bench.serve;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A server that answers as it is told, byte by byte. */
final class WireServer implements AutoCloseable {
  /** What a request is answered with; the connection ends behind it if it is told so. */
  record Answer(String wire, boolean ends) {}

  /** Chooses the answer to the n-th request, from 0. */
  interface Script {
    Answer answer(int number, String head, String body) throws InterruptedException;
  }

  /** What is done with a new connection, the n-th from 0, before it is spoken on. */
  interface Shake {
    Shake NONE = (_, socket) -> socket;

    Socket take(int number, Socket socket) throws IOException, InterruptedException;

    /** As a server in TLS. */
    static Shake tls(SSLContext context) {
      return (_, socket) -> {
        SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
        secured.startHandshake();
        return secured;
      };
    }
  }

  private final ServerSocket listener;
  private final Script script;
  private final Shake shake;
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  private WireServer(ServerSocket listener, Script script, Shake shake) {
    this.listener = listener;
    this.script = script;
    this.shake = shake;
  }

  static WireServer start(Script script) throws IOException {
    return start(script, Shake.NONE);
  }

  /** With something that each connection begins with. */
  static WireServer start(Script script, Shake shake) throws IOException {
    WireServer server =
        new WireServer(new ServerSocket(0, 1000, InetAddress.getLoopbackAddress()), script, shake);
    Thread.ofVirtual().start(server::accept);
    return server;
  }

  /** An answer of so many tokens in chunks, with usage and [DONE], on a connection that lasts. */
  static Answer tokens(int count) {
    StringBuilder events = new StringBuilder();
    for (int i = 0; i < count; i++) {
      events.append("data: {\"choices\":[{\"index\":0,\"text\":\" x\"}]}\n\n");
    }
    events.append(
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":%d}}\n\n"
            .formatted(count));
    return chunked(events + "data: [DONE]\n\n");
  }

  static Answer chunked(String events) {
    String head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    int length = events.getBytes(StandardCharsets.UTF_8).length;
    return new Answer(
        head + Integer.toHexString(length) + "\r\n" + events + "\r\n0\r\n\r\n", false);
  }

  static Answer status(int status, String body) {
    return new Answer(
        "HTTP/1.1 %d Whatever\r\ncontent-length: %d\r\n\r\n%s"
            .formatted(status, body.length(), body),
        false);
  }

  int port() {
    return listener.getLocalPort();
  }

  String url() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  int connections() {
    return connections.get();
  }

  int requests() {
    return requests.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        int number = connections.getAndIncrement();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(number, socket));
      }
    } catch (IOException e) {
      // The test has ended.
    }
  }

  private void serve(int number, Socket plain) {
    try (plain;
        Socket socket = shake.take(number, plain)) {
      InputStream in = socket.getInputStream();
      while (true) {
        String head = head(in);
        if (head.isEmpty()) {
          return;
        }
        String body = new String(in.readNBytes(length(head)), StandardCharsets.UTF_8);
        Answer answer = script.answer(requests.getAndIncrement(), head, body);
        socket.getOutputStream().write(answer.wire().getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        if (answer.ends()) {
          return;
        }
      }
    } catch (IOException e) {
      // The client has gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      head.write(next);
      if (head.size() >= 4 && head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        return head.toString(StandardCharsets.ISO_8859_1);
      }
    }
    return "";
  }

  private static int length(String head) {
    return head.toLowerCase(Locale.ROOT)
        .lines()
        .filter(line -> line.startsWith("content-length:"))
        .mapToInt(line -> Integer.parseInt(line.substring("content-length:".length()).trim()))
        .findFirst()
        .orElse(0);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
