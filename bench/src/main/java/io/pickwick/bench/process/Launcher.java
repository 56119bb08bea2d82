package io.pickwick.bench.process;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How to start our own programs as processes of their own, with the Java that runs us.
 *
 * @param command what comes before the program's own arguments
 */
public record Launcher(List<String> command) {
  private static final String PICKWICK = "io.pickwick.epp.Main";
  private static final String BENCH = "io.pickwick.bench.Main";

  /** Copies the command. */
  public Launcher {
    command = List.copyOf(command);
  }

  /**
   * Pickwick: from its jar when we run from ours in the build tree, else from our class path.
   *
   * @throws StartException when the jar is not built
   */
  public static Launcher pickwick(String... jvmFlags) throws IOException {
    Path here = codeSource();
    if (Files.isDirectory(here)) {
      return classPath(PICKWICK, jvmFlags);
    }
    Path jar = here.resolveSibling("../../epp-server/target/pickwick.jar").normalize();
    if (!Files.exists(jar)) {
      throw new StartException(
          "There is no "
              + jar
              + ". Build it: mvn -q package -DskipTests, or start with deploy/demo.sh, which does.");
    }
    return jar(jar, jvmFlags);
  }

  /** The tools of this module. */
  public static Launcher bench(String... jvmFlags) {
    return classPath(BENCH, jvmFlags);
  }

  /** A jar with a main class. */
  public static Launcher jar(Path jar, String... jvmFlags) {
    return new Launcher(javaWith(jvmFlags, "-jar", jar.toString()));
  }

  /** The whole command with the program's arguments. */
  public List<String> with(List<String> arguments) {
    List<String> whole = new ArrayList<>(command);
    whole.addAll(arguments);
    return whole;
  }

  private static Launcher classPath(String main, String... jvmFlags) {
    return new Launcher(
        javaWith(
            jvmFlags,
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path", ""),
            main));
  }

  private static List<String> javaWith(String[] jvmFlags, String... rest) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(List.of(jvmFlags));
    command.addAll(List.of(rest));
    return command;
  }

  private static Path codeSource() throws IOException {
    try {
      return Path.of(Launcher.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("Where our own code lies cannot be told", e);
    }
  }
}
