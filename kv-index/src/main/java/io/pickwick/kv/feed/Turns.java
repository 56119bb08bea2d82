package io.pickwick.kv.feed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zeromq.ZMQ;

/**
 * A thread that owns many ZeroMQ sockets and sees to those that have something, each in its turn;
 * what others want of the sockets is done on it too.
 */
final class Turns {
  private static final Logger LOG = LoggerFactory.getLogger(Turns.class);

  /*
   * ZeroMQ's own poll looks at every socket each time. A socket's descriptor becomes readable when
   * it has work, and stays so until the work is done, which is the case when a receive finds nothing.
   * So a socket is read until it has nothing, or for a while, and then keeps its place in the line.
   */
  private final Selector selector;
  private final ArrayDeque<Turn> line = new ArrayDeque<>();
  private final ConcurrentLinkedQueue<Runnable> errands = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /** A socket's part. */
  final class Turn {
    private final Reader reader;
    private final SelectionKey key;
    private boolean inLine;
    private boolean ended;

    private Turn(ZMQ.Socket socket, Reader reader) {
      this.reader = reader;
      try {
        key = socket.getFD().register(selector, SelectionKey.OP_READ, this);
      } catch (ClosedChannelException e) {
        throw new UncheckedIOException(e);
      }
      line();
    }

    /** It may have something to read again. */
    void line() {
      if (!inLine && !ended) {
        inLine = true;
        line.addLast(this);
      }
    }

    /** The socket is about to be closed. */
    void end() {
      ended = true;
      key.cancel();
    }
  }

  /** Reads what a socket has. */
  interface Reader {
    /** Reads some of it and says whether there may be more. */
    boolean read();
  }

  Turns() throws IOException {
    selector = Selector.open();
  }

  /** A socket belongs to this thread from now on. */
  Turn add(ZMQ.Socket socket, Reader reader) {
    return new Turn(socket, reader);
  }

  /** Has something done on the thread, from any thread. */
  void errand(Runnable what) {
    errands.add(what);
    selector.wakeup();
  }

  /**
   * Runs until closed.
   *
   * @param nowAndThen called at least once in the time
   * @param millis the time
   */
  void run(Runnable nowAndThen, long millis) {
    while (!closed) {
      for (Runnable one = errands.poll(); one != null; one = errands.poll()) {
        guarded(one);
      }
      guarded(nowAndThen);
      try {
        if (line.isEmpty()) {
          selector.select(millis);
        } else {
          selector.selectNow();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      for (SelectionKey key : selector.selectedKeys()) {
        ((Turn) key.attachment()).line();
      }
      selector.selectedKeys().clear();
      for (int turns = line.size(); turns > 0; turns--) {
        Turn turn = line.removeFirst();
        turn.inLine = false;
        guarded(() -> {
          if (!turn.ended && turn.reader.read()) {
            turn.line();
          }
        });
      }
    }
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One socket's trouble is not the others'. */
  private static void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("A step of receiving KV events failed; the others go on", e);
    }
  }

  /** Ends {@link #run}. */
  void close() {
    closed = true;
    selector.wakeup();
  }
}
