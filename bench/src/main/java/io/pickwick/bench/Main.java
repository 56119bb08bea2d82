package io.pickwick.bench;

/** The tools around the endpoint picker: simulator, demo, load client, micro-benchmarks. */
public final class Main {
  private Main() {}

  /** Runs one of the tools. */
  public static void main(String[] args) {
    System.err.println("Nothing is wired yet: " + args.length + " arguments ignored.");
    System.exit(2);
  }
}
