package io.pickwick.resource;

import io.pickwick.schedule.spec.Spec;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/**
 * InferenceModelRewrite, {@code inference.networking.x-k8s.io/v1alpha2} and {@code
 * llm-d.ai/v1alpha2}: what becomes of the model name of requests.
 *
 * @param meta what it says of itself
 * @param rules in their order
 * @param pool the pool that it is for
 */
public record InferenceModelRewrite(Meta meta, List<Rule> rules, PoolRef pool) {
  /** The kind. */
  public static final String KIND = "InferenceModelRewrite";

  /** Keeps its own copy. */
  public InferenceModelRewrite {
    rules = List.copyOf(rules);
  }

  /**
   * What becomes of some names.
   *
   * @param models the names, exactly; none stands for every name
   * @param targets what the requests are sent on as, at least one; no weight is a weight of 0, and
   *     where all are 0 the shares are equal
   */
  public record Rule(List<String> models, List<TargetModel> targets) {
    /** Keeps its own copies. */
    public Rule {
      models = List.copyOf(models);
      targets = List.copyOf(targets);
    }

    static Rule read(Spec spec) {
      SequencedSet<String> models = new LinkedHashSet<>();
      spec.get("matches")
          .ifPresent(matches -> matches.items().forEach(match -> models.add(model(match))));
      // GIE v1.2 has "split" for what is "targets" since v1.3.
      Spec targets =
          spec.get("targets")
              .or(() -> spec.get("split"))
              .orElseThrow(() -> spec.mistake("\"targets\" is missing"));
      List<TargetModel> read = TargetModel.readAll(targets, "modelRewrite");
      if (read.isEmpty()) {
        throw targets.mistake("at least one target is wanted");
      }
      return new Rule(List.copyOf(models), read);
    }

    private static String model(Spec match) {
      Spec model = match.need("model");
      model
          .get("type")
          .ifPresent(type -> {
            if (!type.text().equals("Exact")) {
              throw type.mistake("\"" + type.text() + "\" is not known; known: Exact");
            }
          });
      Spec value = model.need("value");
      if (value.text().isEmpty()) {
        throw value.mistake("this must not be empty");
      }
      return value.text();
    }
  }

  /**
   * Reads a whole resource.
   *
   * @param namespace what a resource that names none belongs to
   */
  public static InferenceModelRewrite read(Spec document, String namespace) {
    Spec spec = document.need("spec");
    List<Rule> rules = new ArrayList<>();
    spec.need("rules").items().forEach(rule -> rules.add(Rule.read(rule)));
    return new InferenceModelRewrite(
        Meta.read(document, namespace), rules, PoolRef.read(spec.need("poolRef")));
  }
}
