package io.pickwick.bench.load;

import io.pickwick.bench.process.ChildProcess;
import io.pickwick.bench.process.Launcher;
import io.pickwick.bench.process.Pickwick;
import io.pickwick.bench.process.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** A server under measurement: a process of its own, and the client that loads it. */
final class Contender implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration START = Duration.ofSeconds(60);
  private static final int CONNECTIONS = 2;
  private static final String MODEL = "meta-llama/Llama-3.1-8B-Instruct";

  /** How many metrics pages the server has read since its start. */
  @FunctionalInterface
  interface Scrapes {
    /** Asks it. */
    double count() throws IOException, InterruptedException;
  }

  private final String name;
  private final ChildProcess process;
  private final Runnable end;
  private final LoadClient client;
  private final Scrapes scrapes;
  private final String loopName;

  private Contender(
      String name, String loopName, ChildProcess process, Runnable end, int port, Scrapes scrapes) {
    this.name = name;
    this.loopName = loopName;
    this.process = process;
    this.end = end;
    this.client = new LoadClient("127.0.0.1", port, CONNECTIONS, MODEL);
    this.scrapes = scrapes;
  }

  /** Starts the echo and waits until it listens. */
  static Contender echo(Path directory, int eventLoops, List<String> jvmFlags)
      throws IOException, InterruptedException {
    int port = Ports.free(1)[0];
    ChildProcess process =
        ChildProcess.start(
            "echo",
            Launcher.bench(jvmFlags.toArray(String[]::new))
                .with(List.of("echo", "--port=" + port, "--event-loops=" + eventLoops)),
            directory.resolve("echo.log"));
    try {
      process.await(
          START,
          () -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
              return socket.isConnected();
            }
          });
    } catch (IOException | InterruptedException | RuntimeException e) {
      process.close();
      throw e;
    }
    return new Contender("echo", "echo-", process, process::close, port, () -> 0);
  }

  /** Starts Pickwick on an endpoints file, without TLS, and waits until it is ready. */
  static Contender pickwick(Path directory, Path endpoints, int eventLoops, List<String> jvmFlags)
      throws IOException, InterruptedException {
    Pickwick pickwick =
        Pickwick.start(
            Launcher.pickwick(jvmFlags.toArray(String[]::new)),
            endpoints,
            directory.resolve("pickwick.log"),
            "-v=1",
            "--secure-serving=false",
            "--event-loops=" + eventLoops);
    return new Contender(
        "Pickwick",
        "ext-proc-",
        pickwick.process(),
        pickwick::close,
        pickwick.grpcPort(),
        () -> pickwick.metric("pickwick_scrapes_total"));
  }

  String name() {
    return name;
  }

  ChildProcess process() {
    return process;
  }

  /** How many metrics pages it has read since its start. */
  double scrapes() throws IOException, InterruptedException {
    return scrapes.count();
  }

  /** Sends that many requests and waits for their ends. */
  Outcome load(Shape shape, long requests) throws InterruptedException {
    return client.run(shape, requests, PATIENCE);
  }

  /** Sends that many requests and looks at what they cost. */
  Sample measure(Shape shape, long requests, double idleCores)
      throws IOException, InterruptedException {
    double scrapesBefore = scrapes();
    Duration cpu = process.cpu();
    Duration loops = loops();
    Outcome outcome = load(shape, requests);
    return new Sample(
        outcome,
        process.cpu().minus(cpu),
        loops().minus(loops),
        idleCores,
        process.residentBytes(),
        scrapes() - scrapesBefore);
  }

  /** The user and system time that the event loops have used, to the tick of each. */
  private Duration loops() throws IOException {
    long ticks = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
      for (Path task : tasks.toList()) {
        try {
          String stat = Files.readString(task.resolve("stat"));
          int nameEnd = stat.lastIndexOf(')');
          if (stat.startsWith(loopName, stat.indexOf('(') + 1)) {
            String[] fields = stat.substring(nameEnd + 2).split(" ", -1);
            ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
          }
        } catch (NoSuchFileException e) {
          // A thread that has ended is not an event loop.
        }
      }
    }
    return Duration.ofMillis(10 * ticks);
  }

  @Override
  public void close() {
    client.close();
    end.run();
  }
}
