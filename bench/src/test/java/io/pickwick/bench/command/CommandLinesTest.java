package io.pickwick.bench.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

class CommandLinesTest {
  private final StringWriter err = new StringWriter();

  @Command(name = "work", mixinStandardHelpOptions = true)
  private static final class Work implements Callable<Integer> {
    @Option(names = "--count", defaultValue = "3")
    @Within(least = 1, most = 4096)
    private int count;

    @Option(names = "--share", defaultValue = "0")
    @Within(least = 0, most = 1)
    private double share;

    @Option(names = "--every", defaultValue = "0")
    @Within(least = 50, most = 1000, orZero = true)
    private double every;

    @Option(names = "--free", defaultValue = "0")
    private long free;

    private final Callable<Integer> body;
    private List<Number> taken = List.of();

    Work(Callable<Integer> body) {
      this.body = body;
    }

    @Override
    public Integer call() throws Exception {
      taken = List.of(count, share, every, free);
      return body.call();
    }
  }

  private int run(Callable<Integer> body, String... args) {
    err.getBuffer().setLength(0);
    return CommandLines.of(new Work(body)).setErr(new PrintWriter(err)).execute(args);
  }

  private List<String> told() {
    return err.toString().lines().toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--count 0 | --count is 0; it is a whole number from 1 to 4,096.",
        "--count=-7 | --count is -7; it is a whole number from 1 to 4,096.",
        "--count 99999999999 | --count is 99999999999; it is a whole number from 1 to 4,096.",
        "--count many | --count is many; it is a whole number from 1 to 4,096.",
        "--count 1.5 | --count is 1.5; it is a whole number from 1 to 4,096.",
        "--share 7 | --share is 7; it is a number from 0 to 1.",
        "--share NaN | --share is NaN; it is a number from 0 to 1.",
        "--share Infinity | --share is Infinity; it is a number from 0 to 1.",
        "--share 0x1p-2 | --share is 0x1p-2; it is a number from 0 to 1.",
        "--every 7 | --every is 7; it is 0, or a number from 50 to 1,000.",
        "--every=-0.5 | --every is -0.5; it is 0, or a number from 50 to 1,000.",
        "--free x | Invalid value for option '--free': 'x' is no whole number.",
        "--coun 3 | Unknown options: '--coun', '3'; did you mean --count?",
        "--count | Missing required parameter for option '--count' (<count>).",
      })
  void aMistakeIsToldInALineAndAHint(String args, String message) {
    assertThat(run(() -> 0, args.split(" "))).isEqualTo(2);
    assertThat(told()).containsExactly("work: " + message, "'work --help' tells more.");
  }

  @Test
  void whatIsInRangeIsTaken() {
    Work work = new Work(() -> 0);
    CommandLine line = CommandLines.of(work).setErr(new PrintWriter(err));
    assertThat(line.execute("--count=4096", "--share=.5", "--every=5e1", "--free=-7")).isZero();
    assertThat(work.taken).containsExactly(4096, 0.5, 50.0, -7L);
    assertThat(line.execute("--count=1", "--share=1", "--every=0")).isZero();
    assertThat(work.taken).containsExactly(1, 1.0, 0.0, 0L);
    assertThat(told()).isEmpty();
  }

  @Test
  void helpIsGivenWhateverElseIsWrong() {
    assertThat(run(() -> 1, "--count", "0", "--help")).isZero();
  }

  @Test
  void whatACommandRefusesIsOneLineHoweverManyItHas() {
    Work work = new Work(() -> 0);
    CommandLine line = CommandLines.of(work).setErr(new PrintWriter(err));
    line.setExecutionStrategy(_ -> {
      throw new ParameterException(line, "there is no \u001b[31mpod\nwork: all is well");
    });
    assertThat(line.execute()).isEqualTo(2);
    assertThat(told())
        .containsExactly(
            "work: there is no ␛[31mpod work: all is well.", "'work --help' tells more.");
  }

  @Test
  void tooSmallAHeapIsToldWithItsSizeAndWhatItWasFor() {
    long megabytes = Runtime.getRuntime().maxMemory() >> 20;
    assertThat(
            run(
                () -> {
                  throw new OutOfMemoryError("Java heap space");
                },
                "--count",
                "7"))
        .isEqualTo(1);
    assertThat(told())
        .singleElement()
        .asString()
        .startsWith("work: %,d MB of heap did not suffice for --count 7. ".formatted(megabytes))
        .contains("-Xmx")
        .contains("fewer");
    assertThat(
            run(() -> {
              throw new IllegalStateException(
                  new ExecutionException(new OutOfMemoryError("of another thread")));
            }))
        .isEqualTo(1);
    assertThat(told()).singleElement().asString().contains("of heap did not suffice");
  }

  @Test
  void aFaultOfFilesIsToldInWords() {
    assertThat(
            run(() -> {
              throw new NoSuchFileException("/x");
            }))
        .isEqualTo(1);
    assertThat(told()).containsExactly("work: there is no /x.");
    run(() -> {
      throw new UncheckedIOException(new IOException("Address already in use"));
    });
    assertThat(told()).containsExactly("work: Address already in use.");
  }

  @Test
  void whatShouldNotHappenIsOneLineAndTellsHowToSeeMore() {
    Callable<Integer> body =
        () -> {
          throw new IllegalStateException("5 requests never ended");
        };
    assertThat(run(body)).isEqualTo(1);
    assertThat(told())
        .singleElement()
        .asString()
        .startsWith(
            "work: This should not happen: 5 requests never ended (IllegalStateException in"
                + " CommandLinesTest.java, line ")
        .endsWith("It is an error in the bench; the same with --stack-trace tells where.");
    assertThat(run(body, "--stack-trace")).isEqualTo(1);
    assertThat(told()).hasSizeGreaterThan(5);
    assertThat(err.toString()).contains("\tat io.pickwick.bench.command.CommandLinesTest");
  }

  @Test
  void whatCannotBePrintedIsNotLostInSilence() {
    Writer full =
        new Writer() {
          @Override
          public void write(char[] text, int from, int length) throws IOException {
            throw new IOException("No space left on device");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    CommandLine line = new CommandLine(new Work(() -> 0)).setOut(new PrintWriter(full));
    assertThatThrownBy(() -> CommandLines.say(line, "a table"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("standard output takes no more");
  }
}
