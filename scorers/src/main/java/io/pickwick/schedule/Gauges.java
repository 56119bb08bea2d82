package io.pickwick.schedule;

/**
 * What one scrape of an endpoint's metrics page said, data-parallel engines summed.
 *
 * @param observedNanos when the answer was complete, on the clock that the scheduler uses
 * @param waiting requests in the endpoint's queue
 * @param running requests in its batch
 * @param kvUsage share of its KV cache in use, 0 to 1; the mean over its engines
 * @param blockSize tokens per KV block; zero when not told
 * @param blocks KV blocks on the device, summed over the engines; zero when not told
 * @param lora its adapters
 * @param hashAlgorithm the engine's name of the algorithm that hashes its blocks; empty when not
 *     told
 */
public record Gauges(
    long observedNanos,
    int waiting,
    int running,
    double kvUsage,
    int blockSize,
    int blocks,
    LoraState lora,
    String hashAlgorithm) {
  /** A scrape that told no hash algorithm. */
  public Gauges(
      long observedNanos,
      int waiting,
      int running,
      double kvUsage,
      int blockSize,
      int blocks,
      LoraState lora) {
    this(observedNanos, waiting, running, kvUsage, blockSize, blocks, lora, "");
  }
}
