package io.pickwick.kv.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Runs this module's jcstress tests in a process of their own.
 *
 * <p>As part of the build each runs for a moment, in one kind of virtual machine: the optimizing
 * compiler with random instruction scheduling. {@code -Djcstress.mode=default} (or {@code quick},
 * {@code tough}, {@code stress}) runs jcstress's own selection of compilers and affinities, which
 * takes many minutes.
 */
class JcstressTest {
  private static final String SHORT = "short";
  private static final Path REPORT = Path.of("target", "jcstress").toAbsolutePath();
  private static final Pattern RESULTS =
      Pattern.compile(
          "(\\d+) planned; (\\d+) passed, (\\d+) failed, (\\d+) soft errs, (\\d+) hard errs");

  @Test
  void noForbiddenOutcomeIsSeen() throws Exception {
    String mode = System.getProperty("jcstress.mode", SHORT);
    Path log = Files.createDirectories(REPORT).resolve("jcstress.log");
    Process jcstress =
        new ProcessBuilder(command(mode))
            .directory(REPORT.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      boolean ended = jcstress.waitFor(mode.equals(SHORT) ? 5 : 600, TimeUnit.MINUTES);
      assertThat(ended).as("jcstress ended in time, see %s", log).isTrue();
    } finally {
      jcstress.descendants().forEach(ProcessHandle::destroyForcibly);
      jcstress.destroyForcibly();
    }
    System.out.println("jcstress (" + mode + "): " + REPORT.resolve("index.html"));
    String output = Files.readString(log);
    assertThat(jcstress.exitValue()).as(output).isZero();
    assertThat(output).contains("Failed tests: No matches.").contains("Error tests: No matches.");
    assertEverythingPassed(output);
  }

  private static List<String> command(String mode) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("org.openjdk.jcstress.Main", "-r", REPORT.toString()));
    if (mode.equals(SHORT)) {
      command.addAll(List.of("-f", "1", "-iters", "2", "-time", "300", "-sc", "false"));
      command.addAll(List.of("-af", "NONE"));
      command.addAll(
          List.of(
              "-jvmArgs",
              "-XX:+UseSerialGC -XX:-TieredCompilation -XX:+UnlockDiagnosticVMOptions"
                  + " -XX:+StressLCM -XX:+StressGCM"));
    } else {
      command.addAll(List.of("-m", mode));
    }
    return command;
  }

  private static void assertEverythingPassed(String output) {
    Matcher results = RESULTS.matcher(output);
    String last = "nothing ran";
    boolean passed = false;
    while (results.find()) {
      last = results.group();
      passed = !results.group(1).equals("0") && results.group(1).equals(results.group(2));
    }
    assertThat(passed).as(last).isTrue();
  }
}
