package io.pickwick.bench.workload;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.pickwick.bench.command.Faults;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a trace in Mooncake's format: an object a line with {@code timestamp} in milliseconds,
 * {@code input_length}, {@code output_length} and {@code hash_ids}, a number for each block of the
 * prompt. Other fields are passed over.
 */
final class MooncakeRows {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String FIELDS =
      "a line has timestamp, input_length, output_length and hash_ids";
  private static final double MOST_MILLIS = 1e12;

  private final Path path;
  private final int block;
  private long line;

  private MooncakeRows(Path path, int block) {
    this.path = path;
    this.block = block;
  }

  /**
   * The first rows of a file.
   *
   * @param block how many tokens a block has
   * @param most at most so many
   */
  static List<TraceRow> read(Path path, int block, int most) {
    MooncakeRows rows = new MooncakeRows(path, block);
    try (InputStream in = TraceFile.open(path);
        JsonParser parser = JSON.createParser(in)) {
      return rows.read(parser, most);
    } catch (JsonProcessingException e) {
      long line = e.getLocation() == null ? rows.line + 1 : e.getLocation().getLineNr();
      throw TraceFile.wrong(
          path, line, "this is no JSON (%s); %s.".formatted(Faults.words(e), FIELDS));
    } catch (IOException e) {
      throw TraceFile.unreadable(path, e);
    }
  }

  private List<TraceRow> read(JsonParser parser, int most) throws IOException {
    List<TraceRow> rows = new ArrayList<>();
    while (rows.size() < most && parser.nextToken() != null) {
      line = parser.currentTokenLocation().getLineNr();
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        throw wrong("this is no object; " + FIELDS + ".");
      }
      TraceRow row = row(parser);
      TraceFile.follow(path, line, rows, row);
      rows.add(row);
    }
    if (rows.isEmpty()) {
      throw new WorkloadException(path + " is empty; " + FIELDS + ".");
    }
    return rows;
  }

  private TraceRow row(JsonParser parser) throws IOException {
    double millis = -1;
    int input = -1;
    int output = -1;
    int[] blocks = {};
    boolean hasBlocks = false;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "timestamp" -> millis = millis(parser);
        case "input_length" -> input = whole(parser, field, 1, Options.MOST_TOKENS);
        case "output_length" -> output = whole(parser, field, 0, Options.MOST_TOKENS);
        case "hash_ids" -> {
          blocks = blocks(parser);
          hasBlocks = true;
        }
        default -> parser.skipChildren();
      }
    }
    require("timestamp", millis >= 0);
    require("input_length", input >= 0);
    require("output_length", output >= 0);
    require("hash_ids", hasBlocks);
    int full = input / block;
    int all = (input + block - 1) / block;
    if (blocks.length != full && blocks.length != all) {
      throw wrong(
          "there are %d hash_ids for %d tokens, which are %d blocks of %d; say how many tokens a block has, as in block=16."
              .formatted(blocks.length, input, all, block));
    }
    return new TraceRow(Math.round(millis * 1e6), input, output, blocks);
  }

  private void require(String field, boolean there) {
    if (!there) {
      throw wrong("%s is missing; %s.".formatted(field, FIELDS));
    }
  }

  private double millis(JsonParser parser) throws IOException {
    if (parser.currentToken().isNumeric()) {
      double millis = parser.getDoubleValue();
      if (millis >= 0 && millis <= MOST_MILLIS) {
        return millis;
      }
    }
    throw wrong(
        "timestamp is %s; it is a number of milliseconds from 0 to %.0f."
            .formatted(parser.getText(), MOST_MILLIS));
  }

  private int whole(JsonParser parser, String field, int least, int most) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() == JsonParser.NumberType.INT) {
      int number = parser.getIntValue();
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw wrong(
        "%s is %s; it is a whole number from %d to %d."
            .formatted(field, parser.getText(), least, most));
  }

  private int[] blocks(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw wrong("hash_ids is %s; it is a list of numbers.".formatted(parser.getText()));
    }
    int[] blocks = new int[16];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (count == blocks.length) {
        blocks = Arrays.copyOf(blocks, 2 * count);
      }
      blocks[count++] = whole(parser, "a number in hash_ids", 0, Integer.MAX_VALUE);
    }
    return Arrays.copyOf(blocks, count);
  }

  private WorkloadException wrong(String what) {
    return TraceFile.wrong(path, line, what);
  }
}
