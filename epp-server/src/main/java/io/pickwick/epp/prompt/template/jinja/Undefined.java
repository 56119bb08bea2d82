package io.pickwick.epp.prompt.template.jinja;

/** The value of what is not there: prints as nothing, fails when used otherwise. */
final class Undefined {
  private final String hint;
  private final Object object;
  private final Object key;

  private Undefined(String hint, Object object, Object key) {
    this.hint = hint;
    this.object = object;
    this.key = key;
  }

  Undefined(String message) {
    this(message, Missing.MISSING, Missing.MISSING);
  }

  static Undefined variable(String name) {
    return new Undefined("'" + name + "' is undefined");
  }

  static Undefined of(Object object, Object key) {
    return new Undefined("", object, key);
  }

  static Undefined unsafe(Object object, String name) {
    return new Undefined(
        "access to attribute '"
            + name
            + "' of '"
            + Values.typeName(object)
            + "' object is unsafe.");
  }

  /** Put together only when asked for: most of what is undefined is only tested. */
  private String message() {
    if (!hint.isEmpty()) {
      return hint;
    }
    return key instanceof String name
        ? "'" + Values.typeName(object) + " object' has no attribute '" + name + "'"
        : Values.typeName(object) + " object has no element " + Values.typeName(key);
  }

  Failure failure() {
    return new Failure(message());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Undefined;
  }

  @Override
  public int hashCode() {
    return 0;
  }
}
