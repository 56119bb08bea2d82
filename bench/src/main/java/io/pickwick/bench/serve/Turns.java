package io.pickwick.bench.serve;

import io.pickwick.bench.workload.OutputTokens;
import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;

/**
 * Which parts of prompts repeat the answers to requests before them.
 *
 * <p>A workload makes up what is answered. A real model says something else, and a prompt that
 * repeats what was made up instead has nothing in common with what the model's cache holds of its
 * answer. So that part is replaced by what was really said.
 */
final class Turns {
  /** An answer's place in a prompt, in tokens. */
  private record Span(int from, int length, int request) {}

  /**
   * A part of a prompt.
   *
   * @param answer whether it is one; else it is the user's
   * @param from its first token in the workload's prompt
   * @param to behind its last
   * @param said what stands for those tokens; empty: they stand for themselves
   */
  record Part(boolean answer, int from, int to, String said) {}

  private final List<WorkloadRequest> requests;
  private final boolean[] followed;
  private final Map<Integer, List<Span>> spans = new ConcurrentHashMap<>();

  Turns(Workload workload) {
    requests = workload.requests();
    followed = new boolean[requests.size()];
    for (WorkloadRequest request : requests) {
      if (request.follows()) {
        followed[request.after()] = true;
      }
    }
  }

  /** Whether what is answered to a request may be asked for here. */
  boolean wanted(int id) {
    return followed[id];
  }

  /**
   * The parts of a prompt from its start to its end.
   *
   * @param tokens the prompt's
   * @param said what was answered to a request; empty if that is not known
   */
  List<Part> parts(WorkloadRequest request, int[] tokens, IntFunction<String> said) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    for (Span span : spans(request, tokens)) {
      if (at < span.from()) {
        parts.add(new Part(false, at, span.from(), ""));
      }
      at = span.from() + span.length();
      parts.add(new Part(true, span.from(), at, said.apply(span.request())));
    }
    if (at < tokens.length) {
      parts.add(new Part(false, at, tokens.length, ""));
    }
    return parts;
  }

  private List<Span> spans(WorkloadRequest request, int[] tokens) {
    if (!request.follows()) {
      return List.of();
    }
    List<Span> known = spans.get(request.id());
    if (known != null) {
      return known;
    }
    WorkloadRequest parent = requests.get(request.after());
    int from = parent.prompt().length();
    List<Span> found = new ArrayList<>();
    if (repeats(tokens, from, parent)) {
      // The parent was asked before, so what it repeats is mostly known.
      found.addAll(parent.follows() ? spans(parent, parent.prompt().tokens()) : List.of());
      found.add(new Span(from, parent.outputTokens(), parent.id()));
    }
    spans.put(request.id(), List.copyOf(found));
    return found;
  }

  private static boolean repeats(int[] tokens, int from, WorkloadRequest parent) {
    int length = parent.outputTokens();
    if (from + length > tokens.length) {
      return false;
    }
    for (int index = 0; index < length; index++) {
      if (tokens[from + index] != OutputTokens.token(parent.id(), index)) {
        return false;
      }
    }
    return true;
  }
}
