package io.pickwick.epp.extproc;

import io.pickwick.epp.decide.Decider;
import io.pickwick.epp.prompt.PromptReader;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What every stream of a server works with. */
record Services(
    ExtProcConfig config,
    Decider decider,
    Supplier<PromptReader> prompts,
    HeldBytes held,
    LongSupplier nanos) {}
