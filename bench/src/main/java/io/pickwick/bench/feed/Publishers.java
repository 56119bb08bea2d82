package io.pickwick.bench.feed;

import io.pickwick.bench.process.ChildProcess;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.StartException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The publishers, a process of their own, and the line on which they are told what to do. */
final class Publishers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final ChildProcess process;
  private final Socket line;
  private final PrintWriter orders;
  private final BufferedReader answers;

  /**
   * What they did.
   *
   * @param lateMicros how far they fell behind their schedule at most
   * @param messages how many each sent
   */
  record Told(long lateMicros, List<Long> messages) {}

  private Publishers(ChildProcess process, Socket line) throws IOException {
    this.process = process;
    this.line = line;
    orders = new PrintWriter(line.getOutputStream(), true, StandardCharsets.US_ASCII);
    answers =
        new BufferedReader(new InputStreamReader(line.getInputStream(), StandardCharsets.US_ASCII));
  }

  /**
   * Starts them and waits until their sockets are bound, or connecting.
   *
   * @param port where we are bound, or where each is to bind
   */
  static Publishers start(FeedLoad load, int port, List<String> jvmFlags, Path directory)
      throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.add("feed-publishers");
    arguments.add("--publishers=" + load.publishers());
    arguments.add("--rate=" + load.rate());
    arguments.add("--hold-messages=" + load.holdMessages());
    arguments.add("--port=" + port);
    if (load.connects()) {
      arguments.add("--connect");
    }
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      server.setSoTimeout((int) PATIENCE.toMillis());
      arguments.add("--control=" + server.getLocalPort());
      ChildProcess process =
          ChildProcess.start(
              "The publishers",
              Launcher.bench(jvmFlags.toArray(String[]::new)).with(arguments),
              directory.resolve("publishers.log"));
      try {
        Socket line = server.accept();
        line.setSoTimeout((int) PATIENCE.toMillis());
        Publishers made = new Publishers(process, line);
        made.expect("bound");
        return made;
      } catch (IOException | RuntimeException e) {
        process.close();
        throw new StartException(
            "The publishers did not start: %s. %s".formatted(e.getMessage(), process.lastWords()));
      }
    }
  }

  /** Waits until all have their subscriber, or for a while; returns how many have. */
  int awaitSubscribers(int publishers, Duration patience) throws IOException {
    line.setSoTimeout((int) patience.toMillis());
    int count = 0;
    try {
      while (count < publishers) {
        count = Integer.parseInt(expect("subscribed").getFirst());
      }
    } catch (SocketTimeoutException e) {
      // No other one came in that time: it goes on with those that have.
    } finally {
      line.setSoTimeout((int) PATIENCE.toMillis());
    }
    return count;
  }

  void publish() {
    orders.println("start");
  }

  /** Stops them and asks what they sent; their connections stay. */
  Told stop() throws IOException {
    orders.println("stop");
    long late = 0;
    List<Long> messages = new ArrayList<>();
    for (List<String> words = answer(); !words.getFirst().equals("end"); words = answer()) {
      switch (words.getFirst()) {
        case "late" -> late = Long.parseLong(words.get(1));
        case "sent" -> messages.add(Long.parseLong(words.get(2)));
        default -> {
          // One that got its subscriber too late to matter.
        }
      }
    }
    return new Told(late, messages);
  }

  Duration cpu() throws IOException {
    return process.cpu();
  }

  private List<String> expect(String word) throws IOException {
    List<String> words = answer();
    if (!words.getFirst().equals(word)) {
      throw new IOException("the publishers said %s, not %s".formatted(words, word));
    }
    return words.subList(1, words.size());
  }

  private List<String> answer() throws IOException {
    String said = answers.readLine();
    if (said == null) {
      throw new IOException("The publishers are gone. " + process.lastWords());
    }
    return List.of(said.split(" ", -1));
  }

  @Override
  public void close() {
    try (line) {
      orders.close();
    } catch (IOException e) {
      // The process ends in any case.
    }
    process.close();
  }
}
