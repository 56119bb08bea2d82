package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Resources for tests. */
final class Documents {
  private Documents() {}

  /** One document called {@code f}. */
  static Spec document(String text) {
    return Spec.parse("f", text);
  }

  static InferencePool pool(String... lines) {
    return InferencePool.read(document(String.join("\n", lines)), "ns");
  }

  static Meta pod(
      String name,
      String uid,
      long created,
      Map<String, String> labels,
      Map<String, String> notes) {
    return new Meta("v1", "Pod", "ns", name, uid, 0, Instant.ofEpochSecond(created), labels, notes);
  }

  static PodFacts ready(Meta meta, String... addresses) {
    return new PodFacts(meta, List.of(addresses), true, false);
  }
}
