package io.pickwick.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Writes verdicts into the status of objects, where they do not stand there already. */
final class StatusWriter implements AutoCloseable {
  // Verdicts are worked off one after another, at most one a while. Before one is written the
  // object is read, and only what differs is written, as a merge patch that names the version that
  // was read: who changed the object meanwhile makes it a conflict, and it is tried again. What was
  // written is remembered, so that an unchanged verdict costs nothing.

  private static final String ACCEPTED = "Accepted";

  private final ApiServer api;
  private final Supplier<String> collection;
  private final InstantSource clock;
  private final Duration spacing;
  private final ApiWriter<List<Verdict>> writer;

  // Only the writer's thread's:
  private final Map<String, Verdict> written = new HashMap<>();

  /**
   * @param collection the path of the objects
   * @param leads whether it is ours to write
   * @param clock gives transitions their time
   * @param pace how long to wait after failures
   * @param spacing how long to wait between two writes
   */
  StatusWriter(
      ApiServer api,
      Supplier<String> collection,
      BooleanSupplier leads,
      InstantSource clock,
      RetryPace pace,
      Duration spacing,
      ThreadFactory threads) {
    this.api = api;
    this.collection = collection;
    this.clock = clock;
    this.spacing = spacing;
    this.writer =
        new ApiWriter<>(
            "status",
            "to let us, grant get on inferencemodels and patch on inferencemodels/status",
            this::write,
            leads,
            pace,
            threads);
  }

  void start() {
    writer.start();
  }

  /** Wants these to stand in the status of their objects; what was wanted before is forgotten. */
  void want(List<Verdict> verdicts) {
    writer.want(List.copyOf(verdicts));
  }

  /** Looks again, after we became the leader. */
  void wake() {
    writer.wake();
  }

  @Override
  public void close() {
    writer.close();
  }

  private void write(List<Verdict> verdicts) throws IOException, ApiRefusal, InterruptedException {
    written.keySet().retainAll(verdicts.stream().map(Verdict::uid).toList());
    Optional<ApiRefusal> refused = Optional.empty();
    for (Verdict verdict : verdicts) {
      if (!verdict.equals(written.get(verdict.uid()))) {
        try {
          if (write(verdict)) {
            TimeUnit.NANOSECONDS.sleep(spacing.toNanos());
          }
          written.put(verdict.uid(), verdict);
        } catch (ApiRefusal e) {
          // Why it is refused may lie in this object alone.
          refused = Optional.of(refused.orElse(e));
          TimeUnit.NANOSECONDS.sleep(spacing.toNanos());
        }
      }
    }
    if (refused.isPresent()) {
      throw refused.get();
    }
  }

  /** Makes the object say so; says whether that took writing. */
  private boolean write(Verdict verdict) throws IOException, ApiRefusal, InterruptedException {
    String path = collection.get() + "/" + verdict.name();
    JsonNode object;
    try {
      object = api.get(path);
    } catch (ApiRefusal e) {
      if (e.code() == 404) {
        return false;
      }
      throw e;
    }
    Optional<ObjectNode> patch = patch(object, verdict);
    if (patch.isPresent()) {
      api.patch(path + "/status", patch.get());
    }
    return patch.isPresent();
  }

  private Optional<ObjectNode> patch(JsonNode object, Verdict verdict) {
    if (!object.at("/metadata/uid").asText().equals(verdict.uid())) {
      return Optional.empty();
    }
    String status = verdict.accepted() ? "True" : "False";
    ArrayNode conditions = JsonNodeFactory.instance.arrayNode();
    String since = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    for (JsonNode condition : object.at("/status/conditions")) {
      if (!condition.path("type").asText().equals(ACCEPTED)) {
        conditions.add(condition);
      } else if (condition.path("status").asText().equals(status)) {
        if (condition.path("reason").asText().equals(verdict.reason())
            && condition.path("message").asText().equals(verdict.message())
            && condition.path("observedGeneration").asLong() == verdict.generation()) {
          return Optional.empty();
        }
        since = condition.path("lastTransitionTime").asText(since);
      }
    }
    conditions
        .addObject()
        .put("type", ACCEPTED)
        .put("status", status)
        .put("reason", verdict.reason())
        .put("message", verdict.message())
        .put("observedGeneration", verdict.generation())
        .put("lastTransitionTime", since);
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch
        .putObject("metadata")
        .put("resourceVersion", object.at("/metadata/resourceVersion").asText());
    patch.putObject("status").set("conditions", conditions);
    return Optional.of(patch);
  }
}
