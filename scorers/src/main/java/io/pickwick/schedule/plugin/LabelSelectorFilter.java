package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Filter;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.spec.Spec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Keeps the endpoints whose labels meet all demands of a Kubernetes label selector. */
public record LabelSelectorFilter(
    String name, Map<String, String> matchLabels, List<Demand> matchExpressions) implements Filter {
  /** Keeps its own copies. */
  public LabelSelectorFilter {
    matchLabels = Map.copyOf(matchLabels);
    matchExpressions = List.copyOf(matchExpressions);
  }

  @Override
  public void filter(ScheduleRequest request, Candidates candidates) {
    candidates.retain(row -> matches(candidates.endpoint(row).labels()));
  }

  boolean matches(Map<String, String> labels) {
    for (Map.Entry<String, String> wanted : matchLabels.entrySet()) {
      if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
        return false;
      }
    }
    for (Demand demand : matchExpressions) {
      if (!demand.met(labels)) {
        return false;
      }
    }
    return true;
  }

  /**
   * One demand on one label.
   *
   * @param values for {@code In} and {@code NotIn}, else empty
   */
  public record Demand(String key, Operator operator, Set<String> values) {
    /** Keeps its own copy. */
    public Demand {
      values = Set.copyOf(values);
    }

    boolean met(Map<String, String> labels) {
      boolean there = labels.containsKey(key);
      return switch (operator) {
        case IN -> there && values.contains(labels.get(key));
        case NOT_IN -> !there || !values.contains(labels.get(key));
        case EXISTS -> there;
        case DOES_NOT_EXIST -> !there;
      };
    }
  }

  /** What a demand asks; {@code NotIn} is met by a label that is not there, as in Kubernetes. */
  public enum Operator {
    /** The label has one of the values. */
    IN("In"),
    /** The label has none of the values, or is not there. */
    NOT_IN("NotIn"),
    /** The label is there. */
    EXISTS("Exists"),
    /** The label is not there. */
    DOES_NOT_EXIST("DoesNotExist");

    private final String written;

    Operator(String written) {
      this.written = written;
    }

    static Operator read(Spec spec) {
      List<String> known = new ArrayList<>();
      for (Operator operator : values()) {
        if (operator.written.equals(spec.text())) {
          return operator;
        }
        known.add(operator.written);
      }
      throw spec.mistake("unknown operator; known: " + String.join(", ", known));
    }
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "label-selector-filter";
    }

    @Override
    public List<String> aliases() {
      return List.of("by-label-selector");
    }

    @Override
    public String description() {
      return "Keeps the endpoints whose labels match a Kubernetes label selector.";
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(
          new Parameter("matchLabels", "-", "Labels that must all have these values."),
          new Parameter(
              "matchExpressions",
              "-",
              "List of {key, operator, values}; operators In, NotIn, Exists, DoesNotExist."));
    }

    @Override
    public LabelSelectorFilter create(String name, Spec parameters) {
      Map<String, String> labels = new LinkedHashMap<>();
      parameters
          .get("matchLabels")
          .ifPresent(spec -> spec.entries().forEach((key, value) -> labels.put(key, value.text())));
      List<Demand> demands = new ArrayList<>();
      parameters
          .get("matchExpressions")
          .ifPresent(spec -> spec.items().forEach(item -> demands.add(demand(item))));
      return new LabelSelectorFilter(name, labels, demands);
    }

    private static Demand demand(Spec spec) {
      spec.only("key", "operator", "values");
      Operator operator = Operator.read(spec.need("operator"));
      Set<String> values =
          spec.get("values")
              .map(list -> list.items().stream().map(Spec::text).collect(Collectors.toSet()))
              .orElse(Set.of());
      boolean wanted = operator == Operator.IN || operator == Operator.NOT_IN;
      if (wanted == values.isEmpty()) {
        throw spec.mistake(
            "\"values\" must " + (wanted ? "not be empty" : "be empty") + " for this operator");
      }
      return new Demand(spec.need("key").text(), operator, values);
    }
  }
}
