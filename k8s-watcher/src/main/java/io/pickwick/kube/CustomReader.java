package io.pickwick.kube;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.schedule.spec.Spec;
import java.io.IOException;
import java.util.List;
import java.util.function.BiFunction;

/** Reads custom resources: their own words and labels matter to us, not their status. */
final class CustomReader<T> implements ObjectReader<T> {
  /** The deepest that an object of ours can be; one that is deeper is told so. */
  private static final int DEEPEST = 100;

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

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
    boolean[] tooDeep = {false};
    if (!(tree(parser, 0, tooDeep) instanceof ObjectNode object)
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
        () -> {
          Spec spec = Spec.parseObject(kind + " " + namespace + "/" + name, object.toString());
          if (tooDeep[0]) {
            throw spec.mistake("this must not be nested deeper than " + DEEPEST);
          }
          return reader.apply(spec, namespace);
        });
  }

  /** What the parser is at, of which everything too deep is left out. */
  private static JsonNode tree(JsonParser parser, int depth, boolean[] tooDeep) throws IOException {
    JsonToken token = parser.currentToken();
    if (token.isStructStart() && depth == DEEPEST) {
      parser.skipChildren();
      tooDeep[0] = true;
      return JSON.nullNode();
    }
    return switch (token) {
      case START_OBJECT -> {
        ObjectNode object = JSON.objectNode();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String field = parser.currentName();
          parser.nextToken();
          object.set(field, tree(parser, depth + 1, tooDeep));
        }
        yield object;
      }
      case START_ARRAY -> {
        ArrayNode array = JSON.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(tree(parser, depth + 1, tooDeep));
        }
        yield array;
      }
      default -> MAPPER.readTree(parser);
    };
  }
}
