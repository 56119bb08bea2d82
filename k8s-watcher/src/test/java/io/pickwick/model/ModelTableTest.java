package io.pickwick.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.model.Acceptance.Reason;
import io.pickwick.resource.Criticality;
import io.pickwick.resource.InferenceModel;
import io.pickwick.resource.InferenceModelRewrite;
import io.pickwick.resource.InferenceModelRewrite.Rule;
import io.pickwick.resource.InferenceObjective;
import io.pickwick.resource.Meta;
import io.pickwick.resource.PoolId;
import io.pickwick.resource.PoolRef;
import io.pickwick.resource.Resources;
import io.pickwick.resource.TargetModel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class ModelTableTest {
  private static final PoolId POOL = new PoolId(PoolId.GROUP, "ns", "pool");
  private static final PoolRef OURS = ref(Optional.empty(), "pool");
  private static final PoolRef OLD = ref(Optional.of(PoolId.OLD_GROUP), "pool");
  private static final PoolRef THEIRS = ref(Optional.empty(), "other");

  private final List<InferenceModel> models = new ArrayList<>();
  private final List<InferenceObjective> objectives = new ArrayList<>();
  private final List<InferenceModelRewrite> rewrites = new ArrayList<>();

  @Test
  void aNameThatNobodySpeaksOfStaysAsItIs() {
    assertThat(route("chat")).isEqualTo(new Route("chat", Optional.empty(), 0, Optional.empty()));
    assertThat(ModelTable.EMPTY.route("chat", Optional.of("x"), Optional.of("y"), 0.5))
        .isEqualTo(new Route("x", Optional.empty(), 0, Optional.empty()));
  }

  @Test
  void aModelWithoutTargetsKeepsItsNameAndRanks() {
    models.add(model("m", 1, "chat", Criticality.CRITICAL));
    assertThat(route("chat"))
        .isEqualTo(new Route("chat", Optional.empty(), 10, Optional.of(models.getFirst().meta())));
  }

  @Test
  void weightsAreSharesExactly() {
    models.add(model("m", 1, "chat", Criticality.STANDARD, "a:90", "b:9", "c:0", "d:1"));
    assertThat(shares("chat", 100)).isEqualTo(Map.of("a", 90, "b", 9, "d", 1));
    assertThat(shares("chat", 700)).isEqualTo(Map.of("a", 630, "b", 63, "d", 7));
  }

  @Test
  void largeWeightsDoNotOverflow() {
    String[] targets = new String[3_000];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = "t" + i + ":1000000";
    }
    rewrites.add(rewrite("r", 1, OURS, rule(List.of("chat"), targets)));
    assertThat(shares("chat", targets.length))
        .hasSize(targets.length)
        .containsEntry("t0", 1)
        .containsEntry("t2999", 1);
  }

  @Test
  void noWeightsAreEqualShares() {
    models.add(model("m", 1, "chat", Criticality.STANDARD, "a", "b", "c"));
    assertThat(shares("chat", 300)).isEqualTo(Map.of("a", 100, "b", 100, "c", 100));
  }

  @Test
  void weightsThatAreAllZeroAreEqualShares() {
    models.add(model("m", 1, "chat", Criticality.STANDARD, "a:0", "b:0"));
    rewrites.add(rewrite("r", 1, OURS, rule(List.of("talk"), "x:0", "y")));
    assertThat(shares("chat", 10)).isEqualTo(Map.of("a", 5, "b", 5));
    assertThat(shares("talk", 10)).isEqualTo(Map.of("x", 5, "y", 5));
  }

  @Test
  void aTargetWithoutAWeightBesideOthersWithOneGetsNothing() {
    rewrites.add(rewrite("r", 1, OURS, rule(List.of("chat"), "x:3", "y")));
    assertThat(shares("chat", 10)).isEqualTo(Map.of("x", 10));
  }

  @Test
  void theEndsOfTheRandomRangeAreTheEndsOfTheShares() {
    models.add(model("m", 1, "chat", Criticality.STANDARD, "a:0", "b:1", "c:1", "d:0"));
    ModelTable table = table();
    assertThat(table.route("chat", Optional.empty(), Optional.empty(), 0).target()).isEqualTo("b");
    assertThat(table.route("chat", Optional.empty(), Optional.empty(), Math.nextDown(1.0)).target())
        .isEqualTo("c");
    assertThat(table.route("chat", Optional.empty(), Optional.empty(), 1).target()).isEqualTo("c");
  }

  @Test
  void theOldestModelHasTheNameAndTheNextOneAfterItIsGone() {
    models.add(model("young", 3, "chat", Criticality.STANDARD, "c"));
    models.add(model("old", 1, "chat", Criticality.STANDARD, "a"));
    models.add(model("between", 2, "chat", Criticality.STANDARD, "b"));
    assertThat(route("chat").target()).isEqualTo("a");
    assertThat(table().acceptances())
        .extracting(it -> it.meta().name() + " " + it.accepted() + " " + it.reason().word())
        .containsExactly(
            "old true Accepted", "between false ModelNameInUse", "young false ModelNameInUse");
    assertThat(table().acceptances().get(1).message())
        .isEqualTo(
            "model name chat is served by the older InferenceModel old; choose another name, or"
                + " delete that one");
    models.remove(1);
    assertThat(route("chat").target()).isEqualTo("b");
  }

  @Test
  void modelsOfOneAgeAreRankedByName() {
    models.add(model("b", 1, "chat", Criticality.STANDARD, "second"));
    models.add(model("a", 1, "chat", Criticality.STANDARD, "first"));
    assertThat(route("chat").target()).isEqualTo("first");
  }

  @Test
  void aModelOfTheOldGroupIsOursAndOneOfAnotherPoolIsNot() {
    models.add(new InferenceModel(meta("m", 1), "chat", Criticality.CRITICAL, List.of(), OLD));
    models.add(new InferenceModel(meta("n", 1), "talk", Criticality.CRITICAL, List.of(), THEIRS));
    assertThat(route("chat").priority()).isEqualTo(10);
    assertThat(route("talk").priority()).isZero();
    assertThat(table().acceptances()).extracting(it -> it.meta().name()).containsExactly("m");
  }

  @Test
  void whatChoosesTheTargetComesInItsOrder() {
    models.add(model("m", 1, "chat", Criticality.CRITICAL, "by-model"));
    rewrites.add(rewrite("generic", 1, OURS, rule(List.of(), "by-generic")));
    rewrites.add(rewrite("exact", 9, OURS, rule(List.of("chat"), "by-exact")));
    Optional<String> header = Optional.of("by-header");
    assertThat(table().route("chat", header, Optional.empty(), 0).target()).isEqualTo("by-exact");
    rewrites.removeLast();
    assertThat(table().route("chat", header, Optional.empty(), 0).target()).isEqualTo("by-model");
    assertThat(table().route("talk", header, Optional.empty(), 0).target()).isEqualTo("by-generic");
    models.set(0, model("m", 1, "chat", Criticality.CRITICAL));
    assertThat(table().route("chat", header, Optional.empty(), 0))
        .isEqualTo(
            new Route(
                "by-generic",
                Optional.of(rewrites.getFirst().meta()),
                10,
                Optional.of(models.getFirst().meta())));
    rewrites.clear();
    assertThat(table().route("chat", header, Optional.empty(), 0).target()).isEqualTo("by-header");
    assertThat(table().route("chat", Optional.of(""), Optional.empty(), 0).target())
        .isEqualTo("chat");
  }

  @Test
  void amongRewritesTheOldestCountsThenItsFirstRule() {
    rewrites.add(rewrite("young", 2, OURS, rule(List.of("chat"), "y"), rule(List.of(), "yg")));
    rewrites.add(
        rewrite(
            "old",
            1,
            OURS,
            rule(List.of("talk", "chat"), "first"),
            rule(List.of("chat"), "second"),
            rule(List.of(), "g1"),
            rule(List.of(), "g2")));
    assertThat(route("chat"))
        .isEqualTo(new Route("first", Optional.of(rewrites.getLast().meta()), 0, Optional.empty()));
    assertThat(route("other").target()).isEqualTo("g1");
    rewrites.removeLast();
    assertThat(route("chat").target()).isEqualTo("y");
    assertThat(route("talk").target()).isEqualTo("yg");
  }

  @Test
  void rewritesAndObjectivesNameThePoolByItsExactGroup() {
    rewrites.add(rewrite("r", 1, OLD, rule(List.of(), "x")));
    rewrites.add(rewrite("s", 1, THEIRS, rule(List.of(), "y")));
    objectives.add(new InferenceObjective(meta("urgent", 1), 7, OLD));
    objectives.add(new InferenceObjective(meta("lazy", 1), -7, THEIRS));
    assertThat(route("chat").target()).isEqualTo("chat");
    assertThat(ranked("chat", "urgent").priority()).isZero();
    assertThat(ranked("chat", "lazy").priority()).isZero();
    assertThat(table().acceptances()).isEmpty();
  }

  @Test
  void theObjectiveOfTheHeaderRanksBeforeTheModel() {
    models.add(model("m", 1, "chat", Criticality.SHEDDABLE, "a"));
    objectives.add(new InferenceObjective(meta("urgent", 1), 7, OURS));
    Optional<Meta> urgent = Optional.of(objectives.getFirst().meta());
    Optional<Meta> model = Optional.of(models.getFirst().meta());
    assertThat(ranked("chat", "urgent")).isEqualTo(new Route("a", model, 7, urgent));
    assertThat(ranked("talk", "urgent")).isEqualTo(new Route("talk", Optional.empty(), 7, urgent));
    assertThat(ranked("chat", "unknown")).isEqualTo(new Route("a", model, -10, model));
    assertThat(ranked("talk", "unknown").priority()).isZero();
  }

  @Test
  void ofObjectivesOfOneNameInBothGroupsTheOlderCounts() {
    objectives.add(objective("llm-d.ai/v1alpha2", 2, 20));
    objectives.add(objective("inference.networking.x-k8s.io/v1alpha2", 1, 10));
    assertThat(ranked("chat", "o").priority()).isEqualTo(10);
    assertThat(table().acceptances())
        .extracting(it -> it.meta().group() + " " + it.reason())
        .containsExactly(
            "inference.networking.x-k8s.io " + Reason.ACCEPTED, "llm-d.ai " + Reason.NAME_IN_USE);
    objectives.set(1, objective("inference.networking.x-k8s.io/v1alpha2", 2, 10));
    assertThat(ranked("chat", "o").priority()).isEqualTo(20);
  }

  @Test
  void aSharedTargetIsTheSameRouteEveryTime() {
    models.add(model("m", 1, "chat", Criticality.STANDARD, "a"));
    ModelTable table = table();
    assertThat(table.route("chat", Optional.empty(), Optional.empty(), 0.1))
        .isSameAs(table.route("chat", Optional.of("x"), Optional.of("unknown"), 0.9));
  }

  @Test
  void anyResourcesInAnyOrderGiveWhatANaiveReadingGives() {
    long seed = RandomGenerator.getDefault().nextLong();
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    List<String> names = List.of("a", "b", "c", "d");
    for (int round = 0; round < 3_000; round++) {
      models.clear();
      rewrites.clear();
      objectives.clear();
      for (int i = random.nextInt(4); i > 0; i--) {
        models.add(anyModel(i, names, random));
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        rewrites.add(anyRewrite(i, names, random));
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        objectives.add(
            new InferenceObjective(
                meta("o" + i, random.nextInt(3)), random.nextInt(9) - 4, anyRef(random)));
      }
      ModelTable table = table();
      shuffle(models, random);
      shuffle(rewrites, random);
      ModelTable shuffled = table();
      for (String name : names) {
        Optional<String> header = random.nextBoolean() ? Optional.of("h") : Optional.empty();
        Optional<String> objective =
            random.nextBoolean() ? Optional.of("o" + random.nextInt(4)) : Optional.empty();
        double drawn = random.nextDouble();
        Route route = table.route(name, header, objective, drawn);
        assertThat(route.target() + " " + route.priority())
            .as("seed %d round %d name %s", seed, round, name)
            .isEqualTo(naive(name, header, objective, drawn));
        assertThat(shuffled.route(name, header, objective, drawn)).isEqualTo(route);
      }
    }
  }

  /** Every rule of the precedence as a search through everything. */
  private String naive(
      String name, Optional<String> header, Optional<String> objective, double drawn) {
    Optional<InferenceModel> model = Optional.empty();
    for (InferenceModel one : models) {
      if (one.modelName().equals(name)
          && one.pool().equals(OURS)
          && model.map(best -> Meta.OLDEST.compare(one.meta(), best.meta()) < 0).orElse(true)) {
        model = Optional.of(one);
      }
    }
    List<TargetModel> targets = List.of();
    if (model.isPresent()) {
      targets = model.get().targets();
    }
    List<TargetModel> exact = ruled(name);
    if (!exact.isEmpty()) {
      targets = exact;
    } else if (targets.isEmpty()) {
      targets = ruled("");
    }
    String target = targets.isEmpty() ? header.orElse(name) : drawn(targets, drawn);
    int priority = model.map(one -> one.criticality().priority()).orElse(0);
    for (InferenceObjective one : objectives) {
      if (one.pool().equals(OURS) && Optional.of(one.meta().name()).equals(objective)) {
        priority = one.priority();
      }
    }
    return target + " " + priority;
  }

  /** The targets of the rule that counts for a name, or with an empty one for every name. */
  private List<TargetModel> ruled(String name) {
    List<TargetModel> targets = List.of();
    Optional<Meta> by = Optional.empty();
    for (InferenceModelRewrite rewrite : rewrites) {
      for (Rule rule : rewrite.rules()) {
        boolean matches = name.isEmpty() ? rule.models().isEmpty() : rule.models().contains(name);
        if (rewrite.pool().equals(OURS)
            && matches
            && by.map(best -> Meta.OLDEST.compare(rewrite.meta(), best) < 0).orElse(true)) {
          targets = rule.targets();
          by = Optional.of(rewrite.meta());
        }
      }
    }
    return targets;
  }

  /** Lays every share out as so many tickets and takes one. */
  private static String drawn(List<TargetModel> targets, double drawn) {
    List<String> tickets = new ArrayList<>();
    targets.forEach(
        target -> tickets.addAll(Collections.nCopies(target.weight().orElse(0), target.name())));
    if (tickets.isEmpty()) {
      targets.forEach(target -> tickets.add(target.name()));
    }
    return tickets.get((int) (drawn * tickets.size()));
  }

  private static InferenceModel anyModel(int i, List<String> names, RandomGenerator random) {
    return new InferenceModel(
        meta("m" + i, random.nextInt(3)),
        names.get(random.nextInt(names.size())),
        List.of(Criticality.values()).get(random.nextInt(3)),
        anyTargets("m" + i, 0, random),
        anyRef(random));
  }

  private static InferenceModelRewrite anyRewrite(
      int i, List<String> names, RandomGenerator random) {
    List<Rule> rules = new ArrayList<>();
    for (int r = random.nextInt(3); r > 0; r--) {
      List<String> matched = new ArrayList<>(names);
      shuffle(matched, random);
      rules.add(
          new Rule(matched.subList(0, random.nextInt(3)), anyTargets("r" + i + r, 1, random)));
    }
    return new InferenceModelRewrite(meta("r" + i, random.nextInt(3)), rules, anyRef(random));
  }

  private static List<TargetModel> anyTargets(String name, int least, RandomGenerator random) {
    boolean weighted = random.nextBoolean();
    List<TargetModel> targets = new ArrayList<>();
    for (int t = least + random.nextInt(3); t > 0; t--) {
      targets.add(
          new TargetModel(
              name + t, weighted ? OptionalInt.of(random.nextInt(5)) : OptionalInt.empty()));
    }
    return targets;
  }

  private static PoolRef anyRef(RandomGenerator random) {
    return random.nextInt(4) == 0 ? THEIRS : OURS;
  }

  private static <T> void shuffle(List<T> list, RandomGenerator random) {
    for (int i = list.size(); i > 1; i--) {
      Collections.swap(list, i - 1, random.nextInt(i));
    }
  }

  private ModelTable table() {
    return ModelTable.of(
        POOL, new Resources(Optional.empty(), models, objectives, rewrites, List.of()));
  }

  private Route route(String name) {
    return table().route(name, Optional.empty(), Optional.empty(), 0.5);
  }

  private Route ranked(String name, String objective) {
    return table().route(name, Optional.empty(), Optional.of(objective), 0.5);
  }

  /** How often each target comes when the random numbers are spread evenly. */
  private Map<String, Integer> shares(String name, int draws) {
    ModelTable table = table();
    Map<String, Integer> shares = new HashMap<>();
    for (int i = 0; i < draws; i++) {
      double random = (i + 0.5) / draws;
      shares.merge(
          table.route(name, Optional.empty(), Optional.empty(), random).target(), 1, Integer::sum);
    }
    return shares;
  }

  private static InferenceModel model(
      String name, long created, String modelName, Criticality criticality, String... targets) {
    return new InferenceModel(meta(name, created), modelName, criticality, targets(targets), OURS);
  }

  private static InferenceModelRewrite rewrite(
      String name, long created, PoolRef pool, Rule... rules) {
    return new InferenceModelRewrite(meta(name, created), List.of(rules), pool);
  }

  private static Rule rule(List<String> models, String... targets) {
    return new Rule(models, targets(targets));
  }

  private static InferenceObjective objective(String apiVersion, long created, int priority) {
    Meta meta =
        new Meta(
            apiVersion,
            "InferenceObjective",
            "ns",
            "o",
            "",
            1,
            Instant.ofEpochSecond(created),
            Map.of(),
            Map.of());
    return new InferenceObjective(meta, priority, OURS);
  }

  private static List<TargetModel> targets(String... targets) {
    List<TargetModel> read = new ArrayList<>();
    for (String target : targets) {
      int colon = target.indexOf(':');
      read.add(
          colon < 0
              ? new TargetModel(target, OptionalInt.empty())
              : new TargetModel(
                  target.substring(0, colon),
                  OptionalInt.of(Integer.parseInt(target.substring(colon + 1)))));
    }
    return read;
  }

  private static Meta meta(String name, long created) {
    return new Meta(
        "inference.networking.x-k8s.io/v1alpha2",
        "Kind",
        "ns",
        name,
        "uid-" + name,
        1,
        Instant.ofEpochSecond(created),
        Map.of(),
        Map.of());
  }

  private static PoolRef ref(Optional<String> group, String name) {
    return new PoolRef(group, "InferencePool", name, Optional.empty());
  }
}
