package io.pickwick.bench.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Makes command lines that answer what is wrong in a line: a mistake of who asked, with the status
 * 2 and a hint at the help; a fault of files, too little memory or an error of ours with 1.
 *
 * <p>Options with a range ({@link Within}) are held to it. A stack trace is printed with {@value
 * #TRACE} only, an option that all of them have.
 */
public final class CommandLines {
  /** The option that prints stack traces. */
  public static final String TRACE = "--stack-trace";

  private static final Pattern PLAIN =
      Pattern.compile("NaN|[+-]?(Infinity|[0-9.]+([eE][+-]?[0-9]+)?)");
  private static final int MOST_TOLD = 200;

  private CommandLines() {}

  /** The command line of a command, with all below it. */
  public static CommandLine of(Object command) {
    CommandLine line = new CommandLine(command);
    line.getCommandSpec()
        .addOption(
            OptionSpec.builder(TRACE)
                .type(boolean.class)
                .scopeType(ScopeType.INHERIT)
                .description("Print where in the code a mistake or a fault was found.")
                .build());
    register(line, "whole number", Integer::valueOf, int.class, Integer.class);
    register(line, "whole number", Long::valueOf, long.class, Long.class);
    register(line, "number", CommandLines::number, double.class, Double.class);
    line.setParameterExceptionHandler((mistake, _) -> answer(mistake));
    line.setExecutionExceptionHandler((fault, failed, parsed) -> answer(fault, failed, parsed));
    line.setExecutionStrategy(parsed -> {
      try {
        hold(parsed);
        return new CommandLine.RunLast().execute(parsed);
      } catch (OutOfMemoryError e) {
        return answer(e, last(parsed).commandSpec().commandLine(), parsed);
      }
    });
    return line;
  }

  /**
   * Prints what a command was asked for.
   *
   * @throws IOException if not all of it can be printed
   */
  public static void say(CommandLine line, String text) throws IOException {
    PrintWriter out = line.getOut();
    out.println(text);
    out.flush();
    // What the writer hands over may fail further on, of which it does not hear.
    if (out.checkError() || System.out.checkError()) {
      throw new IOException("not all could be printed: standard output takes no more");
    }
  }

  @SafeVarargs
  private static <T> void register(
      CommandLine line, String noun, ITypeConverter<T> converter, Class<T>... types) {
    for (Class<T> type : types) {
      line.registerConverter(
          type,
          text -> {
            try {
              return converter.convert(text);
            } catch (NumberFormatException e) {
              throw new TypeConversionException("'%s' is no %s".formatted(text, noun));
            }
          });
    }
  }

  /** A number as people write it; the JDK takes {@code 0x1p3} and {@code 5d} too. */
  private static double number(String text) {
    if (!PLAIN.matcher(text).matches()) {
      throw new NumberFormatException(text);
    }
    return Double.parseDouble(text);
  }

  // Ranges.

  private static void hold(ParseResult parsed) {
    List<CommandLine> lines = parsed.asCommandLineList();
    if (lines.stream()
        .anyMatch(line -> line.isUsageHelpRequested() || line.isVersionHelpRequested())) {
      return;
    }
    for (CommandLine line : lines) {
      for (OptionSpec option : line.getParseResult().matchedOptions()) {
        Optional<Within> range = range(option);
        if (range.isPresent()
            && option.getValue() instanceof Number number
            && !inside(number.doubleValue(), range.get())) {
          throw new ParameterException(
              line, outside(option, String.join(",", option.originalStringValues()), range.get()));
        }
      }
    }
  }

  private static Optional<Within> range(ArgSpec argument) {
    return argument.userObject() instanceof Field field
        ? Optional.ofNullable(field.getAnnotation(Within.class))
        : Optional.empty();
  }

  private static boolean inside(double value, Within range) {
    return (value >= range.least() && value <= range.most()) || (range.orZero() && value == 0);
  }

  private static String outside(OptionSpec option, String value, Within range) {
    boolean fraction = option.type() == double.class || option.type() == Double.class;
    return "%s is %s; it is %s%s from %s to %s."
        .formatted(
            option.longestName(),
            value,
            range.orZero() ? "0, or " : "",
            fraction ? "a number" : "a whole number",
            plain(range.least()),
            plain(range.most()));
  }

  private static String plain(double number) {
    return number == Math.rint(number)
        ? String.format(Locale.ROOT, "%,.0f", number)
        : Double.toString(number);
  }

  // Answers.

  private static int answer(ParameterException mistake) {
    CommandLine line = mistake.getCommandLine();
    PrintWriter err = line.getErr();
    err.println(said(line, what(mistake)));
    err.println("'%s --help' tells more.".formatted(line.getCommandSpec().qualifiedName()));
    trace(mistake, line);
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }

  private static String what(ParameterException mistake) {
    if (mistake.getArgSpec() instanceof OptionSpec option
        && mistake.getValue() != null
        && range(option).isPresent()) {
      return outside(option, mistake.getValue(), range(option).get());
    }
    String message = message(mistake);
    if (mistake instanceof UnmatchedArgumentException unmatched
        && !unmatched.getSuggestions().isEmpty()) {
      return "%s; did you mean %s?"
          .formatted(
              message, unmatched.getSuggestions().stream().collect(Collectors.joining(" or ")));
    }
    return message;
  }

  private static int answer(Throwable fault, CommandLine failed, ParseResult parsed) {
    PrintWriter err = failed.getErr();
    err.println(said(failed, what(cause(fault), parsed)));
    trace(fault, failed);
    err.flush();
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String what(Throwable fault, ParseResult parsed) {
    return switch (fault) {
      case OutOfMemoryError _ ->
          "%,d MB of heap did not suffice for %s. Give more, as in java -Xmx8g -jar ..., or less to do: fewer or smaller requests, pods or files."
              .formatted(Runtime.getRuntime().maxMemory() >> 20, asked(parsed));
      case IOException e -> Faults.words(e);
      case InterruptedException _ -> "It was interrupted.";
      default ->
          "This should not happen: %s (%s%s). It is an error in the bench; the same with %s tells where."
              .formatted(message(fault), fault.getClass().getSimpleName(), place(fault), TRACE);
    };
  }

  private static String place(Throwable fault) {
    StackTraceElement[] trace = fault.getStackTrace();
    return trace.length == 0
        ? ""
        : " in %s, line %d".formatted(trace[0].getFileName(), trace[0].getLineNumber());
  }

  /** What the command was given. */
  private static String asked(ParseResult parsed) {
    String all = String.join(" ", parsed.originalArgs());
    return all.length() <= MOST_TOLD ? all : all.substring(0, MOST_TOLD) + "…";
  }

  /** What is behind the wrappers of other threads. */
  private static Throwable cause(Throwable fault) {
    for (Throwable one = fault; one != null; one = one.getCause()) {
      if (one instanceof OutOfMemoryError) {
        return one;
      }
    }
    Throwable inner = fault;
    while (wraps(inner) && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  private static boolean wraps(Throwable fault) {
    return fault instanceof ExecutionException
        || fault instanceof CommandLine.ExecutionException
        || fault instanceof UncheckedIOException;
  }

  private static ParseResult last(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    return last;
  }

  private static void trace(Throwable fault, CommandLine line) {
    CommandLine root = line;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    OptionSpec option = root.getCommandSpec().findOption(TRACE);
    if (option != null && Boolean.TRUE.equals(option.getValue())) {
      fault.printStackTrace(line.getErr());
    }
  }

  private static String message(Throwable fault) {
    String message = fault.getMessage();
    return message == null || message.isBlank() ? "nothing is said of it" : message;
  }

  /** A line of the command, with a full stop. */
  private static String said(CommandLine line, String what) {
    String text = VisibleText.line(what);
    return line.getCommandSpec().qualifiedName()
        + ": "
        + (text.endsWith(".") || text.endsWith("?") ? text : text + ".");
  }
}
