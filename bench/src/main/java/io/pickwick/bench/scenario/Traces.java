package io.pickwick.bench.scenario;

import io.pickwick.bench.workload.WorkloadSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The folder of the traces, and which of them workloads name; a trace may be there plain or
 * compressed.
 */
record Traces(Path folder) {
  private static final Pattern NAMED =
      Pattern.compile(Pattern.quote(Experiment.TRACES) + "/([^,]*)");
  private static final List<String> ENDINGS = List.of("", ".gz", ".xz");

  /** The trace that a workload names and that is not there, if so. */
  Optional<String> missing(String workload) {
    Matcher named = NAMED.matcher(workload);
    return named.find() && found(named.group(1)).isEmpty()
        ? Optional.of(named.group(1))
        : Optional.empty();
  }

  /** A workload with the file in place of the name. */
  String in(String workload) {
    return NAMED
        .matcher(workload)
        .replaceAll(named -> {
          String name = named.group(1);
          Path file = found(name).orElse(folder.resolve(name));
          return Matcher.quoteReplacement(WorkloadSpec.quoted(file.toString()));
        });
  }

  private Optional<Path> found(String name) {
    return ENDINGS.stream()
        .map(ending -> folder.resolve(name + ending))
        .filter(Files::isReadable)
        .findFirst();
  }
}
