package io.pickwick.epp;

/** The endpoint picker's process. */
public final class Main {
  private Main() {}

  /** Starts the endpoint picker. */
  public static void main(String[] args) {
    System.err.println("Nothing is wired yet: " + args.length + " arguments ignored.");
    System.exit(2);
  }
}
