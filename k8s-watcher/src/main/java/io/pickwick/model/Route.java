package io.pickwick.model;

import io.pickwick.resource.Meta;
import java.util.Optional;

/**
 * What becomes of one request.
 *
 * @param target the model name under which it goes on; the client's own where nothing changes it
 * @param targetBy the resource that chose the target; absent where a header did, or nothing
 * @param priority higher goes first, below zero may be shed
 * @param priorityBy the resource that gave the priority; absent where nothing did, which is 0
 */
public record Route(
    String target, Optional<Meta> targetBy, int priority, Optional<Meta> priorityBy) {}
