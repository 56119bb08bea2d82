package io.pickwick.bench.replay;

import io.pickwick.bench.engine.EngineRequest;
import io.pickwick.bench.engine.EngineSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What awaits a request on a pod, from the pod's true state.
 *
 * <p>An approximation of letting a copy of the engine run on: steps are taken to be equally full,
 * and requests to end in the order of what they have left to generate.
 */
final class Outlook {
  private record Ending(int tokensLeft, int blocks) {}

  private final Pod pod;
  private final List<Ending> endings = new ArrayList<>();
  private long backlog;
  private long wantedBlocks;
  private int decoding;
  private long context;

  Outlook(Pod pod) {
    this.pod = pod;
  }

  /** A request is before its first step. */
  void waits(int uncachedTokens, int blocks) {
    backlog += uncachedTokens;
    wantedBlocks += blocks;
  }

  /** A request is in the batch. */
  void runs(EngineRequest request, int outputTokens) {
    int left = Math.max(0, request.promptTokens() - request.computedTokens());
    backlog += left;
    int length = request.promptTokens() + request.outputTokens();
    if (left == 0) {
      decoding++;
      context += length;
    }
    int size = pod.engine().spec().blockSize();
    endings.add(new Ending(outputTokens - request.outputTokens(), (length + size - 1) / size));
  }

  /** The prompt tokens that it has to prefill before. */
  long backlogTokens() {
    return backlog;
  }

  /** When it will have its first token, in microseconds from now. */
  double firstTokenMicros(int uncachedTokens) {
    EngineSpec spec = pod.engine().spec();
    double micros = Math.max(0, pod.stepEnd() - pod.now()) / 1000.0;
    double around =
        spec.baseMicros()
            + spec.decodeSequenceMicros() * decoding
            + spec.contextTokenMicros() * context;
    long work = backlog + Math.max(1, uncachedTokens);
    double steps = Math.ceil((double) work / Math.max(1, spec.maxBatchedTokens() - decoding));
    double computing = steps * around + spec.prefillTokenMicros() * work;
    return micros + Math.max(computing, roomMicros(uncachedTokens, around));
  }

  /** How long until enough of the batch has ended for it and those before it to have room. */
  private double roomMicros(int uncachedTokens, double stepMicros) {
    int size = pod.engine().spec().blockSize();
    long missing = wantedBlocks + (uncachedTokens + size - 1) / size - pod.engine().freeBlocks();
    if (missing <= 0) {
      return 0;
    }
    endings.sort(Comparator.comparingInt(Ending::tokensLeft));
    for (Ending ending : endings) {
      missing -= ending.blocks;
      if (missing <= 0) {
        return ending.tokensLeft * stepMicros;
      }
    }
    return endings.isEmpty() ? 0 : (double) endings.getLast().tokensLeft * stepMicros;
  }
}
