package io.pickwick.bench.simulate;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listening port; each connection is read on a virtual thread. */
final class HttpServer {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private static final int BACKLOG = 4096;

  private final ServerSocket listener;
  private final HttpConnection.Handler handler;
  private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private HttpServer(ServerSocket listener, HttpConnection.Handler handler) {
    this.listener = listener;
    this.handler = handler;
  }

  /** Listens on the address; port 0 lets the system choose. */
  static HttpServer start(String address, int port, HttpConnection.Handler handler)
      throws IOException {
    ServerSocket listener = new ServerSocket();
    try {
      listener.setReuseAddress(true);
      listener.bind(new InetSocketAddress(InetAddress.getByName(address), port), BACKLOG);
    } catch (IOException e) {
      listener.close();
      throw new IOException(
          "cannot listen on %s port %d: %s".formatted(address, port, e.getMessage()), e);
    }
    HttpServer server = new HttpServer(listener, handler);
    Thread.ofVirtual().name("accept " + listener.getLocalPort()).start(server::accept);
    return server;
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Stops listening and resets every connection. */
  void close() {
    closed = true;
    try {
      listener.close();
    } catch (IOException e) {
      LOG.debug("closing a port failed: {}", e.getMessage());
    }
    connections.forEach(HttpConnection::reset);
  }

  private void accept() {
    while (!closed) {
      try {
        Socket socket = listener.accept();
        Thread.startVirtualThread(() -> serve(socket));
      } catch (IOException e) {
        if (!closed) {
          LOG.warn("accepting on port {} failed: {}", port(), e.getMessage());
        }
      }
    }
  }

  private void serve(Socket socket) {
    HttpConnection connection;
    try {
      connection = new HttpConnection(socket, handler);
    } catch (IOException e) {
      LOG.debug("a connection ended before its first request: {}", e.getMessage());
      return;
    }
    connections.add(connection);
    try {
      if (closed) {
        connection.reset();
      }
      connection.run();
    } finally {
      connections.remove(connection);
    }
  }
}
