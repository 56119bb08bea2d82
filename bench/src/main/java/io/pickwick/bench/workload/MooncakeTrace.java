package io.pickwick.bench.workload;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A trace in Mooncake's format.
 *
 * <p>Equal numbers of full blocks become equal tokens, others never; the tokens behind the last
 * full block are the request's own. Times that are rounded, as those of the conversation trace are
 * to 3 s, are spread over the step by the seed. In open mode each request comes at its time. In
 * closed mode one that continues another comes after its end and the time that the trace has
 * between them, less what the other took to generate; {@code scale} then leaves that time of
 * thinking as it is.
 *
 * @param jitter over how many seconds times are spread; empty: over the step that the times have
 * @param share see {@link Parents#of}
 * @param tokenMillis how long the trace's engine took for a token, which the trace does not say
 */
record MooncakeTrace(
    String name,
    Path path,
    Mode mode,
    int requests,
    int block,
    Optional<Double> jitter,
    double share,
    double tokenMillis,
    Traffic traffic)
    implements WorkloadSpec {

  /** Whether requests wait for those they continue. */
  enum Mode {
    OPEN,
    CLOSED
  }

  private static final long LEAST_STEP_NANOS = 500_000_000L;

  static MooncakeTrace read(String name, Options options) {
    Path path = options.path();
    Mode mode = options.choice("mode", Mode.OPEN);
    int block = options.count("block", 512, 1);
    if (block % TokenBlocks.BLOCK != 0) {
      throw options.refused("block", Integer.toString(block), "give a multiple of 16");
    }
    String jitter = options.text("jitter", "auto");
    return new MooncakeTrace(
        name,
        path,
        mode,
        options.most("requests"),
        block,
        jitter.equals("auto")
            ? Optional.empty()
            : Optional.of(options.number("jitter", jitter, 0, 86_400)),
        options.share("share", 0.5),
        options.number("token-millis", 30, 0.001, 60_000),
        Traffic.read(options));
  }

  @Override
  public Workload generate(long seed) {
    List<TraceRow> rows = spread(MooncakeRows.read(path, block, requests), seed);
    int[] parents = Parents.of(rows, block, share, tokenMillis * 1e6);
    int[] roots = new int[parents.length];
    TokenBlocks shared = TokenBlocks.shared(seed);
    TokenBlocks own = TokenBlocks.own(seed);
    long start = rows.getFirst().nanos;
    List<WorkloadRequest> list = new ArrayList<>(rows.size());
    for (int id = 0; id < parents.length; id++) {
      TraceRow row = rows.get(id);
      int parent = parents[id];
      roots[id] = parent == WorkloadRequest.NONE ? id : roots[parent];
      WorkloadRequest request =
          traffic.request(
              seed,
              id,
              roots[id],
              "trace-" + roots[id],
              row.nanos - start,
              new BlockPrompt(row.blocks, block, row.input, shared, own, id),
              row.output);
      if (mode == Mode.CLOSED && parent != WorkloadRequest.NONE) {
        TraceRow before = rows.get(parent);
        long generating = Math.round(before.output * tokenMillis * 1e6);
        request = request.following(parent, row.nanos - before.nanos - generating);
      }
      list.add(request);
    }
    return traffic.workload(name, list);
  }

  private List<TraceRow> spread(List<TraceRow> rows, long seed) {
    double width =
        jitter
            .map(seconds -> seconds * 1e9)
            .orElseGet(() -> (double) step(rows.stream().mapToLong(row -> row.nanos).toArray()));
    if (width <= 0) {
      return rows;
    }
    SplittableRandom random = new SplittableRandom(seed);
    return rows.stream()
        .map(row -> row.at(row.nanos + Math.round(random.nextDouble() * width)))
        .sorted(Comparator.comparingLong(row -> row.nanos))
        .toList();
  }

  /** The step of rounded times: many share one, and none are near each other; else 0. */
  static long step(long[] sorted) {
    long[] distinct = Arrays.stream(sorted).distinct().toArray();
    if (distinct.length < 2 || 2 * distinct.length > sorted.length) {
      return 0;
    }
    long[] gaps = new long[distinct.length - 1];
    Arrays.setAll(gaps, index -> distinct[index + 1] - distinct[index]);
    Arrays.sort(gaps);
    return gaps[0] < LEAST_STEP_NANOS ? 0 : gaps[gaps.length / 2];
  }
}
