package io.pickwick.bench.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.bench.command.Faults;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of runs: lines of JSON as {@code replay --out} writes them, or results in the form of
 * vLLM's {@code --save-result}, one after another or as a list.
 */
public final class RunFile {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** How files begin that gzip, xz, Zstandard, zip and bzip2 have made. */
  private static final List<String> COMPRESSED =
      List.of("\u001f\u008b", "\u00fd7zX", "(\u00b5/\u00fd", "PK\u0003\u0004", "BZh");

  private static final String MARK = "\u00ef\u00bb\u00bf";

  private static final Pattern NO_NUMBER = Pattern.compile("Non-standard token '([^']*)'");
  private static final Pattern ALLOWED =
      Pattern.compile("(?:: maybe a \\(non-standard\\) comment\\?.*|: enable `.*)$");

  private RunFile() {}

  /**
   * All runs of a file.
   *
   * @throws ReportException if it is missing, or holds something else
   * @throws IOException if it can't be read
   */
  public static List<MeasuredRun> read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new ReportException(file + " is a folder; give the files in it.");
    }
    List<MeasuredRun> runs = new ArrayList<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      refuseCompressed(file, in);
      skipMark(in);
      try (Reader reader = text(in);
          MappingIterator<JsonNode> values = MAPPER.readerFor(JsonNode.class).readValues(reader)) {
        read(file, values, runs);
      }
    } catch (NoSuchFileException e) {
      throw new ReportException("There is no file " + file + ".", e);
    } catch (CharacterCodingException e) {
      throw new ReportException(
          file + " is no text: a file of runs is JSON in UTF-8, as replay --out writes it.", e);
    } catch (JsonProcessingException e) {
      throw new ReportException(broken(file, runs.size() + 1, e), e);
    }
    return runs;
  }

  private static String broken(Path file, int number, JsonProcessingException fault) {
    if (Faults.cut(fault)) {
      return "%s ends in the midst of run %d; was its writer stopped? What is before can be read without it."
          .formatted(file, number);
    }
    int line = fault.getLocation() == null ? 1 : fault.getLocation().getLineNr();
    return "%s, run %d is no JSON, in line %d: %s".formatted(file, number, line, words(fault));
  }

  /** Without what the parser could be told to allow. */
  private static String words(JsonProcessingException fault) {
    Matcher token = NO_NUMBER.matcher(fault.getOriginalMessage());
    return token.find()
        ? token.group(1) + " is no number of JSON, which has null where nothing is known"
        : ALLOWED.matcher(Faults.words(fault)).replaceFirst("");
  }

  private static void read(Path file, MappingIterator<JsonNode> values, List<MeasuredRun> runs)
      throws IOException {
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
  }

  private static void refuseCompressed(Path file, InputStream in) throws IOException {
    in.mark(8);
    String start = new String(in.readNBytes(4), StandardCharsets.ISO_8859_1);
    in.reset();
    if (COMPRESSED.stream().anyMatch(start::startsWith)) {
      throw new ReportException(file + " is compressed; expand it first.");
    }
  }

  /** Some editors begin a file with what tells the order of bytes, which UTF-8 does not need. */
  private static void skipMark(InputStream in) throws IOException {
    in.mark(8);
    if (!new String(in.readNBytes(3), StandardCharsets.ISO_8859_1).equals(MARK)) {
      in.reset();
    }
  }

  private static Reader text(InputStream in) {
    return new InputStreamReader(
        in,
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT));
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
        "%s, run %d: this is neither a line of replay --out nor a result of serve-bench"
                .formatted(file, number)
            + " --result-json or of vLLM's benchmark (--save-result).");
  }
}
