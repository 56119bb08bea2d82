package io.pickwick.kube;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How well the API server's word is known, kind by kind.
 *
 * @param kinds every kind that is watched, the pool's first
 * @param generation counts the snapshots of resources that were passed on; 0 before the first
 * @param synced whether the pool and its pods are known, and of every other kind at least whether
 *     it can be
 */
public record KubeStatus(List<Kind> kinds, long generation, boolean synced) {
  /** Keeps its own copy. */
  public KubeStatus {
    kinds = List.copyOf(kinds);
  }

  /** How a kind stands with the API server. */
  public enum State {
    /** Nothing was read yet. */
    SYNCING,
    /** Known, and every change is seen as it comes. */
    SYNCED,
    /** We may not read it; what was known stays in force. */
    DENIED,
    /** The API server knows no such kind; what was known stays in force. */
    MISSING,
    /** Known once, but the API server is away or fails; what was known stays in force. */
    STALE
  }

  /**
   * One kind.
   *
   * @param name the kind
   * @param group its API group, empty for the core group
   * @param version the version that is read; empty while none is
   * @param state how it stands
   * @param trouble why it is not synced, with the mend; empty when it is
   * @param objects how many are known
   * @param sinceEvent since the API server last said anything of this kind; absent before that
   * @param changes how often something that is in force changed
   * @param lists how often all was read anew
   * @param failures how often reading failed
   * @param mistakes the objects that are wrong
   */
  public record Kind(
      String name,
      String group,
      String version,
      State state,
      String trouble,
      int objects,
      Optional<Duration> sinceEvent,
      long changes,
      long lists,
      long failures,
      List<Mistake> mistakes) {
    /** Keeps its own copy. */
    public Kind {
      mistakes = List.copyOf(mistakes);
    }

    Kind with(List<Mistake> mistakes) {
      return new Kind(
          name,
          group,
          version,
          state,
          trouble,
          objects,
          sinceEvent,
          changes,
          lists,
          failures,
          mistakes);
    }
  }

  /**
   * An object that is wrong: its last right version stays in force, where there was one.
   *
   * @param kind its kind
   * @param namespace where it lives
   * @param name its name
   * @param uid its uid
   * @param generation the generation of the wrong version
   * @param message the place and the mend
   */
  public record Mistake(
      String kind, String namespace, String name, String uid, long generation, String message) {}

  /**
   * One value for the metrics page.
   *
   * @param name the metric
   * @param counter whether it only grows
   * @param help one sentence
   * @param labels its labels
   * @param value its value now
   */
  public record Sample(
      String name, boolean counter, String help, Map<String, String> labels, double value) {
    /** Keeps its own copy. */
    public Sample {
      labels = Map.copyOf(labels);
    }
  }

  /** One line for each kind that is not synced and for each mistake, as words for people. */
  public List<String> words() {
    List<String> words = new ArrayList<>();
    for (Kind kind : kinds) {
      if (kind.state() != State.SYNCED) {
        words.add(
            kind.name()
                + (kind.group().isEmpty() ? "" : "." + kind.group())
                + ": "
                + kind.state().name().toLowerCase(Locale.ROOT)
                + (kind.trouble().isEmpty() ? "" : ": " + kind.trouble()));
      }
      kind.mistakes().forEach(mistake -> words.add(mistake.message()));
    }
    return words;
  }

  /** All values for the metrics page; those of one metric stand together. */
  public List<Sample> samples() {
    List<Sample> samples = new ArrayList<>();
    samples.add(
        new Sample(
            "pickwick_kube_generation",
            false,
            "Which snapshot of the cluster's resources is in force.",
            Map.of(),
            generation));
    for (Kind kind : kinds) {
      for (State state : State.values()) {
        samples.add(
            new Sample(
                "pickwick_kube_state",
                false,
                "1 for the state in which a kind is.",
                Map.of(
                    "kind",
                    kind.name(),
                    "group",
                    kind.group(),
                    "state",
                    state.name().toLowerCase(Locale.ROOT)),
                state == kind.state() ? 1 : 0));
      }
    }
    add(samples, "pickwick_kube_objects", false, "Objects known.", Kind::objects);
    add(
        samples,
        "pickwick_kube_mistakes",
        false,
        "Objects that are wrong and therefore not in force.",
        kind -> kind.mistakes().size());
    for (Kind kind : kinds) {
      kind.sinceEvent()
          .ifPresent(age ->
              samples.add(
                  new Sample(
                      "pickwick_kube_last_event_age_seconds",
                      false,
                      "Since the API server last said anything.",
                      labels(kind),
                      age.toNanos() / 1e9)));
    }
    add(
        samples,
        "pickwick_kube_changes_total",
        true,
        "Changes of what is in force.",
        Kind::changes);
    add(samples, "pickwick_kube_lists_total", true, "Times all was read anew.", Kind::lists);
    add(samples, "pickwick_kube_failures_total", true, "Times reading failed.", Kind::failures);
    return samples;
  }

  private void add(List<Sample> samples, String name, boolean counter, String help, ValueOf value) {
    for (Kind kind : kinds) {
      samples.add(new Sample(name, counter, help, labels(kind), value.of(kind)));
    }
  }

  private static Map<String, String> labels(Kind kind) {
    return Map.of("kind", kind.name(), "group", kind.group());
  }

  @FunctionalInterface
  private interface ValueOf {
    double of(Kind kind);
  }
}
