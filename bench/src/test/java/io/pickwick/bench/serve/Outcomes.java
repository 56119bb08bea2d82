package io.pickwick.bench.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;

/** The outcomes that vLLM's benchmark was given for {@code serve/*.txt}. */
final class Outcomes {
  private Outcomes() {}

  static JsonNode resource(String name) {
    try (InputStream in = Objects.requireNonNull(Outcomes.class.getResourceAsStream(name))) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<Outcome> made() {
    List<Outcome> all = new ArrayList<>();
    for (JsonNode one : resource("/serve/outcomes.json").path("outcomes")) {
      long[] gaps =
          StreamSupport.stream(one.path("gaps").spliterator(), false)
              .mapToLong(JsonNode::asLong)
              .toArray();
      long end = one.path("first").asLong();
      for (long gap : gaps) {
        end += gap;
      }
      long due = one.path("due").asLong();
      Failure failure = one.path("failed").asBoolean() ? Failure.CONNECTION_LOST : Failure.NONE;
      all.add(
          new Outcome(
              all.size(),
              false,
              one.path("wanted").asLong(),
              due,
              due,
              one.path("first").asLong(),
              end,
              Gaps.of(gaps, gaps.length),
              one.path("prompt").asInt(),
              one.path("output").asInt(),
              -1,
              true,
              "",
              one.path("output").asInt(),
              failure,
              failure == Failure.NONE ? 200 : 0,
              failure == Failure.NONE ? "" : "made to fail",
              "",
              ""));
    }
    return all;
  }

  static double seconds() {
    return resource("/serve/outcomes.json").path("durationSeconds").asDouble();
  }
}
