package io.pickwick.bench.demo;

import io.pickwick.bench.demo.ChatClient.Reply;
import java.io.PrintWriter;

/** Prints requests as lines of a table. */
final class DemoTable {
  private static final String LINE = "%-22s %-10s %s%17s  %9s  %s%n";

  private final PrintWriter out;
  private final boolean predictions;

  /** A table, with or without what the picker expected to be cached. */
  DemoTable(PrintWriter out, boolean predictions) {
    this.out = out;
    this.predictions = predictions;
  }

  void head() {
    out.printf(LINE, "request", "pod", predicted("predicted"), "cached", "TTFT", "why");
    out.println("-".repeat(110));
    out.flush();
  }

  synchronized void row(String request, Reply reply) {
    if (reply.good()) {
      out.printf(
          LINE,
          request,
          reply.pod(),
          predicted(Integer.toString(reply.predictedTokens())),
          "%d/%d (%d %%)"
              .formatted(
                  reply.cachedTokens(),
                  reply.promptTokens(),
                  100L * reply.cachedTokens() / Math.max(1, reply.promptTokens())),
          "%.1f ms".formatted(reply.ttft().toNanos() / 1e6),
          reply.why());
    } else {
      out.printf(LINE, request, reply.pod(), predicted("-"), "-", "-", "FAILED " + reply.error());
    }
    out.flush();
  }

  private String predicted(String what) {
    return predictions ? "%9s  ".formatted(what) : "";
  }
}
