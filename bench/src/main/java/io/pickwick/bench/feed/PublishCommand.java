package io.pickwick.bench.feed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The publishers of {@code feed}, a process of their own.
 *
 * <p>It is told what to do by lines over a connection that it makes: {@code start} and {@code
 * stop}, then it ends with the connection. It tells {@code bound}; {@code subscribed N} whenever
 * another publisher has its subscriber; and after the stop {@code late MICROS}, how far it fell
 * behind its schedule, {@code sent PUBLISHER MESSAGES} for each, and {@code end}.
 */
@Command(
    name = "feed-publishers",
    hidden = true,
    mixinStandardHelpOptions = true,
    description = "The publishers of the command feed, which starts it.")
public final class PublishCommand implements Callable<Integer> {
  /*
   * One thread has all sockets. What is due is sent, then it sleeps for a moment: a wake-up for each
   * message would cost more than the message. The schedule is of block operations, so messages
   * without removals, as long as nothing needs to be removed, come twice as fast.
   */
  private static final long NAP_NANOS = 1_000_000;
  private static final int HIGH_WATER_MARK = 100_000;
  private static final int HANDSHAKE_MILLIS = 1000;
  private static final int STAMP_MASK = 0x7fff_ffff;

  @Option(names = "--publishers", required = true, description = "How many.")
  private int publishers;

  @Option(names = "--rate", required = true, description = "Block operations per second of each.")
  private int rate;

  @Option(names = "--hold-messages", required = true, description = "Messages of held blocks.")
  private int holdMessages;

  @Option(names = "--control", required = true, description = "The port of who tells what to do.")
  private int control;

  @Option(names = "--port", required = true, description = "To connect to, or to bind.")
  private int port;

  @Option(names = "--connect", description = "Connect to 127.0.0.1 rather than bind.")
  private boolean connect;

  private final List<ZMQ.Socket> sockets = new ArrayList<>();
  private volatile boolean started;
  private volatile boolean stopped;

  /** The time that a message carries, which all processes of a machine share: microseconds. */
  static int stamp() {
    return (int) (System.nanoTime() / 1000) & STAMP_MASK;
  }

  /** Microseconds since a stamp. */
  static int since(int stamp) {
    return (stamp() - stamp) & STAMP_MASK;
  }

  /** How a publisher's messages begin. */
  static String topic(int publisher) {
    return "kv@" + FeedLoad.address(publisher) + "@bench";
  }

  @Override
  public Integer call() throws IOException {
    try (Socket parent = new Socket(InetAddress.getLoopbackAddress(), control);
        PrintWriter told =
            new PrintWriter(parent.getOutputStream(), true, StandardCharsets.US_ASCII);
        ZContext context = new ZContext(1)) {
      context.getContext().setMaxSockets(65_536);
      for (int i = 0; i < publishers; i++) {
        sockets.add(open(context, i));
      }
      told.println("bound");
      BufferedReader orders =
          new BufferedReader(
              new InputStreamReader(parent.getInputStream(), StandardCharsets.US_ASCII));
      Thread listener = Thread.ofPlatform().daemon().start(() -> listen(orders));
      boolean[] subscribed = awaitSubscribers(told);
      long[] sent = new long[publishers];
      long late = publish(subscribed, sent);
      told.println("late " + late / 1000);
      for (int i = 0; i < publishers; i++) {
        told.println("sent " + i + " " + sent[i]);
      }
      told.println("end");
      listener.join();
      sockets.forEach(ZMQ.Socket::close);
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private ZMQ.Socket open(ZContext context, int publisher) {
    ZMQ.Socket socket = context.createSocket(SocketType.XPUB);
    socket.setHWM(HIGH_WATER_MARK);
    socket.setLinger(0);
    // jeromq 0.6.0 may forget to watch a connection that it has just made; then only this ends it.
    socket.setHandshakeIvl(HANDSHAKE_MILLIS);
    if (connect) {
      socket.connect("tcp://127.0.0.1:" + port);
    } else {
      socket.bind("tcp://" + FeedLoad.address(publisher) + ":" + port);
    }
    return socket;
  }

  private void listen(BufferedReader orders) {
    try {
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        if (order.equals("start")) {
          started = true;
        } else if (order.equals("stop")) {
          stopped = true;
        }
      }
    } catch (IOException e) {
      System.err.println("The one who started us is gone: " + e.getMessage());
    }
    started = true;
    stopped = true;
  }

  private boolean[] awaitSubscribers(PrintWriter told) {
    boolean[] subscribed = new boolean[publishers];
    int count = 0;
    while (!started) {
      int before = count;
      for (int i = 0; i < publishers; i++) {
        byte[] said = sockets.get(i).recv(ZMQ.DONTWAIT);
        if (said != null && said.length > 0 && said[0] == 1 && !subscribed[i]) {
          subscribed[i] = true;
          count++;
        }
      }
      if (count > before) {
        told.println("subscribed " + count);
      }
      LockSupport.parkNanos(10 * NAP_NANOS);
    }
    return subscribed;
  }

  /** Publishes until told to stop; returns how far it fell behind at most, in nanoseconds. */
  private long publish(boolean[] subscribed, long[] sent) {
    MessageWriter writer = new MessageWriter(holdMessages);
    byte[][] topics = new byte[publishers][];
    for (int i = 0; i < publishers; i++) {
      topics[i] = topic(i).getBytes(StandardCharsets.US_ASCII);
    }
    long late = 0;
    double dueNanos = System.nanoTime();
    for (long message = 0; !stopped; message++) {
      double nanos = 1e9 * BlockChains.operations(message, holdMessages) / rate / publishers;
      byte[] number = ByteBuffer.allocate(Long.BYTES).putLong(message).array();
      for (int i = 0; i < publishers && !stopped; i++) {
        long now = System.nanoTime();
        while (now < dueNanos && !stopped) {
          LockSupport.parkNanos(NAP_NANOS);
          now = System.nanoTime();
        }
        late = Math.max(late, now - (long) dueNanos);
        dueNanos += nanos;
        if (subscribed[i]) {
          send(sockets.get(i), topics[i], number, writer.write(i, message, seconds(), stamp()));
          sent[i]++;
        }
      }
    }
    return late;
  }

  private static double seconds() {
    return System.currentTimeMillis() / 1e3;
  }

  private static void send(ZMQ.Socket to, byte[] topic, byte[] number, byte[] payload) {
    to.send(topic, ZMQ.SNDMORE);
    to.send(number, ZMQ.SNDMORE);
    to.send(payload, 0);
  }
}
