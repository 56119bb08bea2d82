package io.pickwick.bench.workload;

import java.util.List;
import java.util.stream.Stream;

/** A prompt put together from texts, each from its start. */
final class PromptText implements PromptTokens {
  static final PromptText EMPTY = new PromptText(List.of());

  private static final int MOST_TOKENS = 1 << 28;

  private record Run(TokenBlocks blocks, long text, int length) {}

  private final List<Run> runs;
  private final int length;

  private PromptText(List<Run> runs) {
    this.runs = runs;
    long sum = runs.stream().mapToLong(Run::length).sum();
    if (sum > MOST_TOKENS) {
      throw new WorkloadException(
          "A prompt of %d tokens is too long for anyone; take shorter or fewer parts, at most %d."
              .formatted(sum, MOST_TOKENS));
    }
    this.length = (int) sum;
  }

  /** This prompt with so many tokens of a text behind it. */
  PromptText then(TokenBlocks blocks, long text, int tokens) {
    return tokens == 0
        ? this
        : new PromptText(
            Stream.concat(runs.stream(), Stream.of(new Run(blocks, text, tokens))).toList());
  }

  /** This prompt with what a request generated behind it. */
  PromptText thenOutput(int request, int tokens) {
    return then(TokenBlocks.OUTPUT, request, tokens);
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public int[] tokens() {
    int[] tokens = new int[length];
    int at = 0;
    for (Run run : runs) {
      run.blocks.write(run.text, 0, tokens, at, run.length);
      at += run.length;
    }
    return tokens;
  }
}
