package io.pickwick.epp.prefix;

import io.pickwick.epp.prefix.Estimated.Reason;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.schedule.Endpoint;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The endpoints of a pool by how they hash the prompts of one model: usually one group of all.
 *
 * @param groups those whose hashes can be told
 * @param others of the others, by slot, why not
 */
record Lineup(List<Group> groups, Map<Integer, Estimated> others) {
  private static final Estimated NEW =
      new Estimated(Reason.HASHING, "how this endpoint hashes blocks is not known yet");

  /**
   * Endpoints that hash the same prompt to the same blocks.
   *
   * @param adapter the adapter that the model's name means to them
   * @param slots the endpoints' slots
   */
  record Group(HashScheme scheme, Optional<ExtraKeys.Adapter> adapter, BitSet slots) {}

  private record Likeness(HashScheme scheme, Optional<ExtraKeys.Adapter> adapter) {}

  static Lineup of(List<Endpoint> endpoints, Engines engines, String model) {
    Map<Likeness, BitSet> groups = new LinkedHashMap<>();
    Map<Integer, Estimated> others = new HashMap<>();
    for (Endpoint endpoint : endpoints) {
      int slot = endpoint.slot();
      Optional<HashScheme> scheme = engines.scheme(slot);
      if (scheme.isEmpty()) {
        String why = engines.unknown(slot);
        others.put(
            slot,
            new Estimated(
                Reason.HASHING,
                "how %s hashes blocks is not known%s"
                    .formatted(endpoint.name(), why.isEmpty() ? " yet" : ": " + why)));
        continue;
      }
      switch (engines.serving(slot, model)) {
        case Engines.Serving.Base() ->
            groups
                .computeIfAbsent(new Likeness(scheme.get(), Optional.empty()), _ -> new BitSet())
                .set(slot);
        case Engines.Serving.Adapted(ExtraKeys.Adapter adapter) -> {
          if (adapter.knownTo(scheme.get().form())) {
            groups
                .computeIfAbsent(
                    new Likeness(scheme.get(), Optional.of(adapter)), _ -> new BitSet())
                .set(slot);
          } else {
            others.put(
                slot,
                new Estimated(
                    Reason.MODEL,
                    "the adapter's number or path on " + endpoint.name() + " is not known"));
          }
        }
        case Engines.Serving.Unknown(String why) ->
            others.put(slot, new Estimated(Reason.MODEL, why));
      }
    }
    List<Group> list = new ArrayList<>(groups.size());
    groups.forEach(
        (likeness, slots) -> list.add(new Group(likeness.scheme, likeness.adapter, slots)));
    return new Lineup(List.copyOf(list), Map.copyOf(others));
  }

  /** Why the endpoint of a slot, which is in no group, is not. */
  Estimated why(int slot) {
    return others.getOrDefault(slot, NEW);
  }
}
