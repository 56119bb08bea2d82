package io.pickwick.epp.live;

import io.pickwick.epp.config.Flags;
import io.pickwick.epp.prefix.PreciseSettings;
import io.pickwick.model.Acceptance;
import io.pickwick.resource.Resources;
import io.pickwick.schedule.Profile;
import io.pickwick.schedule.spec.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a start with these files would put in force.
 *
 * @param settings how prompts are matched
 * @param facts what was read, a sentence each
 * @param notices what of it has no effect, a sentence each
 */
public record Checked(PreciseSettings settings, List<String> facts, List<String> notices) {
  /**
   * Checks as {@link Live#start} does, and starts nothing.
   *
   * @param policy the traffic policy of its own file
   * @throws io.pickwick.schedule.spec.SpecException when something is wrong, with its place
   */
  public static Checked of(Flags flags, ConfigFile file, Optional<Spec> policy) {
    Inputs.Plan plan = new Inputs(file, policy, Resources.NONE).plan(flags);
    List<String> facts = new ArrayList<>();
    Profile profile = plan.config().profile();
    facts.add(
        "profile \""
            + profile.name()
            + "\": "
            + profile.filters().size()
            + " filters, "
            + profile.scorers().size()
            + " scorers, picker "
            + profile.picker().name());
    List<String> notices = new ArrayList<>(plan.notices());
    List<Acceptance> acceptances = plan.models().acceptances();
    for (Acceptance acceptance : acceptances) {
      if (!acceptance.accepted()) {
        notices.add(acceptance.meta() + " has no effect: " + acceptance.message());
      }
    }
    Resources resources = file.resources();
    int steering =
        resources.models().size() + resources.objectives().size() + resources.rewrites().size();
    if (steering > 0) {
      facts.add(
          acceptances.stream().filter(Acceptance::accepted).count()
              + " of "
              + steering
              + " models, objectives and rewrites are in force for this pool");
    }
    return new Checked(plan.settings(), List.copyOf(facts), List.copyOf(notices));
  }
}
