package io.pickwick.pool;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A model server on a real socket that does with each request what a test wants. */
final class FakePod implements AutoCloseable {
  static final String PAGE =
      "vllm:num_requests_waiting{engine=\"0\"} 3.0\nvllm:num_requests_running{engine=\"0\"} 4.0\n";

  /** What to do with one request that was read. */
  interface Behaviour {
    void answer(Socket connection) throws IOException;
  }

  private final ServerSocket server;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private final Thread accepting;
  private volatile Behaviour behaviour;

  FakePod(Behaviour behaviour) throws IOException {
    this(behaviour, InetAddress.ofLiteral("127.0.0.1"), 0);
  }

  FakePod(Behaviour behaviour, InetAddress address, int port) throws IOException {
    this(behaviour, bound(address, port));
  }

  FakePod(Behaviour behaviour, ServerSocket server) {
    this.behaviour = behaviour;
    this.server = server;
    accepting = Thread.ofVirtual().start(this::accept);
  }

  private static ServerSocket bound(InetAddress address, int port) throws IOException {
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(address, port));
    return server;
  }

  /** An answer with a length. */
  static Behaviour page(String page) {
    return raw("HTTP/1.1 200 OK\r\nContent-Length: " + page.length() + "\r\n\r\n" + page);
  }

  /** These bytes, and the connection stays open. */
  static Behaviour raw(String text) {
    return connection -> {
      OutputStream out = connection.getOutputStream();
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    };
  }

  /** These bytes, then the end of the connection. */
  static Behaviour rawThenClose(String text) {
    return connection -> {
      raw(text).answer(connection);
      connection.close();
    };
  }

  /** Waits for something to become true. */
  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain: " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  int port() {
    return server.getLocalPort();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  int accepted() {
    return accepted.get();
  }

  int requests() {
    return requests.get();
  }

  /** Connections that the other side has not ended. */
  int open() {
    return connections.size();
  }

  void behave(Behaviour next) {
    behaviour = next;
  }

  /** Ends the connections but goes on accepting. */
  void hangUp() throws IOException {
    for (Socket connection : connections) {
      connection.close();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    try {
      // The socket listens until the thread that waits on it has left it.
      accepting.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    hangUp();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket connection = server.accept();
        connection.setTcpNoDelay(true);
        connections.add(connection);
        accepted.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
      String line;
      while ((line = in.readLine()) != null) {
        if (line.isEmpty()) {
          requests.incrementAndGet();
          behaviour.answer(connection);
        }
      }
    } catch (IOException e) {
      // The other side is gone.
    } finally {
      connections.remove(connection);
    }
  }
}
