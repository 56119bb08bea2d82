package io.pickwick.kube;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.pickwick.resource.Meta;
import io.pickwick.resource.PodFacts;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads pods, of which most is passed over unread. */
final class PodReader implements ObjectReader<PodFacts> {
  // A pod of a real cluster has ten thousand characters and more, nine tenths of them in its spec
  // and in the notes of who wrote which field. Nothing else in a pod has these names and is an
  // object: what people name freely, labels and annotations, are texts.

  private static final List<String> UNREAD = List.of("spec", "managedFields");

  /** Annotations of other groups come and go and say nothing about endpoints. */
  private static final List<String> GROUPS = List.of("llm-d.ai/", "inference.networking.");

  private final String namespace;

  PodReader(String namespace) {
    this.namespace = namespace;
  }

  @Override
  public InputStream sifted(InputStream text) {
    return new JsonSieve(text, UNREAD);
  }

  @Override
  public Seen<PodFacts> read(JsonParser parser) throws IOException {
    Draft draft = new Draft();
    object(
        parser,
        field -> {
          switch (field) {
            case "metadata" -> object(parser, name -> metadata(parser, name, draft));
            case "status" -> object(parser, name -> status(parser, name, draft));
            default -> parser.skipChildren();
          }
        });
    return draft.seen(namespace);
  }

  private static void metadata(JsonParser parser, String field, Draft draft) throws IOException {
    switch (field) {
      case "name" -> draft.name = text(parser);
      case "uid" -> draft.uid = text(parser);
      case "resourceVersion" -> draft.version = text(parser);
      case "creationTimestamp" -> draft.created = text(parser);
      case "deletionTimestamp" -> draft.terminating = !text(parser).isEmpty();
      case "labels" -> object(parser, key -> draft.labels.put(key, text(parser)));
      case "annotations" ->
          object(
              parser,
              key -> {
                if (isOurs(key)) {
                  draft.annotations.put(key, text(parser));
                } else {
                  parser.skipChildren();
                }
              });
      default -> parser.skipChildren();
    }
  }

  private static void status(JsonParser parser, String field, Draft draft) throws IOException {
    switch (field) {
      case "podIP" -> draft.address = text(parser);
      case "podIPs" -> array(parser, () -> address(parser, draft));
      case "conditions" -> array(parser, () -> condition(parser, draft));
      default -> parser.skipChildren();
    }
  }

  private static void address(JsonParser parser, Draft draft) throws IOException {
    object(
        parser,
        field -> {
          String value = text(parser);
          if (field.equals("ip") && !value.isEmpty()) {
            draft.addresses.add(value);
          }
        });
  }

  private static void condition(JsonParser parser, Draft draft) throws IOException {
    Draft.Condition condition = new Draft.Condition();
    object(
        parser,
        field -> {
          String value = text(parser);
          if (field.equals("type")) {
            condition.type = value;
          } else if (field.equals("status")) {
            condition.status = value;
          }
        });
    if (condition.type.equals("Ready")) {
      draft.ready = condition.status.equals("True");
    }
  }

  private static boolean isOurs(String annotation) {
    for (String group : GROUPS) {
      if (annotation.startsWith(group)) {
        return true;
      }
    }
    return false;
  }

  @FunctionalInterface
  private interface Field {
    /** Reads the value at which the parser is. */
    void read(String name) throws IOException;
  }

  @FunctionalInterface
  private interface Item {
    /** Reads the value at which the parser is. */
    void read() throws IOException;
  }

  /** Reads the fields of an object; anything else has none. */
  private static void object(JsonParser parser, Field field) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      field.read(name);
    }
    if (parser.currentToken() != JsonToken.END_OBJECT) {
      throw new IOException("a pod breaks off");
    }
  }

  /** Reads the values of an array; anything else has none. */
  private static void array(JsonParser parser, Item item) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return;
    }
    for (JsonToken it = parser.nextToken(); it != JsonToken.END_ARRAY; it = parser.nextToken()) {
      if (it == null) {
        throw new IOException("a pod breaks off");
      }
      item.read();
    }
  }

  /** A text as it is; null and whatever is no text are empty. */
  private static String text(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    parser.skipChildren();
    return "";
  }

  /** What was read of a pod so far. */
  private static final class Draft {
    private String name = "";
    private String uid = "";
    private String version = "";
    private String created = "";
    private String address = "";
    private final List<String> addresses = new ArrayList<>(2);
    private final Map<String, String> labels = new HashMap<>();
    private final Map<String, String> annotations = new HashMap<>();
    private boolean ready;
    private boolean terminating;

    private static final class Condition {
      private String type = "";
      private String status = "";
    }

    Seen<PodFacts> seen(String namespace) throws IOException {
      if (name.isEmpty()) {
        throw new IOException("a pod without a name came");
      }
      if (addresses.isEmpty() && !address.isEmpty()) {
        addresses.add(address);
      }
      // A pod's generation says nothing about an endpoint; its spec is not for us.
      Meta meta = new Meta("v1", "Pod", namespace, name, uid, 0, instant(), labels, annotations);
      PodFacts facts = new PodFacts(meta, addresses, ready, terminating);
      return new Seen<>(name, uid, 0, version, facts, () -> facts);
    }

    private Instant instant() throws IOException {
      try {
        return created.isEmpty() ? Instant.EPOCH : Instant.parse(created);
      } catch (DateTimeParseException e) {
        throw new IOException("a pod was created at " + created, e);
      }
    }
  }
}
