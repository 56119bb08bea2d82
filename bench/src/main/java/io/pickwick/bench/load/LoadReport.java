package io.pickwick.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a run of {@code load} measured, as Markdown. */
final class LoadReport {
  private final List<String> conditions = new ArrayList<>();
  private final List<Comparison> comparisons = new ArrayList<>();
  private final List<IdleRun.Result> idles = new ArrayList<>();
  private final List<ColdRun.Result> colds = new ArrayList<>();

  /** Adds a line on how it was measured. */
  void condition(String line) {
    conditions.add(line);
  }

  void add(Comparison comparison) {
    comparisons.add(comparison);
  }

  void add(IdleRun.Result idle) {
    idles.add(idle);
  }

  void add(ColdRun.Result cold) {
    colds.add(cold);
  }

  /** How many requests did not come back as they should. */
  long failed() {
    return comparisons.stream().mapToLong(Comparison::failed).sum()
        + colds.stream().mapToLong(ColdRun.Result::failed).sum();
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    conditions.forEach(line -> text.append("- ").append(line).append('\n'));
    if (!comparisons.isEmpty()) {
      perRequest(text);
      latency(text);
    }
    perChunk(text);
    idle(text);
    cold(text);
    return text.toString();
  }

  private void perRequest(StringBuilder text) {
    text.append(
        """

        CPU per request in ms, median (min–max); net is all of the process without what it used idle just before; loops is the event loops' part, without compiler and scraper:

        | Case | Endpoints | Echo, net | Pickwick, net | Ratio | Echo, loops | Pickwick, loops | Ratio | Failures |
        |---|---|---|---|---|---|---|---|---|
        """);
    for (Comparison it : comparisons) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %s | %s | %.2f | %s | %s | %.2f | %d |%n",
              it.loadCase().name(),
              it.loadCase().endpoints(),
              Comparison.net(it.echo()).text(3),
              Comparison.net(it.pickwick()).text(3),
              it.ratio(),
              Comparison.loops(it.echo()).text(3),
              Comparison.loops(it.pickwick()).text(3),
              it.loopRatio(),
              it.failed()));
    }
  }

  private void latency(StringBuilder text) {
    text.append(
        """

        The client's wait for the pick in ms (with everything on the same cores), memory, and pages scraped during the windows:

        | Case | Endpoints | Echo p50 / p99 | Pickwick p50 / p99 | RSS MiB echo / Pickwick | Scrapes/s |
        |---|---|---|---|---|---|
        """);
    for (Comparison it : comparisons) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %.2f / %.1f | %.2f / %.1f | %.0f / %.0f | %.0f |%n",
              it.loadCase().name(),
              it.loadCase().endpoints(),
              Comparison.decisionMillis(it.echo(), 50),
              Comparison.decisionMillis(it.echo(), 99),
              Comparison.decisionMillis(it.pickwick(), 50),
              Comparison.decisionMillis(it.pickwick(), 99),
              Comparison.residentMebibytes(it.echo()),
              Comparison.residentMebibytes(it.pickwick()),
              Comparison.scrapesPerSecond(it.pickwick())));
    }
  }

  private void perChunk(StringBuilder text) {
    boolean first = true;
    for (Comparison it : comparisons) {
      Optional<Comparison> small = small(it.loadCase().endpoints());
      if (it.loadCase().extraChunks() == 0 || small.isEmpty()) {
        continue;
      }
      if (first) {
        text.append(
            """

            CPU per response chunk in µs: (the case − the small case) / the chunks it has more, of the medians:

            | Case | Endpoints | Echo | Pickwick | Ratio |
            |---|---|---|---|---|
            """);
        first = false;
      }
      double echo = perChunk(it, it.echo(), small.get().echo());
      double pickwick = perChunk(it, it.pickwick(), small.get().pickwick());
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %d | %.1f | %.1f | %.2f |%n",
              it.loadCase().name(),
              it.loadCase().endpoints(),
              echo,
              pickwick,
              pickwick / echo));
    }
  }

  private static double perChunk(Comparison it, List<Sample> many, List<Sample> one) {
    return 1000
        * (Comparison.net(many).median() - Comparison.net(one).median())
        / it.loadCase().extraChunks();
  }

  private Optional<Comparison> small(int endpoints) {
    return comparisons.stream()
        .filter(it -> it.loadCase().name().equals("small"))
        .filter(it -> it.loadCase().endpoints() == endpoints)
        .findFirst();
  }

  private void idle(StringBuilder text) {
    if (idles.isEmpty()) {
      return;
    }
    text.append(
        """

        Pickwick without requests:

        | Endpoints | % of a core | Scrapes/s | CPU per scrape, µs | RSS MiB |
        |---|---|---|---|---|
        """);
    for (IdleRun.Result it : idles) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %d | %.2f | %.0f | %.0f | %.0f |%n",
              it.endpoints(),
              100 * it.cores(),
              it.scrapesPerSecond(),
              it.microsPerScrape(),
              it.residentBytes() / 1048576.0));
    }
  }

  private void cold(StringBuilder text) {
    if (colds.isEmpty()) {
      return;
    }
    text.append(
        """

        Fresh processes, median (min–max):

        | Server | Ready after, ms | CPU until then, ms | CPU per request of the first %d, ms | RSS MiB then |
        |---|---|---|---|---|
        """
            .formatted(ColdRun.REQUESTS));
    for (ColdRun.Result it : colds) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %.0f |%n",
              it.server(),
              Spread.of(it.readyMillis()).text(0),
              Spread.of(it.startMillis()).text(0),
              Spread.of(it.requestMillis()).text(2),
              Spread.of(it.residentMebibytes()).median()));
    }
  }
}
