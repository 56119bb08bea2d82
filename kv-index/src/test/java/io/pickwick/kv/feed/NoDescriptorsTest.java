package io.pickwick.kv.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.event.EngineKeys;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** When the process has no descriptor left: in a process of its own that may have few. */
@Timeout(120)
class NoDescriptorsTest {
  private static final InetAddress LOCAL = InetAddress.ofLiteral("127.0.0.1");
  private static final int DESCRIPTORS = 128;

  @TempDir Path folder;

  @Test
  void whoComesMeanwhileIsTakenAndWhoIsWantedIsReachedOnceThereAreSomeAgain() throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no shell to set the limit");
    Process child = null;
    try (ServerSocket pod = new ServerSocket(0, 50, LOCAL)) {
      pod.setSoTimeout(60_000);
      child = start(pod.getLocalPort());
      try (BufferedReader told =
              new BufferedReader(
                  new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
          PrintStream tell =
              new PrintStream(child.getOutputStream(), true, StandardCharsets.UTF_8)) {
        int port = Integer.parseInt(told.readLine());
        // Once while all is well, so that all classes are there.
        Socket first = pod.accept();
        new RawPeer(first).handshake("");
        try (Socket socket = new Socket(LOCAL, port)) {
          new RawPeer(socket).handshake("");
        }
        tell.println("fill");
        assertThat(told.readLine()).isEqualTo("full");
        tell.println("add");
        assertThat(told.readLine()).isEqualTo("added");
        try (Socket late = new Socket(LOCAL, port)) {
          tell.println("count");
          long turns = Long.parseLong(told.readLine());
          assertThat(turns).as("turns of the thread in a second").isBetween(1L, 2000L);
          tell.println("free");
          assertThat(told.readLine()).isEqualTo("freed");
          new RawPeer(late).handshake("");
        }
        try (Socket added = pod.accept()) {
          new RawPeer(added).handshake("");
        }
        first.close();
        tell.println("end");
        assertThat(told.readLine()).isEqualTo("ended");
      }
    } finally {
      if (child != null && !child.waitFor(5, TimeUnit.SECONDS)) {
        child.destroyForcibly();
      }
    }
  }

  private Process start(int podPort) throws IOException, URISyntaxException {
    String path =
        jar("main", KvFeeds.class) + ":" + jar("test", Few.class) + ":" + source(Logger.class);
    return new ProcessBuilder(
            "/bin/bash",
            "-c",
            "ulimit -n " + DESCRIPTORS + " && exec \"$0\" \"$@\"",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-cp",
            path,
            Few.class.getName(),
            Integer.toString(podPort))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static Path source(Class<?> of) throws URISyntaxException {
    return Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** Classes in a folder would each need a descriptor to be loaded. */
  private Path jar(String name, Class<?> of) throws IOException, URISyntaxException {
    Path from = source(of);
    if (!Files.isDirectory(from)) {
      return from;
    }
    Path to = folder.resolve(name + ".jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(to));
        Stream<Path> all = Files.walk(from.resolve("io"))) {
      for (Path one : all.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(from.relativize(one).toString()));
        Files.copy(one, out);
      }
    }
    return to;
  }

  /** The process that may have few. */
  static final class Few {
    private Few() {}

    /** Receives, and does with its descriptors what it is told. */
    public static void main(String[] args) throws IOException {
      LongAdder turns = new LongAdder();
      FeedConfig config =
          new FeedConfig(
              Optional.of("tcp://127.0.0.1:*"),
              true,
              Integer.parseInt(args[0]),
              OptionalInt.empty(),
              1,
              FeedConfig.TOPIC_PREFIX,
              true,
              FeedConfig.Limits.DEFAULTS,
              FeedConfig.Timing.DEFAULTS,
              Optional.empty());
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      List<FileInputStream> files = new ArrayList<>();
      try (KvFeeds feeds =
          new KvFeeds(
              config,
              new HeldBlocks(),
              FeedListener.NONE,
              () -> {
                turns.increment();
                return System.nanoTime();
              })) {
        feeds.start();
        feeds.add(new FeedSource(0, "127.0.0.1", 8000, () -> new EngineKeys(1)));
        System.out.println(feeds.boundPort());
        String what = in.readLine();
        while (!what.equals("end")) {
          switch (what) {
            case "fill" -> {
              fill(files);
              System.out.println("full");
            }
            case "count" -> System.out.println(aSecond(turns));
            case "add" -> {
              feeds.add(new FeedSource(1, "127.0.0.1", 8001, () -> new EngineKeys(1)));
              System.out.println("added");
            }
            default -> {
              for (FileInputStream file : files) {
                file.close();
              }
              System.out.println("freed");
            }
          }
          what = in.readLine();
        }
      }
      System.out.println("ended");
    }

    private static long aSecond(LongAdder turns) {
      long before = turns.sum();
      long end = System.nanoTime() + 1_000_000_000;
      while (System.nanoTime() - end < 0) {
        LockSupport.parkNanos(end - System.nanoTime());
      }
      return turns.sum() - before;
    }

    private static void fill(List<FileInputStream> files) {
      try {
        while (true) {
          files.add(new FileInputStream("/dev/null"));
        }
      } catch (IOException e) {
        System.err.println("no descriptor is left: " + e.getMessage());
      }
    }
  }
}
