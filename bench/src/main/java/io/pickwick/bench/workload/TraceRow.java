package io.pickwick.bench.workload;

/** A request of a trace. */
final class TraceRow {
  /** When it came. */
  final long nanos;

  /** The tokens of its prompt, at least 1. */
  final int input;

  /** The tokens it generated; a trace's 0 is 1 here, for an engine generates one. */
  final int output;

  /** The numbers of the blocks of its prompt; empty where the trace has none. */
  final int[] blocks;

  TraceRow(long nanos, int input, int output, int[] blocks) {
    this.nanos = nanos;
    this.input = input;
    this.output = Math.max(1, output);
    this.blocks = blocks;
  }

  TraceRow at(long when) {
    return new TraceRow(when, input, output, blocks);
  }
}
