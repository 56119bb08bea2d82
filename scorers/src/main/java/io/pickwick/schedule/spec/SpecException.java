package io.pickwick.schedule.spec;

/** A mistake in a configuration, with the place where it stands and what to write instead. */
public final class SpecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param place {@code file:line:column}, or the file alone
   * @param mistake what is wrong and how to mend it
   */
  public SpecException(String place, String mistake) {
    super(place + ": " + mistake);
  }
}
