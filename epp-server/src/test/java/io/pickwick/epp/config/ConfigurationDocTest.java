package io.pickwick.epp.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Holds docs/configuration.md to the code: its tables are generated here.
 *
 * <p>After a change: {@code mvn -pl epp-server -am test -Dtest=ConfigurationDocTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dpickwick.docs.write=true}.
 */
class ConfigurationDocTest {
  private static final Path DOC = Path.of("../docs/configuration.md");

  @Test
  void theFlagsAreDocumentedAsTheyAre() throws IOException {
    StringBuilder table = new StringBuilder("| Flag | Default | What it does |\n|---|---|---|\n");
    for (OptionSpec option : Flags.commandLine(new Flags()).getCommandSpec().options()) {
      table
          .append("| `")
          .append(String.join("`, `", option.names()))
          .append("` | ")
          .append(shownDefault(option))
          .append(" | ")
          .append(String.join(" ", option.description()).replace("|", "\\|"))
          .append(" |\n");
    }
    holds("flags", table.toString());
  }

  private static String shownDefault(OptionSpec option) {
    String value = option.defaultValue();
    if (option.longestName().equals("--pool-namespace")) {
      return "`$NAMESPACE`, else `default`";
    }
    return value == null || value.isEmpty() ? "" : "`" + value + "`";
  }

  private static void holds(String section, String generated) throws IOException {
    String begin = "<!-- generated: " + section + " -->\n";
    String end = "<!-- end of " + section + " -->";
    String doc = Files.readString(DOC);
    int from = doc.indexOf(begin);
    int to = doc.indexOf(end);
    assertThat(from).as("marker %s in %s", begin.strip(), DOC).isNotNegative();
    assertThat(to).as("marker %s in %s", end, DOC).isGreaterThan(from);
    if (Boolean.getBoolean("pickwick.docs.write")) {
      Files.writeString(DOC, doc.substring(0, from) + begin + generated + doc.substring(to));
      return;
    }
    assertThat(doc.substring(from + begin.length(), to)).isEqualTo(generated);
  }
}
