package io.pickwick.bench.watch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The API server of {@code watch}, a process of its own.
 *
 * <p>It tells {@code port N} over a connection that it makes, and does what it is told by lines
 * over that: {@code change} and {@code rest}, which it answers with {@code changed CHANGES LATE
 * READY FINGERPRINT}: how many changes it made since the start, how far it fell behind in
 * microseconds, and what should be known now. It ends with the connection.
 */
@Command(
    name = "watch-pods",
    hidden = true,
    mixinStandardHelpOptions = true,
    description = "The API server of the command watch, which starts it.")
public final class PodsCommand implements Callable<Integer> {
  private static final long NAP_NANOS = 1_000_000;
  private static final int STAMP_MASK = 0x7fff_ffff;

  @Option(names = "--pods", required = true, description = "How many.")
  private int pods;

  @Option(names = "--changes", required = true, description = "Changes per second.")
  private int changes;

  @Option(names = "--control", required = true, description = "The port of who tells what to do.")
  private int control;

  private volatile boolean changing;
  private volatile boolean resting = true;
  private volatile boolean closed;
  private volatile long made;
  private volatile long lateNanos;

  /** The time that a pod carries as a label, which all processes of a machine share. */
  static int stamp() {
    return (int) (System.nanoTime() / 1000) & STAMP_MASK;
  }

  /** Microseconds since a stamp. */
  static int since(int stamp) {
    return (stamp() - stamp) & STAMP_MASK;
  }

  @Override
  public Integer call() throws Exception {
    try (Socket parent = new Socket(InetAddress.getLoopbackAddress(), control);
        PrintWriter told =
            new PrintWriter(parent.getOutputStream(), true, StandardCharsets.US_ASCII);
        BufferedReader orders =
            new BufferedReader(
                new InputStreamReader(parent.getInputStream(), StandardCharsets.US_ASCII));
        PodServer server = new PodServer(pods)) {
      Thread changer = Thread.ofPlatform().daemon().name("changes").start(() -> change(server));
      told.println("port " + server.port());
      obey(orders, told, server);
      closed = true;
      changer.join();
      return 0;
    }
  }

  private void obey(BufferedReader orders, PrintWriter told, PodServer server) throws IOException {
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      if (order.equals("change")) {
        changing = true;
        continue;
      }
      changing = false;
      while (!resting) {
        LockSupport.parkNanos(NAP_NANOS);
      }
      told.printf(
          "changed %d %d %d %d%n",
          made, lateNanos / 1000, server.readyPods(), server.fingerprint());
    }
  }

  /** Of each two changes the first makes a pod leave, the second brings one back. */
  private void change(PodServer server) {
    long next = 0;
    long due = 0;
    while (!closed) {
      if (!changing || server.watches() == 0) {
        resting = !changing;
        due = System.nanoTime();
        LockSupport.parkNanos(NAP_NANOS);
        continue;
      }
      resting = false;
      long now = System.nanoTime();
      if (now < due) {
        LockSupport.parkNanos(due - now);
        continue;
      }
      lateNanos = Math.max(lateNanos, now - due);
      due += 1_000_000_000L / changes;
      long pair = next / 2;
      if (next % 2 == 0) {
        server.change((int) (pair % pods), false, stamp());
      } else if (pair >= WatchLoad.ABSENCE / 2) {
        server.change((int) ((pair - WatchLoad.ABSENCE / 2) % pods), true, stamp());
      }
      next++;
      made = next;
    }
    resting = true;
  }
}
