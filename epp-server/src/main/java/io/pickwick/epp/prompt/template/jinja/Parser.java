package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Builds the tree of a template from its tokens; the grammar of Jinja2 3.1, term by term. */
final class Parser {
  /** Deeper nesting than this is no chat template, and would end our stack. */
  private static final int MAX_DEPTH = 200;

  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> UNSUPPORTED =
      Set.of("autoescape", "block", "extends", "from", "import", "include", "trans", "do", "debug");

  private final String name;
  private final List<Token> tokens;
  private int position;
  private int depth;
  private int loops;

  private Parser(String name, List<Token> tokens) {
    this.name = name;
    this.tokens = tokens;
  }

  static List<Ast.Statement> parse(String name, String source) throws TemplateException {
    return new Parser(name, Lexer.tokens(name, source)).body(Set.of());
  }

  // The stream of tokens.

  private Token current() {
    return tokens.get(position);
  }

  private Token look() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  private Token next() {
    Token token = current();
    if (position < tokens.size() - 1) {
      position++;
    }
    return token;
  }

  private boolean at(Token.Type type) {
    return current().type() == type;
  }

  private boolean skipOperator(String operator) {
    if (current().isOperator(operator)) {
      next();
      return true;
    }
    return false;
  }

  private boolean skipName(String word) {
    if (current().isName(word)) {
      next();
      return true;
    }
    return false;
  }

  private void expectOperator(String operator) throws TemplateException {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  private Token expect(Token.Type type, String words) throws TemplateException {
    if (!at(type)) {
      throw unexpected(words);
    }
    return next();
  }

  private String expectName() throws TemplateException {
    return expect(Token.Type.NAME, "a name").text();
  }

  private TemplateException unexpected(String expected) {
    return fail("expected " + expected + ", got " + current().described(), current().line());
  }

  private TemplateException fail(String message, int line) {
    return new TemplateException(name + ", line " + line + ": " + message);
  }

  private void enter() throws TemplateException {
    if (++depth > MAX_DEPTH) {
      throw fail("nested too deeply", current().line());
    }
  }

  // Statements.

  private List<Ast.Statement> body(Set<String> ends) throws TemplateException {
    enter();
    List<Ast.Statement> body = new ArrayList<>();
    List<Ast.Expression> output = new ArrayList<>();
    int line = current().line();
    while (true) {
      Token token = current();
      if (output.isEmpty()) {
        line = token.line();
      }
      switch (token.type()) {
        case DATA -> {
          output.add(new Ast.Const(next().value()));
        }
        case VARIABLE_BEGIN -> {
          flush(body, output, line);
          next();
          body.add(new Ast.Output(token.line(), List.of(tuple(false, Set.of()))));
          expect(Token.Type.VARIABLE_END, "end of print statement");
        }
        case BLOCK_BEGIN -> {
          flush(body, output, line);
          next();
          if (at(Token.Type.NAME) && ends.contains(current().text())) {
            depth--;
            return body;
          }
          body.add(statement(ends));
          expect(Token.Type.BLOCK_END, "end of statement block");
        }
        default -> {
          flush(body, output, line);
          if (!ends.isEmpty()) {
            throw fail("unexpected end of template, looking for " + words(ends), token.line());
          }
          depth--;
          return body;
        }
      }
    }
  }

  private static void flush(List<Ast.Statement> body, List<Ast.Expression> output, int line) {
    if (!output.isEmpty()) {
      body.add(new Ast.Output(line, List.copyOf(output)));
      output.clear();
    }
  }

  private static String words(Set<String> ends) {
    return String.join(" or ", ends.stream().sorted().toList());
  }

  /** The statements up to one of {@code ends}, which is left as the current token. */
  private List<Ast.Statement> statements(Set<String> ends) throws TemplateException {
    skipOperator(":");
    expect(Token.Type.BLOCK_END, "end of statement block");
    return body(ends);
  }

  private List<Ast.Statement> statements(String end) throws TemplateException {
    List<Ast.Statement> body = statements(Set.of(end));
    next();
    return body;
  }

  private Ast.Statement statement(Set<String> ends) throws TemplateException {
    Token token = expect(Token.Type.NAME, "a tag name");
    int line = token.line();
    String tag = token.text();
    return switch (tag) {
      case "for" -> loop(line);
      case "if" -> condition(line);
      case "set" -> set(line);
      case "macro" -> macro(line);
      case "call" -> callBlock(line);
      case "filter" -> {
        Ast.Filter filter = filterChain(Optional.empty(), true).orElseThrow();
        yield new Ast.FilterBlock(line, filter, statements("endfilter"));
      }
      case "with" -> with(line);
      case "print" -> print(line);
      case "generation" -> new Ast.Generation(line, insulated("endgeneration"));
      case "break" -> new Ast.Break(inLoop(line, tag));
      case "continue" -> new Ast.Continue(inLoop(line, tag));
      default -> {
        if (UNSUPPORTED.contains(tag)) {
          throw fail("the tag '" + tag + "' is not supported in chat templates", line);
        }
        String looking = ends.isEmpty() ? "" : ", looking for " + words(ends);
        throw fail("unknown tag '" + tag + "'" + looking, line);
      }
    };
  }

  private int inLoop(int line, String tag) throws TemplateException {
    if (loops == 0) {
      throw fail("'" + tag + "' outside of a loop", line);
    }
    return line;
  }

  /** A body that becomes a function of its own: an outer loop can't be left from within. */
  private List<Ast.Statement> insulated(String end) throws TemplateException {
    int outer = loops;
    loops = 0;
    List<Ast.Statement> body = statements(end);
    loops = outer;
    return body;
  }

  private Ast.For loop(int line) throws TemplateException {
    Ast.Target target = target(Set.of("in"), false);
    if (!skipName("in")) {
      throw unexpected("'in'");
    }
    Ast.Expression items = tupleWithout(Set.of("recursive"));
    Optional<Ast.Expression> test = skipName("if") ? Optional.of(expression()) : Optional.empty();
    boolean recursive = skipName("recursive");
    loops++;
    List<Ast.Statement> body = statements(Set.of("endfor", "else"));
    loops--;
    List<Ast.Statement> otherwise =
        next().text().equals("endfor") ? List.of() : statements("endfor");
    return new Ast.For(line, target, items, body, otherwise, test, recursive);
  }

  private Ast.If condition(int line) throws TemplateException {
    Ast.Expression test = tupleWithout(Set.of());
    List<Ast.Statement> body = statements(Set.of("elif", "else", "endif"));
    List<Ast.If> elifs = new ArrayList<>();
    Token end = next();
    while (end.isName("elif")) {
      int elifLine = current().line();
      Ast.Expression elifTest = tupleWithout(Set.of());
      List<Ast.Statement> elifBody = statements(Set.of("elif", "else", "endif"));
      elifs.add(new Ast.If(elifLine, elifTest, elifBody, List.of(), List.of()));
      end = next();
    }
    List<Ast.Statement> otherwise = end.isName("else") ? statements("endif") : List.of();
    return new Ast.If(line, test, body, elifs, otherwise);
  }

  private Ast.Statement set(int line) throws TemplateException {
    Ast.Target target = target(Set.of(), true);
    if (skipOperator("=")) {
      return new Ast.Set(line, target, tuple(false, Set.of()));
    }
    Optional<Ast.Filter> filter = filterChain(Optional.empty(), false);
    return new Ast.SetBlock(line, target, filter, statements("endset"));
  }

  private Ast.Macro macro(int line) throws TemplateException {
    String macro = expectName();
    Ast.Signature signature = signature();
    return new Ast.Macro(line, macro, signature, insulated("endmacro"));
  }

  private Ast.CallBlock callBlock(int line) throws TemplateException {
    Ast.Signature signature =
        current().isOperator("(") ? signature() : new Ast.Signature(List.of(), List.of());
    if (!(expression() instanceof Ast.Call call)) {
      throw fail("expected call", line);
    }
    return new Ast.CallBlock(line, call, signature, insulated("endcall"));
  }

  private Ast.Signature signature() throws TemplateException {
    expectOperator("(");
    List<String> parameters = new ArrayList<>();
    List<Ast.Expression> defaults = new ArrayList<>();
    while (!current().isOperator(")")) {
      if (!parameters.isEmpty()) {
        expectOperator(",");
      }
      String parameter = expectName();
      if (skipOperator("=")) {
        defaults.add(expression());
      } else if (!defaults.isEmpty()) {
        throw fail("non-default argument follows default argument", current().line());
      }
      parameters.add(parameter);
    }
    next();
    return new Ast.Signature(List.copyOf(parameters), List.copyOf(defaults));
  }

  private Ast.With with(int line) throws TemplateException {
    List<Ast.Target> targets = new ArrayList<>();
    List<Ast.Expression> values = new ArrayList<>();
    while (!at(Token.Type.BLOCK_END) && !current().isOperator(":")) {
      if (!targets.isEmpty()) {
        expectOperator(",");
      }
      targets.add(target(Set.of(), false));
      expectOperator("=");
      values.add(expression());
    }
    return new Ast.With(line, List.copyOf(targets), List.copyOf(values), statements("endwith"));
  }

  private Ast.Output print(int line) throws TemplateException {
    List<Ast.Expression> parts = new ArrayList<>();
    while (!at(Token.Type.BLOCK_END)) {
      if (!parts.isEmpty()) {
        expectOperator(",");
      }
      parts.add(expression());
    }
    return new Ast.Output(line, List.copyOf(parts));
  }

  private Ast.Target target(Set<String> ends, boolean namespaces) throws TemplateException {
    int line = current().line();
    List<Ast.Expression> parts = new ArrayList<>();
    boolean isTuple = false;
    while (true) {
      if (!parts.isEmpty()) {
        expectOperator(",");
      }
      if (atTupleEnd(ends)) {
        break;
      }
      parts.add(primary(namespaces));
      if (!current().isOperator(",")) {
        break;
      }
      isTuple = true;
    }
    if (parts.isEmpty()) {
      throw unexpected("something to assign to");
    }
    return asTarget(isTuple ? new Ast.TupleLiteral(parts) : parts.getFirst(), line);
  }

  private Ast.Target asTarget(Ast.Expression expression, int line) throws TemplateException {
    return switch (expression) {
      case Ast.Name(String variable) -> {
        if (variable.equals("loop")) {
          throw fail("can't assign to the special loop variable", line);
        }
        yield new Ast.NameTarget(variable);
      }
      case Ast.NamespaceRef(String variable, String attribute) ->
          new Ast.NamespaceTarget(variable, attribute);
      case Ast.TupleLiteral(List<Ast.Expression> items) -> {
        List<Ast.Target> targets = new ArrayList<>();
        for (Ast.Expression item : items) {
          targets.add(asTarget(item, line));
        }
        yield new Ast.TupleTarget(List.copyOf(targets));
      }
      default -> throw fail("can't assign to this", line);
    };
  }

  // Expressions, from the loosest binding to the tightest.

  private Ast.Expression expression() throws TemplateException {
    enter();
    Ast.Expression expression = conditional();
    depth--;
    return expression;
  }

  private Ast.Expression conditional() throws TemplateException {
    int line = current().line();
    Ast.Expression yes = or();
    while (skipName("if")) {
      Ast.Expression test = or();
      Optional<Ast.Expression> no = Optional.empty();
      if (skipName("else")) {
        enter();
        no = Optional.of(conditional());
        depth--;
      }
      yes = new Ast.Conditional(test, yes, no, line);
      line = current().line();
    }
    return yes;
  }

  private Ast.Expression or() throws TemplateException {
    Ast.Expression left = and();
    while (skipName("or")) {
      left = new Ast.Or(left, and());
    }
    return left;
  }

  private Ast.Expression and() throws TemplateException {
    Ast.Expression left = not();
    while (skipName("and")) {
      left = new Ast.And(left, not());
    }
    return left;
  }

  private Ast.Expression not() throws TemplateException {
    if (skipName("not")) {
      enter();
      Ast.Expression operand = not();
      depth--;
      return new Ast.Not(operand);
    }
    return compare();
  }

  private Ast.Expression compare() throws TemplateException {
    Ast.Expression first = sum();
    List<String> operators = new ArrayList<>();
    List<Ast.Expression> others = new ArrayList<>();
    while (true) {
      Token token = current();
      if (token.type() == Token.Type.OPERATOR && COMPARISONS.contains(token.text())) {
        next();
        operators.add(token.text());
      } else if (skipName("in")) {
        operators.add("in");
      } else if (token.isName("not") && look().isName("in")) {
        next();
        next();
        operators.add("not in");
      } else {
        break;
      }
      others.add(sum());
    }
    return operators.isEmpty()
        ? first
        : new Ast.Compare(first, List.copyOf(operators), List.copyOf(others));
  }

  private Ast.Expression sum() throws TemplateException {
    Ast.Expression left = concat();
    while (current().isOperator("+") || current().isOperator("-")) {
      left = new Ast.Binary(next().text(), left, concat());
    }
    return left;
  }

  private Ast.Expression concat() throws TemplateException {
    Ast.Expression first = product();
    if (!current().isOperator("~")) {
      return first;
    }
    List<Ast.Expression> parts = new ArrayList<>();
    parts.add(first);
    while (skipOperator("~")) {
      parts.add(product());
    }
    return new Ast.Concat(List.copyOf(parts));
  }

  private Ast.Expression product() throws TemplateException {
    Ast.Expression left = power();
    while (current().isOperator("*")
        || current().isOperator("/")
        || current().isOperator("//")
        || current().isOperator("%")) {
      left = new Ast.Binary(next().text(), left, power());
    }
    return left;
  }

  private Ast.Expression power() throws TemplateException {
    Ast.Expression left = unary(true);
    while (skipOperator("**")) {
      left = new Ast.Binary("**", left, unary(true));
    }
    return left;
  }

  private Ast.Expression unary(boolean withFilter) throws TemplateException {
    Ast.Expression node;
    if (current().isOperator("-") || current().isOperator("+")) {
      boolean negative = next().isOperator("-");
      enter();
      node = new Ast.Sign(negative, unary(false));
      depth--;
    } else {
      node = primary(false);
    }
    node = postfix(node);
    return withFilter ? filters(node) : node;
  }

  private Ast.Expression primary(boolean namespaces) throws TemplateException {
    Token token = current();
    switch (token.type()) {
      case NAME -> {
        next();
        return switch (token.text()) {
          case "true", "True" -> new Ast.Const(true);
          case "false", "False" -> new Ast.Const(false);
          case "none", "None" -> new Ast.Const(None.NONE);
          default -> {
            if (namespaces && skipOperator(".")) {
              yield new Ast.NamespaceRef(token.text(), expectName());
            }
            yield new Ast.Name(token.text());
          }
        };
      }
      case STRING -> {
        var text = new StringBuilder();
        while (at(Token.Type.STRING)) {
          text.append(next().text());
        }
        return new Ast.Const(text.toString());
      }
      case INTEGER, FLOAT -> {
        return new Ast.Const(next().value());
      }
      case OPERATOR -> {
        switch (token.text()) {
          case "(" -> {
            next();
            Ast.Expression inner = tuple(true, Set.of());
            expectOperator(")");
            return inner;
          }
          case "[" -> {
            next();
            return list();
          }
          case "{" -> {
            next();
            return dict();
          }
          default -> throw fail("unexpected " + token.described(), token.line());
        }
      }
      default -> throw fail("unexpected " + token.described(), token.line());
    }
  }

  private Ast.Expression list() throws TemplateException {
    List<Ast.Expression> items = new ArrayList<>();
    while (!current().isOperator("]")) {
      if (!items.isEmpty()) {
        expectOperator(",");
      }
      if (current().isOperator("]")) {
        break;
      }
      items.add(expression());
    }
    expectOperator("]");
    return new Ast.ListLiteral(List.copyOf(items));
  }

  private Ast.Expression dict() throws TemplateException {
    List<Ast.Expression> keys = new ArrayList<>();
    List<Ast.Expression> values = new ArrayList<>();
    while (!current().isOperator("}")) {
      if (!keys.isEmpty()) {
        expectOperator(",");
      }
      if (current().isOperator("}")) {
        break;
      }
      keys.add(expression());
      expectOperator(":");
      values.add(expression());
    }
    expectOperator("}");
    return new Ast.DictLiteral(List.copyOf(keys), List.copyOf(values));
  }

  private boolean atTupleEnd(Set<String> ends) {
    return at(Token.Type.VARIABLE_END)
        || at(Token.Type.BLOCK_END)
        || current().isOperator(")")
        || (at(Token.Type.NAME) && ends.contains(current().text()));
  }

  private Ast.Expression tuple(boolean parentheses, Set<String> ends) throws TemplateException {
    return tuple(parentheses, true, ends);
  }

  /** A tuple whose items are no conditional expressions, as behind {@code in} of a loop. */
  private Ast.Expression tupleWithout(Set<String> ends) throws TemplateException {
    return tuple(false, false, ends);
  }

  private Ast.Expression tuple(boolean parentheses, boolean conditionals, Set<String> ends)
      throws TemplateException {
    List<Ast.Expression> items = new ArrayList<>();
    boolean isTuple = false;
    while (true) {
      if (!items.isEmpty()) {
        expectOperator(",");
      }
      if (atTupleEnd(ends)) {
        break;
      }
      enter();
      items.add(conditionals ? conditional() : or());
      depth--;
      if (!current().isOperator(",")) {
        break;
      }
      isTuple = true;
    }
    if (!isTuple) {
      if (!items.isEmpty()) {
        return items.getFirst();
      }
      if (!parentheses) {
        throw unexpected("an expression");
      }
    }
    return new Ast.TupleLiteral(List.copyOf(items));
  }

  private Ast.Expression postfix(Ast.Expression head) throws TemplateException {
    Ast.Expression node = head;
    while (true) {
      if (skipOperator(".")) {
        Token attribute = next();
        node =
            switch (attribute.type()) {
              case NAME -> new Ast.Attribute(node, attribute.text());
              case INTEGER -> new Ast.Item(node, new Ast.Const(attribute.value()));
              default -> throw fail("expected name or number", attribute.line());
            };
      } else if (skipOperator("[")) {
        node = new Ast.Item(node, subscript());
      } else if (current().isOperator("(")) {
        node = new Ast.Call(node, arguments());
      } else {
        return node;
      }
    }
  }

  private Ast.Expression subscript() throws TemplateException {
    List<Ast.Expression> keys = new ArrayList<>();
    while (!current().isOperator("]")) {
      if (!keys.isEmpty()) {
        expectOperator(",");
      }
      keys.add(subscribed());
    }
    next();
    return keys.size() == 1 ? keys.getFirst() : new Ast.TupleLiteral(List.copyOf(keys));
  }

  private Ast.Expression subscribed() throws TemplateException {
    Optional<Ast.Expression> start = Optional.empty();
    if (!current().isOperator(":")) {
      Ast.Expression key = expression();
      if (!current().isOperator(":")) {
        return key;
      }
      start = Optional.of(key);
    }
    next();
    Optional<Ast.Expression> stop = atSliceEnd() ? Optional.empty() : Optional.of(expression());
    Optional<Ast.Expression> step = Optional.empty();
    if (skipOperator(":") && !atSliceEnd()) {
      step = Optional.of(expression());
    }
    return new Ast.Slice(start, stop, step);
  }

  private boolean atSliceEnd() {
    return current().isOperator(":") || current().isOperator("]") || current().isOperator(",");
  }

  private Ast.Expression filters(Ast.Expression head) throws TemplateException {
    Ast.Expression node = head;
    while (true) {
      if (current().isOperator("|")) {
        node = filterChain(Optional.of(node), false).orElseThrow();
      } else if (current().isName("is")) {
        node = test(node);
      } else if (current().isOperator("(")) {
        node = new Ast.Call(node, arguments());
      } else {
        return node;
      }
    }
  }

  private Optional<Ast.Filter> filterChain(Optional<Ast.Expression> input, boolean inline)
      throws TemplateException {
    Optional<Ast.Filter> chain = Optional.empty();
    boolean first = inline;
    while (first || current().isOperator("|")) {
      if (!first) {
        next();
      }
      first = false;
      int line = current().line();
      String filter = dotted();
      Ast.Arguments arguments = current().isOperator("(") ? arguments() : Ast.Arguments.NONE;
      Optional<Ast.Expression> source = chain.isPresent() ? chain.map(f -> f) : input;
      chain = Optional.of(new Ast.Filter(source, filter, arguments, line));
    }
    return chain;
  }

  private String dotted() throws TemplateException {
    var dotted = new StringBuilder(expectName());
    while (skipOperator(".")) {
      dotted.append('.').append(expectName());
    }
    return dotted.toString();
  }

  private Ast.Expression test(Ast.Expression input) throws TemplateException {
    int line = next().line();
    boolean negated = skipName("not");
    String test = dotted();
    Ast.Arguments arguments = Ast.Arguments.NONE;
    Token token = current();
    boolean argument =
        switch (token.type()) {
          case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
          case STRING, INTEGER, FLOAT -> true;
          case OPERATOR -> token.isOperator("[") || token.isOperator("{");
          default -> false;
        };
    if (token.isOperator("(")) {
      arguments = arguments();
    } else if (argument) {
      if (token.isName("is")) {
        throw fail("you cannot chain multiple tests with is", token.line());
      }
      Ast.Expression only = postfix(primary(false));
      arguments = new Ast.Arguments(List.of(only), List.of(), Optional.empty(), Optional.empty());
    }
    Ast.Expression node = new Ast.Test(input, test, arguments, line);
    return negated ? new Ast.Not(node) : node;
  }

  private Ast.Arguments arguments() throws TemplateException {
    int line = current().line();
    expectOperator("(");
    List<Ast.Expression> positional = new ArrayList<>();
    List<Ast.Keyword> named = new ArrayList<>();
    Optional<Ast.Expression> more = Optional.empty();
    Optional<Ast.Expression> moreNamed = Optional.empty();
    boolean comma = false;
    while (!current().isOperator(")")) {
      if (comma) {
        expectOperator(",");
        if (current().isOperator(")")) {
          break;
        }
      }
      boolean valid;
      if (skipOperator("*")) {
        valid = more.isEmpty() && moreNamed.isEmpty();
        more = Optional.of(expression());
      } else if (skipOperator("**")) {
        valid = moreNamed.isEmpty();
        moreNamed = Optional.of(expression());
      } else if (at(Token.Type.NAME) && look().isOperator("=")) {
        valid = moreNamed.isEmpty();
        String keyword = next().text();
        next();
        named.add(new Ast.Keyword(keyword, expression()));
      } else {
        valid = more.isEmpty() && moreNamed.isEmpty() && named.isEmpty();
        positional.add(expression());
      }
      if (!valid) {
        throw fail("invalid syntax for function call expression", line);
      }
      comma = true;
    }
    next();
    return new Ast.Arguments(List.copyOf(positional), List.copyOf(named), more, moreNamed);
  }
}
