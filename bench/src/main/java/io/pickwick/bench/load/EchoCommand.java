package io.pickwick.bench.load;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the echo server that the load client measures beside Pickwick. */
@Command(
    name = "echo",
    mixinStandardHelpOptions = true,
    description = "An ext_proc server that names one endpoint and echoes every byte: the floor.")
public final class EchoCommand implements Callable<Integer> {
  @Option(
      names = "--port",
      description = "Where to listen on 127.0.0.1 (default: ${DEFAULT-VALUE}).")
  private int port = 9002;

  @Option(names = "--endpoint", description = "The endpoint to name (default: ${DEFAULT-VALUE}).")
  private String endpoint = "127.0.0.1:8000";

  @Option(
      names = "--event-loops",
      description = "Threads that serve streams (default: ${DEFAULT-VALUE}).")
  private int eventLoops = 2;

  @Override
  public Integer call() throws Exception {
    try (EchoServer server = EchoServer.start(port, endpoint, eventLoops)) {
      System.out.println("Echoing on 127.0.0.1:" + server.port());
      server.awaitEnd();
    }
    return 0;
  }
}
