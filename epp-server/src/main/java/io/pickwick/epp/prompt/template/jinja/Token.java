package io.pickwick.epp.prompt.template.jinja;

/**
 * One token of a template.
 *
 * @param value what a name, string, number or operator says; the text of {@link Type#DATA}
 */
record Token(int line, Type type, Object value) {
  /** What a token is. */
  enum Type {
    DATA("template data"),
    VARIABLE_BEGIN("begin of print statement"),
    VARIABLE_END("end of print statement"),
    BLOCK_BEGIN("begin of statement block"),
    BLOCK_END("end of statement block"),
    NAME("name"),
    STRING("string"),
    INTEGER("integer"),
    FLOAT("float"),
    OPERATOR("operator"),
    EOF("end of template");

    private final String words;

    Type(String words) {
      this.words = words;
    }
  }

  boolean isOperator(String operator) {
    return type == Type.OPERATOR && value.equals(operator);
  }

  boolean isName(String name) {
    return type == Type.NAME && value.equals(name);
  }

  String text() {
    return value.toString();
  }

  String described() {
    return type == Type.NAME || type == Type.OPERATOR ? "'" + value + "'" : type.words;
  }
}
