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
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes verdicts into the status of objects, where they do not stand there already. */
final class StatusWriter implements AutoCloseable {
  // One thread works off the verdicts that were wanted last, at most one a while. Before it writes
  // it reads the object, and writes only what differs, as a merge patch that names the version that
  // was read: who changed the object meanwhile makes it a conflict, and it is tried again. What was
  // written is remembered, so that an unchanged verdict costs nothing. A refusal ends the work
  // until
  // other verdicts are wanted.

  private static final Logger log = LoggerFactory.getLogger(StatusWriter.class);
  private static final String ACCEPTED = "Accepted";

  private final ApiServer api;
  private final Supplier<String> collection;
  private final BooleanSupplier leads;
  private final InstantSource clock;
  private final RetryPace pace;
  private final Duration spacing;
  private final Thread thread;
  private final Semaphore wake = new Semaphore(0);
  private volatile List<Verdict> wanted = List.of();
  private volatile boolean closed;

  // Only the thread's:
  private final Map<String, Verdict> written = new HashMap<>();
  private List<Verdict> givenUp = List.of();
  private int failures;

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
    this.leads = leads;
    this.clock = clock;
    this.pace = pace;
    this.spacing = spacing;
    this.thread = threads.newThread(this::run);
  }

  void start() {
    thread.start();
  }

  /** Wants these to stand in the status of their objects; what was wanted before is forgotten. */
  void want(List<Verdict> verdicts) {
    wanted = List.copyOf(verdicts);
    wake.release();
  }

  /** Looks again, after we became the leader. */
  void wake() {
    wake.release();
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    try {
      while (!closed) {
        if (failures > 0) {
          boolean _ = wake.tryAcquire(pace.pause(failures).toNanos(), TimeUnit.NANOSECONDS);
        } else {
          wake.acquire();
        }
        wake.drainPermits();
        if (leads.getAsBoolean()) {
          work(wanted);
        }
      }
    } catch (InterruptedException e) {
      log.debug("status writer interrupted", e);
    }
  }

  private void work(List<Verdict> verdicts) throws InterruptedException {
    if (verdicts.equals(givenUp)) {
      return;
    }
    written.keySet().retainAll(verdicts.stream().map(Verdict::uid).toList());
    try {
      for (Verdict verdict : verdicts) {
        if (!verdict.equals(written.get(verdict.uid()))) {
          if (write(verdict)) {
            TimeUnit.NANOSECONDS.sleep(spacing.toNanos());
          }
          written.put(verdict.uid(), verdict);
        }
      }
      failures = 0;
    } catch (ApiRefusal e) {
      refused(e, verdicts);
    } catch (IOException e) {
      log.debug("status could not be written", e);
      failures++;
    } catch (RuntimeException e) {
      log.error("status could not be written", e);
      failures++;
    }
  }

  private void refused(ApiRefusal refusal, List<Verdict> verdicts) {
    switch (refusal.code()) {
      case 409, 429, 500, 502, 503, 504 -> {
        log.debug("status could not be written", refusal);
        failures++;
      }
      default -> {
        failures = 0;
        givenUp = verdicts;
        log.warn(
            "status is not written, until something changes ({}); to let us, grant get on"
                + " inferencemodels and patch on inferencemodels/status",
            refusal.words());
      }
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
