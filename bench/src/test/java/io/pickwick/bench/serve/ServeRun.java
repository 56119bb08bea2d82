package io.pickwick.bench.serve;

import io.pickwick.bench.command.CommandLines;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;

/** What a command line of {@code serve-bench} has said, and its exit status. */
record ServeRun(int status, String out, String err) {
  /**
   * Without warm-ups; with a name for the model if there is none, so that a server need not list
   * it.
   */
  static ServeRun of(String target, String workload, String... more) {
    List<String> args = new ArrayList<>(List.of("--target", target, "--workload", workload));
    args.addAll(List.of("--num-warmups", "0"));
    args.addAll(List.of(more));
    if (!args.contains("--model")) {
      args.addAll(List.of("--model", "m"));
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        CommandLines.of(new ServeCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(args.toArray(String[]::new));
    return new ServeRun(status, out.toString(), err.toString());
  }
}
