package io.pickwick.bench.workload;

/** A prompt of numbered blocks, with tokens of its own behind the last full one. */
final class BlockPrompt implements PromptTokens {
  private final int[] numbers;
  private final int block;
  private final int length;
  private final TokenBlocks shared;
  private final TokenBlocks own;
  private final int request;

  /**
   * A prompt.
   *
   * @param numbers of its blocks; of one that is not full it is not used; not copied
   * @param block how many tokens a block has
   */
  BlockPrompt(
      int[] numbers, int block, int length, TokenBlocks shared, TokenBlocks own, int request) {
    this.numbers = numbers;
    this.block = block;
    this.length = length;
    this.shared = shared;
    this.own = own;
    this.request = request;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public int[] tokens() {
    int[] tokens = new int[length];
    int full = length / block;
    for (int index = 0; index < full; index++) {
      shared.write(numbers[index], 0, tokens, index * block, block);
    }
    own.write(request, 0, tokens, full * block, length - full * block);
    return tokens;
  }
}
