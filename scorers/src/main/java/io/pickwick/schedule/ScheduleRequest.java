package io.pickwick.schedule;

import io.pickwick.kv.hash.PromptKeys;
import java.util.function.UnaryOperator;

/**
 * What a scheduler may know of a request.
 *
 * @param model the model the client asked for
 * @param targetModel the model or adapter that will serve it
 * @param prompt the prompt's block keys, kept apart by model and salt
 * @param headers looks up a request header by its lower-case name; empty when it is not there
 * @param priority higher goes first; negative may be shed
 * @param explain whether the decision shall carry its {@link Explanation}
 */
public record ScheduleRequest(
    String model,
    String targetModel,
    PromptKeys prompt,
    UnaryOperator<String> headers,
    int priority,
    boolean explain) {
  /** A request of which only the model and prompt are known. */
  public static ScheduleRequest of(String model, PromptKeys prompt) {
    return new ScheduleRequest(model, model, prompt, name -> "", 0, false);
  }
}
