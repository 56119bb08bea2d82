package io.pickwick.bench.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.bench.load.LoadClient;
import io.pickwick.bench.load.Outcome;
import io.pickwick.bench.load.Shape;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real child processes. */
class ChildProcessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path directory;

  @Test
  void ourOwnToolsStartAndTheirCpuIsCounted() throws Exception {
    int port = Ports.free(1)[0];
    Path log = directory.resolve("echo.log");
    List<String> command = Launcher.bench().with(List.of("echo", "--port", "" + port));
    try (ChildProcess echo = ChildProcess.start("echo", command, log)) {
      echo.await(PATIENCE, () -> Files.readString(log).contains("Echoing on 127.0.0.1:" + port));
      Duration before = echo.cpu();
      assertThat(before).isPositive();
      try (LoadClient client = new LoadClient("127.0.0.1", port, 1, "m")) {
        Outcome outcome = client.run(Shape.lockstep("b", 200, 1), 200, PATIENCE);
        assertThat(outcome.failures()).isEmpty();
      }
      assertThat(echo.cpu()).isGreaterThan(before);
      assertThat(echo.residentBytes()).isGreaterThan(10L << 20);
      assertThat(Ports.isFree(port)).isFalse();
      assertThat(Ports.holder(port)).contains(echo.pid() + " (java)");
      assertThat(echo.terminate(PATIENCE)).isTrue();
      assertThat(echo.alive()).isFalse();
    }
  }

  @Test
  void aProcessThatEndsIsToldWithItsLastWords() throws Exception {
    try (ChildProcess child = sh("echo no luck today; exit 7")) {
      assertThatThrownBy(() -> child.await(PATIENCE, () -> false))
          .isInstanceOf(StartException.class)
          .hasMessageContainingAll("sh ended with status 7", "no luck today", "sh.log");
    }
  }

  @Test
  void aProcessThatIsNeverReadyIsGivenUp() throws Exception {
    try (ChildProcess child = sh("echo thinking; exec sleep 600")) {
      assertThatThrownBy(() -> child.await(Duration.ofMillis(300), () -> false))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("not ready after 0 s");
      child.kill();
      assertThat(child.alive()).isFalse();
    }
  }

  @Test
  void theHolderOfAPortIsNamed() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(Ports.isFree(socket.getLocalPort())).isFalse();
      assertThat(Ports.holder(socket.getLocalPort()))
          .hasValueSatisfying(
              holder -> assertThat(holder).startsWith(ProcessHandle.current().pid() + " "));
    }
    assertThat(Ports.free(5)).doesNotHaveDuplicates().doesNotContain(0);
  }

  private ChildProcess sh(String script) throws Exception {
    return ChildProcess.start("sh", List.of("/bin/sh", "-c", script), directory.resolve("sh.log"));
  }
}
