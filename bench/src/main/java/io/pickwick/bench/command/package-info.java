/**
 * What all commands of the bench have in common: how mistakes and faults are told, numbers within
 * their ranges, files that are there whole or not at all.
 */
@NullMarked
package io.pickwick.bench.command;

import org.jspecify.annotations.NullMarked;
