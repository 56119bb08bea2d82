package io.pickwick.bench.replay;

import java.util.List;
import java.util.SplittableRandom;

/**
 * What a replica of a policy is made from.
 *
 * @param pods the pods as they truly are: only a policy that is a bound may look at them
 * @param agenda the clock
 * @param random a generator of its own
 */
record Setup(
    KeyedWorkload workload,
    FleetSpec fleet,
    List<Pod> pods,
    Agenda agenda,
    SplittableRandom random) {}
