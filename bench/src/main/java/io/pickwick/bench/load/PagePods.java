package io.pickwick.bench.load;

import io.pickwick.bench.simulate.Simulator;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Pods that have nothing but a metrics page: each answers every request with the page that was
 * taken from a loaded vLLM 0.32, at an address of its own in 127.8.0.0/16.
 */
final class PagePods implements AutoCloseable {
  private static final String PAGE = "vllm-metrics.txt";
  private static final int ROW = 250;
  private static final Duration END = Duration.ofSeconds(5);

  private final List<ServerSocket> listeners = new ArrayList<>();
  private final List<Thread> acceptors = new ArrayList<>();
  private final int port;
  private final byte[] answer;

  private PagePods(int port, byte[] page) {
    this.port = port;
    byte[] head =
        ("HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n"
                + "content-length: "
                + page.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    answer = new byte[head.length + page.length];
    System.arraycopy(head, 0, answer, 0, head.length);
    System.arraycopy(page, 0, answer, head.length, page.length);
  }

  /** Starts so many, all at the given port. */
  static PagePods start(int count, int port) throws IOException {
    byte[] page;
    try (InputStream in = Objects.requireNonNull(Simulator.class.getResourceAsStream(PAGE))) {
      page = in.readAllBytes();
    }
    PagePods pods = new PagePods(port, page);
    try {
      for (int pod = 0; pod < count; pod++) {
        pods.listen(address(pod));
      }
      return pods;
    } catch (IOException e) {
      pods.close();
      throw e;
    }
  }

  /** Writes them down as Pickwick reads its endpoints. */
  void describe(Path file) throws IOException {
    String entries =
        listeners.stream()
            .map(listener -> listener.getInetAddress().getHostAddress())
            .map(it -> "- {name: pod-%s, address: %s, port: %d}%n".formatted(it, it, port))
            .collect(Collectors.joining());
    Files.writeString(file, "endpoints:\n" + entries);
  }

  @Override
  public void close() {
    for (ServerSocket listener : listeners) {
      try {
        listener.close();
      } catch (IOException e) {
        // It is gone either way.
      }
    }
    // A port is free only when the thread that waits on it has left.
    try {
      for (Thread acceptor : acceptors) {
        acceptor.join(END);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String address(int pod) {
    return "127.8." + pod / ROW + "." + (1 + pod % ROW);
  }

  private void listen(String address) throws IOException {
    ServerSocket listener = new ServerSocket();
    listeners.add(listener);
    listener.setReuseAddress(true);
    try {
      listener.bind(new InetSocketAddress(InetAddress.getByName(address), port));
    } catch (IOException e) {
      throw new IOException(
          "cannot listen on %s port %d, try another --pod-port: %s"
              .formatted(address, port, e.getMessage()),
          e);
    }
    acceptors.add(Thread.startVirtualThread(() -> accept(listener)));
  }

  private void accept(ServerSocket listener) {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        Thread.startVirtualThread(() -> serve(socket));
      } catch (IOException e) {
        // Closed, or a connection that was gone before it was taken.
      }
    }
  }

  private void serve(Socket socket) {
    try (socket;
        InputStream in = new BufferedInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream()) {
      socket.setTcpNoDelay(true);
      while (readHead(in)) {
        out.write(answer);
      }
    } catch (IOException e) {
      // The other side has gone, which ends the connection.
    }
  }

  /** Whether one more request's head came; nobody sends a body here. */
  private static boolean readHead(InputStream in) throws IOException {
    int line = 0;
    for (int c = in.read(); c >= 0; c = in.read()) {
      if (c == '\n') {
        if (line == 0) {
          return true;
        }
        line = 0;
      } else if (c != '\r') {
        line++;
      }
    }
    return false;
  }
}
