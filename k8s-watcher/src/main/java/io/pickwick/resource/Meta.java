package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every Kubernetes resource says of itself.
 *
 * @param apiVersion {@code group/version}, or the version alone for the core group
 * @param kind its kind
 * @param namespace where it lives
 * @param name unique among its kind in its namespace
 * @param uid never used again for another resource; empty in a file
 * @param generation counts the changes of its {@code spec}; 0 in a file
 * @param created when it was created; the epoch in a file
 * @param labels its labels
 * @param annotations its annotations
 */
public record Meta(
    String apiVersion,
    String kind,
    String namespace,
    String name,
    String uid,
    long generation,
    Instant created,
    Map<String, String> labels,
    Map<String, String> annotations) {
  /**
   * Who wins where only one can: the oldest; among those of one age the first by name, and among
   * those of one name, which then differ in their group, the one of the newer group.
   */
  public static final Comparator<Meta> OLDEST =
      Comparator.comparing(Meta::created)
          .thenComparing(Meta::name)
          .thenComparing(Meta::group, Comparator.reverseOrder());

  private static final Logger log = LoggerFactory.getLogger(Meta.class);

  /** Keeps its own copies. */
  public Meta {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }

  /**
   * Reads a whole resource's own description.
   *
   * @param namespace what a resource that names none belongs to
   */
  public static Meta read(Spec document, String namespace) {
    Spec metadata = document.need("metadata");
    Spec name = metadata.need("name");
    if (name.text().isBlank()) {
      throw name.mistake("this must not be empty");
    }
    return new Meta(
        document.need("apiVersion").text(),
        document.need("kind").text(),
        metadata.get("namespace").map(Spec::text).orElse(namespace),
        name.text(),
        metadata.get("uid").map(Spec::text).orElse(""),
        metadata.get("generation").map(spec -> spec.integer(0, Long.MAX_VALUE)).orElse(0L),
        metadata.get("creationTimestamp").map(Meta::instant).orElse(Instant.EPOCH),
        metadata.get("labels").map(Meta::texts).orElse(Map.of()),
        metadata.get("annotations").map(Meta::texts).orElse(Map.of()));
  }

  /** The group of its API; empty for the core group. */
  public String group() {
    int slash = apiVersion.indexOf('/');
    return slash < 0 ? "" : apiVersion.substring(0, slash);
  }

  /** Kind, namespace and name, for messages. */
  @Override
  public String toString() {
    return kind + " " + namespace + "/" + name;
  }

  /** A mapping of texts, as labels and selectors are; a null value is an empty text. */
  static Map<String, String> texts(Spec spec) {
    Map<String, String> texts = new LinkedHashMap<>();
    spec.entries().forEach((key, value) -> texts.put(key, value.isNull() ? "" : value.text()));
    return texts;
  }

  private static Instant instant(Spec spec) {
    try {
      return Instant.parse(spec.text());
    } catch (DateTimeParseException e) {
      log.debug("creation time unreadable", e);
      throw spec.mistake("\"" + spec.text() + "\" is no time; write it as in 2026-11-21T08:00:00Z");
    }
  }
}
