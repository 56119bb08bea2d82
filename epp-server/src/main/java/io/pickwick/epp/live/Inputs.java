package io.pickwick.epp.live;

import io.pickwick.epp.config.Flags;
import io.pickwick.epp.prefix.PreciseSettings;
import io.pickwick.kv.hash.BlockLayout;
import io.pickwick.model.ModelTable;
import io.pickwick.resource.InferencePool;
import io.pickwick.resource.InferenceTrafficPolicy;
import io.pickwick.resource.PoolAnnotations;
import io.pickwick.resource.PoolAnnotations.Strategy;
import io.pickwick.resource.PoolId;
import io.pickwick.resource.Resources;
import io.pickwick.schedule.PrefixSettings;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.pickwick.schedule.spec.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is said, each in its own place and right by itself; only {@link #plan} tells whether it is
 * right together.
 *
 * @param file the configuration file
 * @param policy the traffic policy of a file, which outweighs that of the resources
 * @param resources what Kubernetes says; it outweighs the file's
 */
record Inputs(ConfigFile file, Optional<Spec> policy, Resources resources) {
  static final Inputs NONE =
      new Inputs(
          new ConfigFile(EndpointPickerConfig.standard(), Resources.NONE),
          Optional.empty(),
          Resources.NONE);

  /**
   * What follows from it.
   *
   * @param layout how prompts are cut into blocks for the estimate
   * @param models which model serves a name
   * @param prefixes whether cached prefixes count at all
   * @param notices what was said that has no effect, a sentence each
   */
  record Plan(
      EndpointPickerConfig config,
      PreciseSettings settings,
      BlockLayout layout,
      ModelTable models,
      boolean prefixes,
      List<String> notices) {}

  Inputs with(ConfigFile next) {
    return new Inputs(next, policy, resources);
  }

  Inputs with(Optional<Spec> next) {
    return new Inputs(file, next, resources);
  }

  Inputs with(Resources next) {
    return new Inputs(file, policy, next);
  }

  /**
   * What follows.
   *
   * @throws io.pickwick.schedule.spec.SpecException when something is wrong, with its place
   */
  Plan plan(Flags flags) {
    EndpointPickerConfig config = file.config();
    Resources all = file.resources().under(resources);
    PoolId pool =
        all.pool()
            .map(InferencePool::id)
            .orElse(
                new PoolId(
                    flags.poolGroup().orElse(PoolId.GROUP),
                    flags.poolNamespace(),
                    flags.poolName()));
    PreciseSettings settings =
        PreciseSettings.read(
            flags, config, policy.or(() -> all.policy(pool).map(InferenceTrafficPolicy::document)));
    PoolAnnotations asked = all.pool().map(InferencePool::annotations).orElse(PoolAnnotations.NONE);
    PoolEnvironment environment = PoolEnvironment.read(asked.environment());
    List<String> notices = new ArrayList<>(asked.mistakes());
    notices.addAll(environment.notices());
    EndpointPickerConfig followed = config;
    if (environment.config().isPresent()) {
      if (config.declared().isEmpty()) {
        followed = environment.config().orElseThrow();
      } else {
        notices.add("the EndpointPickerConfig outweighs what the pool's annotations say of scores");
      }
    }
    notices.addAll(followed.notices());
    notices.addAll(settings.notices());
    boolean prefixes =
        settings.tracking()
            || asked
                .strategy()
                .map(strategy -> strategy == Strategy.PREFIX_CACHE)
                .or(environment::prefixes)
                .orElse(true);
    return new Plan(
        followed,
        settings,
        layout(followed.prefix()),
        ModelTable.of(pool, all),
        prefixes,
        List.copyOf(notices));
  }

  private static BlockLayout layout(PrefixSettings prefix) {
    BlockLayout standard = BlockLayout.standard();
    int characters =
        prefix.blockCharacters().orElse(standard.blockTokens() * standard.bytesPerToken());
    return new BlockLayout(
        Math.max(2, characters / standard.bytesPerToken()),
        standard.bytesPerToken(),
        prefix.maxBlocks().orElse(standard.maxBlocks()));
  }
}
