package io.pickwick.epp.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.config.PluginCatalog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
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

  @Test
  void thePluginsAreDocumentedAsTheyAre() throws IOException {
    StringBuilder table =
        new StringBuilder("| Type | Parameter | Default | What it does |\n|---|---|---|---|\n");
    PluginCatalog.load().providers().stream()
        .sorted(Comparator.comparing(PluginProvider::type))
        .forEach(provider -> {
          row(table, "`" + provider.type() + "`", "", "", provider.description());
          for (PluginProvider.Parameter parameter : provider.parameters()) {
            row(
                table,
                "",
                "`" + parameter.name() + "`",
                parameter.standard().equals("-") ? "" : "`" + parameter.standard() + "`",
                parameter.description());
          }
        });
    holds("plugins", table.toString());
  }

  private static void row(StringBuilder table, String... cells) {
    for (String cell : cells) {
      table.append("| ").append(cell.replace("|", "\\|")).append(' ');
    }
    table.append("|\n");
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
