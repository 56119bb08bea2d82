package io.pickwick.kube;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.schedule.spec.Spec;
import java.io.IOException;
import java.util.List;
import java.util.function.BiFunction;

/** Reads custom resources: their own words and labels matter to us, not their status. */
final class CustomReader<T> implements ObjectReader<T> {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** What {@code kubectl apply} notes for itself: the object once more. */
  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  private final String kind;
  private final String namespace;
  private final BiFunction<Spec, String, T> reader;

  CustomReader(String kind, String namespace, BiFunction<Spec, String, T> reader) {
    this.kind = kind;
    this.namespace = namespace;
    this.reader = reader;
  }

  @Override
  public Seen<T> read(JsonParser parser) throws IOException {
    if (!(MAPPER.readTree(parser) instanceof ObjectNode object)
        || !(object.get("metadata") instanceof ObjectNode metadata)) {
      throw new IOException("an object without metadata came");
    }
    String version = metadata.path("resourceVersion").asText();
    object.remove("status");
    metadata.remove(List.of("managedFields", "resourceVersion"));
    if (metadata.get("annotations") instanceof ObjectNode annotations) {
      annotations.remove(LAST_APPLIED);
    }
    String name = metadata.path("name").asText();
    return new Seen<>(
        name,
        metadata.path("uid").asText(),
        metadata.path("generation").asLong(),
        version,
        object,
        () ->
            reader.apply(
                Spec.parseObject(kind + " " + namespace + "/" + name, object.toString()),
                namespace));
  }
}
