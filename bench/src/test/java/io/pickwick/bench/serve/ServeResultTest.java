package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeResultTest {
  private static final String LOAD = "random:requests=4,input=5,output=2,rate=400";

  @TempDir private Path directory;

  private List<String> names() throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aPlaceThatCantBeWrittenIsRefusedBeforeTheFirstRequest() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "something");
    String[][] wrong = {
      {directory.toString(), directory + " is a folder; name a file."},
      {directory.resolve("none/x.json").toString(), "There is no folder "},
      {file.resolve("x.json").toString(), "There is no folder " + file},
      {directory.resolve("x".repeat(300)).toString(), directory + "/xxx"},
      {"/proc/x.json", "/proc/x.json can't be written: "}
    };
    try (WireServer server = WireServer.start((_, _, _) -> WireServer.tokens(2))) {
      for (String[] one : wrong) {
        ServeRun run = ServeRun.of(server.url(), LOAD, "--result-json", one[0]);
        assertThat(run.status()).as(one[0]).isEqualTo(2);
        assertThat(run.err())
            .startsWith("--result-json: " + one[1])
            .doesNotContain("Exception", "java.");
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.out()).isEmpty();
      }
      assertThat(server.connections()).isZero();
    }
    assertThat(names()).containsExactly("file");
  }

  @Test
  void whatWasThereStaysUntilTheResultIsWhole() throws Exception {
    Path file = Files.writeString(directory.resolve("result.json"), "before");
    Path link = Files.createSymbolicLink(directory.resolve("link.json"), file);
    // The run finds nobody, and so makes no result.
    ServeRun none =
        ServeRun.of(
            "http://127.0.0.1:1",
            LOAD,
            "--ready-timeout-seconds",
            "0",
            "--result-json",
            file.toString());
    assertThat(none.status()).isEqualTo(2);
    assertThat(file).hasContent("before");
    assertThat(names()).containsExactly("link.json", "result.json");
    try (WireServer server =
        WireServer.start((_, _, _) -> {
          assertThat(file).hasContent("before");
          return WireServer.tokens(2);
        })) {
      ServeRun run = ServeRun.of(server.url(), LOAD, "--result-json", link.toString());
      assertThat(run.status()).as(run.err()).isZero();
    }
    assertThat(file).content().startsWith("{\"date\"").endsWith("}\n");
    assertThat(link).isSymbolicLink();
    assertThat(names()).containsExactly("link.json", "result.json");
  }

  @Test
  void aResultThatCantBeKeptIsPrinted() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "no /dev/full");
    try (WireServer server = WireServer.start((_, _, _) -> WireServer.tokens(2))) {
      ServeRun run = ServeRun.of(server.url(), LOAD, "--result-json", full.toString());
      assertThat(run.status()).isEqualTo(1);
      assertThat(run.err())
          .contains(
              "--result-json: /dev/full can't be written: No space left on device. What it was")
          .doesNotContain("Exception", "java.");
      assertThat(run.out()).contains("Successful requests:").contains("\n{\"date\":");
    }
  }
}
