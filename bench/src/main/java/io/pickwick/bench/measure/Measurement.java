package io.pickwick.bench.measure;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;

/** A command that measures once and tells what it found, and how busy the machine was. */
public final class Measurement {
  /** What was found. */
  public interface Report {
    /** As a table. */
    String markdown();

    /** Whether what was measured did what it should; anything else fails the command. */
    boolean right();
  }

  /** What is measured. */
  public interface Work {
    /**
     * Measures.
     *
     * @param directory where it may put files
     */
    Report in(Path directory) throws IOException, InterruptedException;
  }

  private Measurement() {}

  /**
   * Measures and tells; returns the command's exit status.
   *
   * @param name of the directory made for it
   */
  public static int run(CommandSpec spec, String name, Work work)
      throws IOException, InterruptedException {
    PrintWriter told = spec.commandLine().getOut();
    Path directory = Files.createTempDirectory(name);
    say(told, "Load average at the begin: " + loadAverage() + ".");
    try {
      Report report = work.in(directory);
      say(told, "Load average at the end: " + loadAverage() + ".\n");
      say(told, report.markdown());
      return report.right() ? 0 : 1;
    } catch (IOException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
  }

  /** How many threads wanted a processor lately; Linux only. */
  public static String loadAverage() throws IOException {
    String[] fields = Files.readString(Path.of("/proc/loadavg")).split(" ", -1);
    return fields[0] + " (1 min), " + fields[1] + " (5 min)";
  }

  /** Tells a line at once. */
  public static void say(PrintWriter to, String line) {
    to.println(line);
    to.flush();
  }
}
