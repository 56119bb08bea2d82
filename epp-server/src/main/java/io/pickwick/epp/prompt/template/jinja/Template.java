package io.pickwick.epp.prompt.template.jinja;

import io.pickwick.epp.prompt.template.jinja.Compiler.Program;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A compiled template; safe for concurrent use.
 *
 * <p>It renders as transformers lets Jinja2 render a chat template: {@code trim_blocks} and {@code
 * lstrip_blocks}, the immutable sandbox, loop controls, the {@code generation} tag, {@code tojson}
 * without HTML escapes, {@code raise_exception} and {@code strftime_now} (in UTC). What Jinja2 can
 * do beyond that (inheritance, imports, autoescape, translations) is refused by name.
 */
public final class Template {
  private final String name;
  private final Program program;
  private final List<Ast.Statement> tree;

  private Template(String name, Program program, List<Ast.Statement> tree) {
    this.name = name;
    this.program = program;
    this.tree = tree;
  }

  /**
   * Reads a template.
   *
   * @param name what messages call it
   * @throws TemplateException with the line and what is not understood
   */
  public static Template parse(String name, String source) throws TemplateException {
    try {
      List<Ast.Statement> tree = Parser.parse(name, source);
      return new Template(name, Compiler.compile(name, tree), tree);
    } catch (StackOverflowError e) {
      throw new TemplateException(name + ": nested too deeply", e);
    } catch (Failure e) {
      throw new TemplateException(name + ": " + e.getMessage(), e);
    }
  }

  /**
   * Renders the template.
   *
   * @param variables values as Python has them: None as {@link None#NONE}, Boolean, Long or
   *     BigInteger, Double, String, List and Map (in the order they are printed); they are not
   *     changed
   * @throws TemplateException when the template raises, or needs more than a prompt may
   */
  public String render(Map<String, Object> variables, InstantSource clock)
      throws TemplateException {
    var out = new StringBuilder();
    var render = new Render(variables, clock, out);
    try {
      program.run(render);
      return out.toString();
    } catch (Failure e) {
      throw new TemplateException(name + ", line " + render.line() + ": " + e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw new TemplateException(name + ", line " + render.line() + ": nested too deeply", e);
    }
  }

  /** The variables it reads and does not set itself. */
  public Set<String> undeclared() {
    return program.undeclared();
  }

  /** Whether it walks through the parts of a message's content, as vLLM finds it out. */
  public boolean readsContentParts() {
    return ContentParts.read(tree);
  }
}
