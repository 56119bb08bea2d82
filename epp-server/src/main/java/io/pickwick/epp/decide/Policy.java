package io.pickwick.epp.decide;

import io.pickwick.model.ModelTable;
import io.pickwick.schedule.Scheduler;

/**
 * What a decision is made by; a request meets one policy from beginning to end.
 *
 * @param models tells which model serves a name, and how much that matters
 * @param scheduler chooses the endpoint
 * @param prompts tells what the endpoints hold of a prompt
 * @param bytesPerToken how the length of a prompt is estimated
 */
public record Policy(
    ModelTable models, Scheduler scheduler, PromptViews prompts, int bytesPerToken) {}
