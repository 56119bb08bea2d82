package io.pickwick.bench.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of runs: lines of JSON as {@code replay --out} writes them, or results in the form of
 * vLLM's {@code --save-result}, one after another or as a list.
 */
public final class RunFile {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private RunFile() {}

  /**
   * All runs of a file.
   *
   * @throws ReportException if it is missing, or holds something else
   * @throws IOException if it can't be read
   */
  public static List<MeasuredRun> read(Path file) throws IOException {
    List<MeasuredRun> runs = new ArrayList<>();
    try (Reader reader = Files.newBufferedReader(file);
        MappingIterator<JsonNode> values = MAPPER.readerFor(JsonNode.class).readValues(reader)) {
      while (values.hasNextValue()) {
        JsonNode value = values.nextValue();
        if (value.isArray()) {
          for (JsonNode one : value) {
            runs.add(run(file, runs.size() + 1, one));
          }
        } else {
          runs.add(run(file, runs.size() + 1, value));
        }
      }
    } catch (NoSuchFileException e) {
      throw new ReportException("There is no file " + file + ".", e);
    } catch (JsonProcessingException e) {
      throw new ReportException(
          "%s, run %d is no JSON: %s".formatted(file, runs.size() + 1, e.getOriginalMessage()), e);
    }
    return runs;
  }

  private static MeasuredRun run(Path file, int number, JsonNode value) {
    try {
      if (value.path("summary").isObject()) {
        return ReplayLine.read(value);
      }
      if (value.has("request_throughput") || value.has("mean_ttft_ms")) {
        return ServeResult.read(value);
      }
    } catch (ReportException e) {
      throw new ReportException("%s, run %d: %s".formatted(file, number, e.getMessage()), e);
    }
    throw new ReportException(
        "%s, run %d: this is neither a line of replay --out nor a result of serve or of vLLM's"
                .formatted(file, number)
            + " benchmark (--save-result).");
  }
}
