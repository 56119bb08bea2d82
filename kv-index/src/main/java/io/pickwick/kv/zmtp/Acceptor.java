package io.pickwick.kv.zmtp;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes connections at a port; it belongs to its {@link Loop}'s thread. */
public final class Acceptor {
  private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
  private static final int AT_A_TIME = 64;
  private static final long REST_NANOS = 1_000_000_000;

  private final Loop loop;
  private final ServerSocketChannel channel;
  private final SelectionKey key;
  private final Settings settings;
  private final Supplier<Connection.Listener> listeners;
  private boolean resting;
  private long restsUntil;

  Acceptor(
      Loop loop,
      ServerSocketChannel channel,
      SelectionKey key,
      Settings settings,
      Supplier<Connection.Listener> listeners) {
    this.loop = loop;
    this.channel = channel;
    this.key = key;
    this.settings = settings;
    this.listeners = listeners;
  }

  /** The port that was bound. */
  public int port() {
    return channel.socket().getLocalPort();
  }

  void selected() {
    for (int i = 0; i < AT_A_TIME; i++) {
      try {
        SocketChannel accepted = channel.accept();
        if (accepted == null) {
          return;
        }
        loop.accepted(accepted, settings, listeners.get());
      } catch (IOException e) {
        // Perhaps there are no descriptors left; to try at once again would help nobody.
        LOG.warn("Port {} takes no connection for a while", port(), e);
        resting = true;
        restsUntil = loop.now() + REST_NANOS;
        key.interestOps(0);
        return;
      }
    }
  }

  void tick(long now) {
    if (resting && now - restsUntil >= 0) {
      resting = false;
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  void close() {
    key.cancel();
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("A port does not close", e);
    }
  }
}
