package io.pickwick.bench.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A trace in the format of Azure's LLM inference traces: a CSV with the columns {@code TIMESTAMP},
 * a date and time or seconds, {@code ContextTokens} and {@code GeneratedTokens}.
 *
 * <p>It says nothing of what the prompts are, so that none has a prefix in common with another.
 */
record AzureTrace(String name, Path path, int requests, Traffic traffic) implements WorkloadSpec {
  private static final String COLUMNS =
      "the columns are TIMESTAMP, ContextTokens and GeneratedTokens";

  /** In the year 2096; later ones would not be nanoseconds for ever. */
  private static final double MOST_SECONDS = 4e9;

  static AzureTrace read(String name, Options options) {
    return new AzureTrace(name, options.path(), options.most("requests"), Traffic.read(options));
  }

  @Override
  public Workload generate(long seed) {
    List<TraceRow> rows = rows();
    TokenBlocks own = TokenBlocks.own(seed);
    long start = rows.getFirst().nanos;
    List<WorkloadRequest> list = new ArrayList<>(rows.size());
    for (int id = 0; id < rows.size(); id++) {
      TraceRow row = rows.get(id);
      PromptText prompt = PromptText.EMPTY.then(own, id, row.input);
      list.add(traffic.request(seed, id, id, "", row.nanos - start, prompt, row.output));
    }
    return traffic.workload(name, list);
  }

  private List<TraceRow> rows() {
    List<TraceRow> rows = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(TraceFile.open(path), StandardCharsets.UTF_8))) {
      String header = in.readLine();
      if (header == null) {
        throw new WorkloadException(path + " is empty; " + COLUMNS + ".");
      }
      List<String> columns =
          cells(header.replace("\ufeff", "")).stream()
              .map(column -> column.toLowerCase(Locale.ROOT))
              .toList();
      int time = column(columns, "TIMESTAMP");
      int input = column(columns, "ContextTokens");
      int output = column(columns, "GeneratedTokens");
      String text;
      for (int line = 2; rows.size() < requests && (text = in.readLine()) != null; line++) {
        if (text.isBlank()) {
          continue;
        }
        List<String> cells = cells(text);
        if (cells.size() != columns.size()) {
          throw wrong(
              line,
              "there are %d cells under %d columns; %s."
                  .formatted(cells.size(), columns.size(), COLUMNS));
        }
        TraceRow row =
            new TraceRow(
                nanos(line, cells.get(time)),
                whole(line, "ContextTokens", cells.get(input), 1),
                whole(line, "GeneratedTokens", cells.get(output), 0),
                new int[0]);
        TraceFile.follow(path, line, rows, row);
        rows.add(row);
      }
    } catch (IOException e) {
      throw TraceFile.unreadable(path, e);
    }
    if (rows.isEmpty()) {
      throw new WorkloadException(path + " has no line behind its header.");
    }
    return rows;
  }

  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    for (String cell : line.split(",", -1)) {
      cells.add(cell.replace("\"", "").strip());
    }
    return cells;
  }

  private int column(List<String> columns, String name) {
    int index = columns.indexOf(name.toLowerCase(Locale.ROOT));
    if (index < 0) {
      throw wrong(1, "there is no column %s; %s.".formatted(name, COLUMNS));
    }
    return index;
  }

  private long nanos(int line, String text) {
    try {
      double seconds = Double.parseDouble(text);
      if (seconds >= 0 && seconds <= MOST_SECONDS) {
        return Math.round(seconds * 1e9);
      }
    } catch (NumberFormatException e) {
      try {
        return nanos(LocalDateTime.parse(text.replace(' ', 'T')).atOffset(ZoneOffset.UTC));
      } catch (DateTimeException withoutZone) {
        try {
          return nanos(OffsetDateTime.parse(text.replace(' ', 'T')));
        } catch (DateTimeException neither) {
          // Answered below, as seconds out of bounds are.
        }
      }
    }
    throw wrong(
        line,
        "TIMESTAMP is %s; it is a date and time, as in 2023-11-16 18:15:46.68, or seconds, from 1970 to 2096."
            .formatted(text));
  }

  private static long nanos(OffsetDateTime time) {
    if (time.toEpochSecond() < 0 || time.toEpochSecond() > MOST_SECONDS) {
      throw new DateTimeException("This is no time of a trace.");
    }
    return time.toEpochSecond() * 1_000_000_000L + time.getNano();
  }

  private int whole(int line, String column, String text, int least) {
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= Options.MOST_TOKENS) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Answered below, as a number out of bounds is.
    }
    throw wrong(
        line,
        "%s is %s; it is a whole number from %d to %d."
            .formatted(column, text, least, Options.MOST_TOKENS));
  }

  private WorkloadException wrong(int line, String what) {
    return TraceFile.wrong(path, line, what);
  }
}
