package io.pickwick.epp.rehearsal;

import io.pickwick.epp.decide.Policy;
import io.pickwick.epp.prompt.PromptReader;
import java.util.function.Supplier;

/**
 * What made-up requests are decided by: like what is in force, but nothing that they change is
 * shared with it.
 *
 * @param readers makes the reader of one prompt
 */
public record Stage(Policy policy, Supplier<PromptReader> readers) {}
