package io.pickwick.bench.workload;

import java.util.List;
import java.util.stream.Collectors;

/** The workloads there are, by their names. */
public final class Workloads {
  private interface Reader {
    WorkloadSpec read(String name, Options options);
  }

  private record Kind(String name, String what, Reader reader) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              "random",
              "vLLM's random dataset: prompts with nothing in common but an optional prefix",
              RandomPrompts::read),
          new Kind(
              "prefix_repetition",
              "vLLM's dataset of that name: a few prefixes, each with many suffixes",
              PrefixRepetition::read),
          new Kind(
              "shared-prefix",
              "llm-d's case: groups of prompts with a long system prompt each, asked again and"
                  + " again on a ladder of rates",
              SharedPrefix::read),
          new Kind(
              "chat",
              "conversations: each turn repeats all before it, after a time of reading",
              Chat::read),
          new Kind(
              "agents",
              "tool-using agents: a long system prompt, many quick steps, sometimes a sub-agent",
              Agents::read),
          new Kind(
              "mooncake",
              "a trace in Mooncake's format (JSON lines; plain, .gz or .xz)",
              MooncakeTrace::read),
          new Kind(
              "azure",
              "a trace in the format of Azure's LLM traces (CSV; plain, .gz or .xz)",
              AzureTrace::read));

  private Workloads() {}

  /** The names. */
  public static List<String> names() {
    return KINDS.stream().map(Kind::name).toList();
  }

  /** For people: a paragraph for each, with its parameters and what they are if not given. */
  public static String described() {
    return KINDS.stream()
        .map(kind -> {
          Options options = Options.none(kind.name);
          kind.reader.read(kind.name, options);
          return "%s: %s%n  %s".formatted(kind.name, kind.what, options.described());
        })
        .collect(Collectors.joining(System.lineSeparator()));
  }

  /** The requests of a spec; see {@link WorkloadSpec}. */
  public static Workload generate(String spec, long seed) {
    return parse(spec).generate(seed);
  }

  static WorkloadSpec parse(String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    Kind kind =
        KINDS.stream()
            .filter(one -> one.name.equals(name))
            .findFirst()
            .orElseThrow(() ->
                new WorkloadException(
                    "There is no workload '%s'; there are %s."
                        .formatted(name, String.join(", ", names()))));
    Options options = Options.parse(name, colon < 0 ? "" : text.substring(colon + 1));
    WorkloadSpec spec = kind.reader.read(text, options);
    options.end();
    return spec;
  }
}
