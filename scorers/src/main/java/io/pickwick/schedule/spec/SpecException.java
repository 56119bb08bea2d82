package io.pickwick.schedule.spec;

/** A mistake in a configuration, with the place where it stands and what to write instead. */
public final class SpecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String place;

  /**
   * @param place {@code file:line:column}, the file alone, or a flag
   * @param mistake what is wrong and how to mend it
   */
  public SpecException(String place, String mistake) {
    super(place + ": " + mistake);
    this.place = place;
  }

  /** Where the mistake stands: {@code file:line:column}, the file alone, or a flag. */
  public String place() {
    return place;
  }
}
