package io.pickwick.bench.serve;

import java.io.PrintWriter;
import java.util.Locale;

/** A line on a terminal that is written again and again. */
final class ProgressBar implements LoadRun.Progress {
  private static final int WIDTH = 30;

  private final PrintWriter terminal;

  ProgressBar(PrintWriter terminal) {
    this.terminal = terminal;
  }

  @Override
  public void at(int ended, int all, int failed, int underWay) {
    int full = all == 0 ? WIDTH : (int) ((long) WIDTH * ended / all);
    terminal.print(
        String.format(
            Locale.ROOT,
            "\r%3d%% [%s%s] %d/%d, %d under way, %d failed ",
            all == 0 ? 100 : 100L * ended / all,
            "#".repeat(full),
            " ".repeat(WIDTH - full),
            ended,
            all,
            underWay,
            failed));
    if (ended == all) {
      terminal.println();
    }
    terminal.flush();
  }
}
