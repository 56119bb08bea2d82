package io.pickwick.bench.engine;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What an engine on one model and GPU can do: its step time, its KV blocks, its scheduler's limits.
 *
 * <p>The time of a step is {@code base + prefillToken · tokens prefilled + decodeSequence ·
 * sequences decoded + contextToken · tokens of context read by those}, all in microseconds. The
 * first three are the fits that llm-d's inference-sim publishes for vLLM; these have no term for
 * the context, so the fourth is the KV bytes of a token over the memory's bandwidth. Limits are
 * vLLM's defaults for the GPU.
 *
 * @param name how the preset is called
 * @param baseMicros the time of an empty step
 * @param prefillTokenMicros the time of each token prefilled
 * @param decodeSequenceMicros the time of each sequence that decodes one token
 * @param contextTokenMicros the time to read the KV of one token of context
 * @param kvBlocks how many KV blocks there are, with the null block
 * @param blockSize how many tokens a block holds
 * @param maxBatchedTokens the most tokens in one step
 * @param maxSequences the most sequences in one step
 * @param maxLoras the most LoRA adapters in one step
 * @param maxModelLength the most tokens of one sequence, prompt and output
 */
public record EngineSpec(
    String name,
    double baseMicros,
    double prefillTokenMicros,
    double decodeSequenceMicros,
    double contextTokenMicros,
    int kvBlocks,
    int blockSize,
    int maxBatchedTokens,
    int maxSequences,
    int maxLoras,
    int maxModelLength) {

  /** Llama 3.1 8B on one H100. */
  public static final EngineSpec LLAMA_8B_H100 =
      new EngineSpec("llama-8b-h100", 5750, 17.25, 6.0, 0.0391, 29_205, 16, 8192, 1024, 4, 131_072);

  /** Llama 3.1 8B on one A100 with 80 GB; the blocks are the H100's, as the memory is. */
  public static final EngineSpec LLAMA_8B_A100 =
      new EngineSpec(
          "llama-8b-a100", 16_400, 47.8, 18.2, 0.0643, 29_205, 16, 2048, 256, 4, 131_072);

  /** Qwen 2.5 7B on two H100. */
  public static final EngineSpec QWEN_7B_H100_TP2 =
      new EngineSpec(
          "qwen-7b-h100-tp2", 5700, 25.1, 13.9, 0.0086, 67_659, 16, 8192, 1024, 4, 32_768);

  /** Llama 3.3 70B on four H100; the blocks are what the weights leave of the memory. */
  public static final EngineSpec LLAMA_70B_H100_TP4 =
      new EngineSpec(
          "llama-70b-h100-tp4", 12_600, 76.4, 66.8, 0.0245, 27_000, 16, 8192, 1024, 4, 131_072);

  /** CodeLlama 34B on one H100, a stand-in for dense models of about that size. */
  public static final EngineSpec CODELLAMA_34B_H100 =
      new EngineSpec("34b-h100", 26_600, 96.3, 56.6, 0.0587, 2537, 16, 8192, 1024, 4, 16_384);

  /**
   * Qwen 3 32B on two H100, as llm-d's guides run it. Nobody published a fit: it is half of {@link
   * #CODELLAMA_34B_H100}'s, with the context of its own KV, and with the KV tokens that llm-d's
   * benchmark of it reports, in its blocks of 64.
   */
  public static final EngineSpec QWEN3_32B_H100_TP2 =
      new EngineSpec(
          "qwen3-32b-h100-tp2", 13_300, 48.2, 28.3, 0.0391, 4_803, 64, 8192, 1024, 4, 40_960);

  /**
   * QwQ 32B on four A10 in one node, without CUDA graphs. No fit of any kind is published: base and
   * prefill are solved from one published mean time per token and one median time to first token,
   * the context is its KV over the memory's bandwidth, the blocks are what the weights leave of 95
   * % of the memory.
   */
  public static final EngineSpec QWQ_32B_A10_TP4 =
      new EngineSpec("qwq-32b-a10-tp4", 50_000, 480, 100, 0.109, 4_000, 16, 2048, 256, 4, 8192);

  /**
   * QwQ 32B on two nodes with two GPUs each, tensor-parallel in a node and pipelined between them,
   * solved in the same way. One step stands for a sequence's way through both stages; that two
   * batches are on their way at once is left out.
   */
  public static final EngineSpec QWQ_32B_TP2_PP2 =
      new EngineSpec("qwq-32b-tp2-pp2", 95_000, 850, 100, 0.109, 2_376, 16, 2048, 256, 4, 16_384);

  private static final List<EngineSpec> PRESETS =
      List.of(
          LLAMA_8B_H100,
          LLAMA_8B_A100,
          QWEN_7B_H100_TP2,
          LLAMA_70B_H100_TP4,
          CODELLAMA_34B_H100,
          QWEN3_32B_H100_TP2,
          QWQ_32B_A10_TP4,
          QWQ_32B_TP2_PP2);

  /** Holds the limits to what the blocks allow. */
  public EngineSpec {
    if (blockSize < 1 || kvBlocks < 2) {
      throw new IllegalArgumentException(
          "An engine needs at least 2 blocks of at least 1 token, not %d of %d."
              .formatted(kvBlocks, blockSize));
    }
    if (maxBatchedTokens < 1 || maxSequences < 1 || maxLoras < 0 || maxModelLength < 2) {
      throw new IllegalArgumentException("The limits of an engine are positive.");
    }
    // A sequence that outgrew the cache would preempt itself for ever.
    maxModelLength = (int) Math.min(maxModelLength, (kvBlocks - 1L) * blockSize);
  }

  /** All presets, the default first. */
  public static List<EngineSpec> presets() {
    return PRESETS;
  }

  /** The preset of that name; an unknown one is answered with those there are. */
  public static EngineSpec preset(String name) {
    return PRESETS.stream()
        .filter(spec -> spec.name.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no preset "
                    + name
                    + "; there are "
                    + PRESETS.stream().map(EngineSpec::name).collect(Collectors.joining(", "))
                    + "."));
  }

  /** The same engine with other KV blocks. */
  public EngineSpec withBlocks(int blocks, int size) {
    return new EngineSpec(
        name,
        baseMicros,
        prefillTokenMicros,
        decodeSequenceMicros,
        contextTokenMicros,
        blocks,
        size,
        maxBatchedTokens,
        maxSequences,
        maxLoras,
        maxModelLength);
  }

  /** The same engine with other limits of a step. */
  public EngineSpec withLimits(int batchedTokens, int sequences, int loras) {
    return new EngineSpec(
        name,
        baseMicros,
        prefillTokenMicros,
        decodeSequenceMicros,
        contextTokenMicros,
        kvBlocks,
        blockSize,
        batchedTokens,
        sequences,
        loras,
        maxModelLength);
  }

  /** The same engine with another longest sequence. */
  public EngineSpec withModelLength(int length) {
    return new EngineSpec(
        name,
        baseMicros,
        prefillTokenMicros,
        decodeSequenceMicros,
        contextTokenMicros,
        kvBlocks,
        blockSize,
        maxBatchedTokens,
        maxSequences,
        maxLoras,
        length);
  }

  /** The time of a step in nanoseconds. */
  public long stepNanos(long prefillTokens, long decodeSequences, long contextTokens) {
    return Math.round(
        1000.0
            * (baseMicros
                + prefillTokenMicros * prefillTokens
                + decodeSequenceMicros * decodeSequences
                + contextTokenMicros * contextTokens));
  }
}
