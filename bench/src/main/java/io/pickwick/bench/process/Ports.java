package io.pickwick.bench.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** Looks at the TCP ports of 127.0.0.1: which are free, and who holds one that is not. */
public final class Ports {
  private static final int LOWEST = 15_000;
  private static final int HIGHEST = 32_000;
  private static final int MAX_TRIES = 1000;

  private Ports() {}

  /**
   * That many ports that are free now; somebody else may take one before it is used.
   *
   * <p>From below the range that the kernel hands out, where every outgoing connection of the
   * machine could take one in between.
   */
  public static int[] free(int count) throws IOException {
    Set<Integer> ports = new LinkedHashSet<>();
    for (int tries = 0; ports.size() < count; tries++) {
      if (tries == MAX_TRIES) {
        throw new IOException("no free port from " + LOWEST + " to " + HIGHEST);
      }
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      if (isFree(port)) {
        ports.add(port);
      }
    }
    return ports.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Whether nobody listens there. */
  public static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The process that listens on a port, as {@code 1234 (java)}; empty when the kernel does not
   * tell, for it names other users' processes to root only.
   */
  public static Optional<String> holder(int port) {
    return listeningInode(Path.of("/proc/net/tcp"), port)
        .or(() -> listeningInode(Path.of("/proc/net/tcp6"), port))
        .flatMap(Ports::owner);
  }

  /** The table's second column is the local address, the fourth the state, the tenth the inode. */
  private static Optional<String> listeningInode(Path table, int port) {
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    try {
      for (String line : Files.readAllLines(table)) {
        String[] columns = line.strip().split("\\s+", -1);
        if (columns.length > 9 && columns[1].endsWith(suffix) && columns[3].equals("0A")) {
          return Optional.of(columns[9]);
        }
      }
    } catch (IOException e) {
      // Not a Linux, so nobody to name.
    }
    return Optional.empty();
  }

  private static Optional<String> owner(String inode) {
    String socket = "socket:[" + inode + "]";
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      return processes
          .filter(process -> process.getFileName().toString().matches("\\d+"))
          .filter(process -> holds(process, socket))
          .findFirst()
          .map(process -> process.getFileName() + name(process));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static boolean holds(Path process, String socket) {
    try (Stream<Path> files = Files.list(process.resolve("fd"))) {
      return files.anyMatch(file -> {
        try {
          return Files.readSymbolicLink(file).toString().equals(socket);
        } catch (IOException e) {
          return false;
        }
      });
    } catch (IOException e) {
      return false;
    }
  }

  private static String name(Path process) {
    try {
      return " (" + Files.readString(process.resolve("comm")).strip() + ")";
    } catch (IOException e) {
      return "";
    }
  }
}
