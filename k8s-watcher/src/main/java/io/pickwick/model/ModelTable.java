package io.pickwick.model;

import io.pickwick.model.Acceptance.Reason;
import io.pickwick.resource.InferenceModel;
import io.pickwick.resource.InferenceModelRewrite;
import io.pickwick.resource.InferenceModelRewrite.Rule;
import io.pickwick.resource.InferenceObjective;
import io.pickwick.resource.Meta;
import io.pickwick.resource.PoolId;
import io.pickwick.resource.Resources;
import io.pickwick.resource.TargetModel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which model serves a name and how much its requests matter, by the resources of one moment.
 *
 * <p>Immutable; a request costs two look-ups and at most one {@link Route}.
 */
public final class ModelTable {
  // The target is chosen by the first of these that says anything:
  //   1. the InferenceModelRewrite rules that match the name exactly,
  //   2. the InferenceModel of the name, where it has target models,
  //   3. the InferenceModelRewrite rules that match every name,
  //   4. the header x-gateway-model-name-rewrite,
  //   5. the name itself.
  // Among several of 1 or of 3 the one of the oldest resource counts, and within it the first.
  // So GIE has it, and the rules over the header; InferenceModel, which it no longer knew by
  // then, stands where "exact beats generic" puts it.
  //
  // The priority is that of the InferenceObjective which the header names; without one, that of the
  // InferenceModel's criticality; without one, 0.

  /** The table of no resources: every name stays as it is. */
  public static final ModelTable EMPTY =
      ModelTable.of(new PoolId(PoolId.GROUP, "", ""), Resources.NONE);

  private final Map<String, Entry> entries;
  private final Entry others;
  private final Map<String, Ranking> objectives;
  private final List<Acceptance> acceptances;

  private ModelTable(
      Map<String, Entry> entries,
      Entry others,
      Map<String, Ranking> objectives,
      List<Acceptance> acceptances) {
    this.entries = Map.copyOf(entries);
    this.others = others;
    this.objectives = Map.copyOf(objectives);
    this.acceptances = List.copyOf(acceptances);
  }

  /** The table of a pool; what is for other pools is passed over. */
  public static ModelTable of(PoolId pool, Resources resources) {
    List<Acceptance> acceptances = new ArrayList<>();
    Map<String, InferenceModel> models = models(pool, resources, acceptances);
    Map<String, Ranking> objectives = objectives(pool, resources, acceptances);
    Map<String, Targets> exact = new HashMap<>();
    Optional<Targets> generic = rewrites(pool, resources, acceptances, exact);
    Set<String> names = new HashSet<>(models.keySet());
    names.addAll(exact.keySet());
    Map<String, Entry> entries = HashMap.newHashMap(names.size());
    for (String name : names) {
      Optional<InferenceModel> model = Optional.ofNullable(models.get(name));
      Ranking ranking =
          model
              .map(of -> new Ranking(of.criticality().priority(), Optional.of(of.meta())))
              .orElse(Ranking.NONE);
      Optional<Targets> targets =
          Optional.ofNullable(exact.get(name))
              .or(() ->
                  model
                      .filter(of -> !of.targets().isEmpty())
                      .map(of -> new Targets(of.targets(), of.meta())))
              .or(() -> generic);
      entries.put(name, Entry.of(targets, ranking));
    }
    return new ModelTable(entries, Entry.of(generic, Ranking.NONE), objectives, acceptances);
  }

  /**
   * What becomes of a request.
   *
   * @param model the name that the client asks for
   * @param rewriteHeader the value of {@code x-gateway-model-name-rewrite}; an empty one says
   *     nothing
   * @param objectiveHeader the value of {@code x-gateway-inference-objective}
   * @param random from 0, below 1: chooses among the targets
   */
  public Route route(
      String model,
      Optional<String> rewriteHeader,
      Optional<String> objectiveHeader,
      double random) {
    Entry entry = entries.getOrDefault(model, others);
    Ranking asked = objectiveHeader.isPresent() ? objectives.get(objectiveHeader.get()) : null;
    Ranking ranking = asked == null ? entry.ranking : asked;
    if (entry.split.isPresent()) {
      Route route = entry.split.get().route(random);
      return asked == null
          ? route
          : new Route(route.target(), route.targetBy(), ranking.priority(), ranking.by());
    }
    String target =
        rewriteHeader.isPresent() && !rewriteHeader.get().isEmpty() ? rewriteHeader.get() : model;
    return new Route(target, Optional.empty(), ranking.priority(), ranking.by());
  }

  /** Of every resource that is for the pool, whether it counts; the oldest of each kind first. */
  public List<Acceptance> acceptances() {
    return acceptances;
  }

  private static Map<String, InferenceModel> models(
      PoolId pool, Resources resources, List<Acceptance> acceptances) {
    Map<String, InferenceModel> models = new HashMap<>();
    resources.models().stream()
        .filter(model -> model.pool().namesByAnyGroup(pool, model.meta().namespace()))
        .sorted(Comparator.comparing(InferenceModel::meta, Meta.OLDEST))
        .forEach(model -> {
          InferenceModel older = models.putIfAbsent(model.modelName(), model);
          acceptances.add(
              older == null
                  ? Acceptance.accepted(model.meta())
                  : new Acceptance(
                      model.meta(),
                      false,
                      Reason.MODEL_NAME_IN_USE,
                      "model name "
                          + model.modelName()
                          + " is served by the older InferenceModel "
                          + older.meta().name()
                          + "; choose another name, or delete that one"));
        });
    return models;
  }

  private static Map<String, Ranking> objectives(
      PoolId pool, Resources resources, List<Acceptance> acceptances) {
    Map<String, Ranking> objectives = new HashMap<>();
    resources.objectives().stream()
        .filter(objective -> objective.pool().names(pool, objective.meta().namespace()))
        .sorted(Comparator.comparing(InferenceObjective::meta, Meta.OLDEST))
        .forEach(objective -> {
          Meta meta = objective.meta();
          boolean first =
              objectives.putIfAbsent(
                      meta.name(), new Ranking(objective.priority(), Optional.of(meta)))
                  == null;
          acceptances.add(
              first
                  ? Acceptance.accepted(meta)
                  : new Acceptance(
                      meta,
                      false,
                      Reason.NAME_IN_USE,
                      "an InferenceObjective of another API group has this name; delete one"));
        });
    return objectives;
  }

  /** Fills in the rules for exact names; the rule for every name comes back. */
  private static Optional<Targets> rewrites(
      PoolId pool, Resources resources, List<Acceptance> acceptances, Map<String, Targets> exact) {
    List<Targets> generic = new ArrayList<>();
    resources.rewrites().stream()
        .filter(rewrite -> rewrite.pool().names(pool, rewrite.meta().namespace()))
        .sorted(Comparator.comparing(InferenceModelRewrite::meta, Meta.OLDEST))
        .forEach(rewrite -> {
          acceptances.add(Acceptance.accepted(rewrite.meta()));
          for (Rule rule : rewrite.rules()) {
            Targets targets = new Targets(rule.targets(), rewrite.meta());
            rule.models().forEach(model -> exact.putIfAbsent(model, targets));
            if (rule.models().isEmpty()) {
              generic.add(targets);
            }
          }
        });
    return generic.stream().findFirst();
  }

  private record Targets(List<TargetModel> models, Meta by) {}

  private record Entry(Optional<Split> split, Ranking ranking) {
    static Entry of(Optional<Targets> targets, Ranking ranking) {
      return new Entry(targets.map(of -> new Split(of.models(), of.by(), ranking)), ranking);
    }
  }
}
