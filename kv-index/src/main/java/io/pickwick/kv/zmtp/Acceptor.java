package io.pickwick.kv.zmtp;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes connections at a port; it belongs to its {@link Loop}'s thread. */
public final class Acceptor {
  private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
  private static final int AT_A_TIME = 64;
  private static final long REST_NANOS = 1_000_000_000;

  private final Loop loop;
  private final ServerSocketChannel channel;
  private final Settings settings;
  private final Door door;
  private SelectionKey key;
  private boolean failing;
  private boolean resting;
  private long restsUntil;

  /**
   * Takes them from now on.
   *
   * @throws IOException if the selector takes it not
   */
  Acceptor(Loop loop, ServerSocketChannel channel, Selector selector, Settings settings, Door door)
      throws IOException {
    this.loop = loop;
    this.channel = channel;
    this.settings = settings;
    this.door = door;
    this.key = register(selector);
  }

  private SelectionKey register(Selector selector) throws IOException {
    return channel.register(selector, SelectionKey.OP_ACCEPT, (Runnable) this::selected);
  }

  /** Goes on with another selector. */
  void move(Selector to) throws IOException {
    key = register(to);
    resting = false;
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
        failing = false;
        loop.accepted(accepted, settings, door);
      } catch (IOException e) {
        // Perhaps there are no descriptors left; to try at once again would help nobody.
        if (!failing) {
          LOG.warn("Port {} takes no connection for a while: {}", port(), e.toString());
        }
        failing = true;
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
