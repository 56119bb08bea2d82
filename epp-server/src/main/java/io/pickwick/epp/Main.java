package io.pickwick.epp;

import io.pickwick.epp.config.Flags;
import io.pickwick.epp.telemetry.Logs;
import io.pickwick.schedule.spec.SpecException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The endpoint picker's process.
 *
 * <p>Exit status: 0 after SIGTERM, {@code --help}, {@code --version} or a {@code --validate} that
 * found nothing; 1 when a file is wrong or a port can't be had; 2 when the command line is wrong; 3
 * when memory ran out.
 */
public final class Main {
  private static final int OUT_OF_MEMORY = 3;

  private Main() {}

  /** Starts the endpoint picker and leaves it running. */
  public static void main(String[] args) {
    int status = run(args, System.out, System.err);
    if (status >= 0) {
      System.exit(status);
    }
  }

  /** Does what the arguments ask; the exit status, or -1 when the process goes on serving. */
  static int run(String[] args, PrintStream out, PrintStream err) {
    Flags flags = new Flags();
    CommandLine commandLine = Flags.commandLine(flags);
    try {
      commandLine.parseArgs(args);
    } catch (ParameterException e) {
      err.println(e.getMessage());
      if (!UnmatchedArgumentException.printSuggestions(e, err)) {
        err.println("Every flag is explained by --help.");
      }
      return 2;
    }
    if (commandLine.isUsageHelpRequested()) {
      commandLine.usage(out);
      return 0;
    }
    if (commandLine.isVersionHelpRequested()) {
      out.println("pickwick " + Pickwick.version());
      return 0;
    }
    List<String> mistakes = flags.mistakes();
    if (!mistakes.isEmpty()) {
      mistakes.forEach(err::println);
      return 2;
    }
    try {
      return flags.validate() ? validate(flags, out) : serve(flags);
    } catch (SpecException e) {
      err.println(e.getMessage());
      Logs.flush();
      return e.place().startsWith("--") ? 2 : 1;
    } catch (IOException e) {
      err.println(reason(e));
    }
    Logs.flush();
    return 1;
  }

  private static int validate(Flags flags, PrintStream out) throws IOException {
    Pickwick.validate(flags).forEach(out::println);
    out.println("The configuration is right.");
    return 0;
  }

  private static int serve(Flags flags) throws IOException {
    Logs.configure(flags.logsJson(), flags.verbosity());
    Logger log = LoggerFactory.getLogger(Main.class);
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
      if (e instanceof OutOfMemoryError) {
        // Without memory nothing here can be trusted to answer, and Envoy would wait for ever.
        System.err.println("out of memory in " + thread.getName() + "; give it more heap (-Xmx)");
        Runtime.getRuntime().halt(OUT_OF_MEMORY);
      }
      log.error("a thread ended: {}", thread.getName(), e);
    });
    Pickwick pickwick = Pickwick.start(flags);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("shutdown")
                .unstarted(() -> {
                  pickwick.drain();
                  log.info("stopped");
                  Logs.flush();
                }));
    return -1;
  }

  private static String reason(IOException e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    Throwable cause = e.getCause();
    return cause == null || cause.getMessage() == null || message.contains(cause.getMessage())
        ? message
        : message + ": " + cause.getMessage();
  }
}
