package io.pickwick.epp.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pickwick.pool.PoolSnapshot;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoadSnapshot;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/** The pool as it is known right now, as JSON for people: every endpoint, what it told and when. */
public final class PoolPage implements Supplier<String> {
  private final JsonFactory json = new JsonFactory();
  private final String name;
  private final Supplier<PoolSnapshot> pool;
  private final Supplier<Map<String, Long>> generations;
  private final ToIntFunction<Endpoint> historyBlocks;
  private final LongSupplier nanos;
  private final Supplier<Map<String, Object>> prefix;
  private final Function<Endpoint, Map<String, Object>> notes;

  /**
   * A page of one pool.
   *
   * @param generations which configuration and which resources are in force, in their order
   * @param historyBlocks how many prompt blocks are remembered of an endpoint
   * @param prefix how prompts are matched with what endpoints hold, in its order
   * @param notes what else is to be told of an endpoint, in its order; of both, values are numbers,
   *     truths, maps of such, or their text
   */
  public PoolPage(
      String name,
      Supplier<PoolSnapshot> pool,
      Supplier<Map<String, Long>> generations,
      ToIntFunction<Endpoint> historyBlocks,
      LongSupplier nanos,
      Supplier<Map<String, Object>> prefix,
      Function<Endpoint, Map<String, Object>> notes) {
    this.name = name;
    this.pool = pool;
    this.generations = generations;
    this.historyBlocks = historyBlocks;
    this.nanos = nanos;
    this.prefix = prefix;
    this.notes = notes;
  }

  @Override
  public String get() {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = json.createGenerator(text).useDefaultPrettyPrinter()) {
      PoolSnapshot snapshot = pool.get();
      out.writeStartObject();
      out.writeStringField("pool", name);
      out.writeBooleanField("synced", snapshot.synced());
      out.writeObjectFieldStart("generations");
      for (Map.Entry<String, Long> generation : generations.get().entrySet()) {
        out.writeNumberField(generation.getKey(), generation.getValue());
      }
      out.writeEndObject();
      write(out, "prefix", prefix.get());
      out.writeArrayFieldStart("endpoints");
      for (Endpoint endpoint : snapshot.endpoints()) {
        write(out, endpoint);
      }
      out.writeEndArray();
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.append('\n').toString();
  }

  private void write(JsonGenerator out, Endpoint endpoint) throws IOException {
    long now = nanos.getAsLong();
    LoadSnapshot load = endpoint.load().snapshot(now);
    out.writeStartObject();
    out.writeStringField("namespace", endpoint.namespace());
    out.writeStringField("name", endpoint.name());
    out.writeStringField("address", endpoint.hostPort());
    out.writeObjectFieldStart("labels");
    for (Map.Entry<String, String> label : endpoint.labels().entrySet()) {
      out.writeStringField(label.getKey(), label.getValue());
    }
    out.writeEndObject();
    out.writeBooleanField("reachable", endpoint.load().reachable());
    out.writeBooleanField("ejected", endpoint.load().ejected(now));
    out.writeNumberField("inFlight", load.inFlight());
    out.writeNumberField("detached", load.detached());
    out.writeNumberField("queuedTokens", Math.round(load.queuedTokens()));
    out.writeNumberField("prefillTokensPerSecond", Math.round(load.prefillRate()));
    out.writeNumberField("requests", load.requests());
    out.writeNumberField("rememberedBlocks", historyBlocks.applyAsInt(endpoint));
    for (Map.Entry<String, Object> note : notes.apply(endpoint).entrySet()) {
      write(out, note.getKey(), note.getValue());
    }
    Optional<Gauges> told = endpoint.load().gauges();
    if (told.isPresent()) {
      Gauges gauges = told.get();
      out.writeObjectFieldStart("told");
      out.writeNumberField("ageMillis", (now - gauges.observedNanos()) / 1_000_000);
      out.writeNumberField("waiting", gauges.waiting());
      out.writeNumberField("running", gauges.running());
      out.writeNumberField("kvUsage", gauges.kvUsage());
      out.writeNumberField("blockSize", gauges.blockSize());
      out.writeNumberField("blocks", gauges.blocks());
      out.writeStringField("hashAlgorithm", gauges.hashAlgorithm());
      out.writeNumberField("maxLora", gauges.lora().max());
      out.writeArrayFieldStart("runningLora");
      for (String adapter : gauges.lora().running()) {
        out.writeString(adapter);
      }
      out.writeEndArray();
      out.writeEndObject();
    }
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, String name, Object value) throws IOException {
    switch (value) {
      case Map<?, ?> fields -> {
        out.writeObjectFieldStart(name);
        for (Map.Entry<?, ?> field : fields.entrySet()) {
          write(out, String.valueOf(field.getKey()), field.getValue());
        }
        out.writeEndObject();
      }
      case Boolean truth -> out.writeBooleanField(name, truth);
      case Integer number -> out.writeNumberField(name, number);
      case Long number -> out.writeNumberField(name, number);
      default -> out.writeStringField(name, value.toString());
    }
  }
}
