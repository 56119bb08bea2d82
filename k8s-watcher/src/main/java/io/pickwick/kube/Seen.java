package io.pickwick.kube;

import java.util.function.Supplier;

/**
 * An object as the API server told it.
 *
 * @param name unique in the namespace
 * @param uid tells it from an earlier one of its name
 * @param generation counts the changes of its spec
 * @param version its {@code resourceVersion}, from which a watch can go on
 * @param essence all of it that matters to us: two equal ones are the same to us
 * @param record makes the record of it, or throws a {@link io.pickwick.schedule.spec.SpecException}
 */
record Seen<T>(
    String name, String uid, long generation, String version, Object essence, Supplier<T> record) {}
