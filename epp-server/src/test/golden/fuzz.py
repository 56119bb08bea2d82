"""Random templates over random values; the seed makes the file the same every time."""

import random

import oracle

R = random.Random(20260203)

VARIABLES = {
    "a": 3,
    "b": -2,
    "f": 2.5,
    "s": "abcabc",
    "u": "x\u00e9\U0001F600y",
    "sp": "  hi there ",
    "l": [1, 2, 3],
    "ls": ["x", "Y", "zz"],
    "ll": [[1, 2], [3]],
    "d": {"k": 1, "s": "v", "l": [5]},
    "ld": [{"r": "user", "c": "hi"}, {"r": "bot", "c": None}, {"r": "user"}],
    "no": None,
    "t": True,
    "e": "",
    "el": [],
}
NAMES = list(VARIABLES) + ["miss"]
KEYS = ["k", "s", "l", "r", "c", "items", "zz"]
METHODS = [
    "upper()", "lower()", "strip()", "lstrip()", "rstrip('c ')", "split()", "split('b')",
    "split('b', 1)", "rsplit('b', 1)", "startswith('a')", "endswith(('c', 'x'))",
    "replace('a', 'Q')", "replace('b', '', 1)", "find('c')", "count('a')", "title()",
    "capitalize()", "isdigit()", "isalpha()", "splitlines()", "partition('b')", "get('k')",
    "get('zz', 4)", "items()", "keys()", "values()", "copy()", "index(2)", "join(ls)",
    "zfill(9)", "center(9)", "ljust(8, '.')", "format(1, 2)", "append(1)", "update(d)",
]
FILTERS = [
    "upper", "lower", "trim", "length", "first", "last", "list", "join", "join('-')", "sort",
    "reverse", "string", "int", "float", "abs", "round", "round(1)", "default('D')",
    "default('D', true)", "tojson", "tojson(indent=2)", "replace('a', 'b')", "capitalize",
    "title", "unique|list", "min", "max", "sum", "map('string')|list", "map('length')|list",
    "map(attribute='r')|list", "selectattr('r')|list", "selectattr('r', 'eq', 'user')|list",
    "rejectattr('c')|list", "select|list", "reject('odd')|list", "items|list",
    "dictsort", "batch(2)|list", "slice(2)|list", "wordcount", "indent", "e", "safe", "count",
    "d(1)", "attr('k')", "groupby('r')|list", "center(9)", "truncate(4)", "format",
]
TESTS = [
    "defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping",
    "sequence", "iterable", "callable", "odd", "even", "divisibleby(2)", "eq(3)", "ne('x')",
    "in(l)", "true", "false", "upper", "lower", "gt 1", "lt(2)", "sameas none", "escaped",
]
BINARY = ["+", "-", "*", "/", "//", "%", "~", "**", "==", "!=", "<", "<=", ">", ">=", "in",
          "not in", "and", "or"]


def literal():
    return R.choice([
        "0", "1", "2", "7", "-1", "1.5", "'a'", "'x y'", "''", "true", "false", "none", "[]",
        "[1, 'a']", "{}", "{'k': 2}", "(1, 2)", "'%s'", "'{}'", "range(3)", "10",
    ])


def expression(depth):
    if depth <= 0:
        return R.choice(NAMES) if R.random() < 0.65 else literal()
    kind = R.randrange(12)
    e = lambda: expression(depth - 1 - R.randrange(2))
    if kind < 3:
        return f"({e()} {R.choice(BINARY)} {e()})"
    if kind < 5:
        return f"({e()})|{R.choice(FILTERS)}"
    if kind == 5:
        return f"({e()}) is {R.choice(['', 'not '])}{R.choice(TESTS)}"
    if kind == 6:
        return f"({e()}).{R.choice(METHODS)}"
    if kind == 7:
        return f"({e()})[{R.choice(['0', '-1', '1', e(), repr(R.choice(KEYS))])}]"
    if kind == 8:
        bound = lambda: R.choice(["", "", "0", "1", "2", "-1", "-2", "9", "-9"])
        step = R.choice(["", "", ":", ":2", ":-1", ":-2"])
        # Jinja2 folds a constant that is sliced, and is more forgiving there.
        return f"({R.choice(NAMES)})[{bound()}:{bound()}{step}]"
    if kind == 9:
        return f"({e()}).{R.choice(KEYS)}"
    if kind == 10:
        return f"({e()} if {e()} else {e()})"
    return R.choice([f"[{e()}, {e()}]", f"{{'q': {e()}}}", f"not {e()}", f"({e()}, {e()})"])


SPACE = ["", " ", "\n", "\n  ", " \n", "x", "\n\n", "\t"]


def tag(inside):
    return "{%" + R.choice(["", "-", "", "+"]) + " " + inside + " " + R.choice(["", "-", ""]) + "%}"


def block(depth):
    space = lambda: R.choice(SPACE)
    kind = R.randrange(9) if depth > 0 else 8
    inner = lambda: body(depth - 1)
    name = lambda: R.choice(["a", "s", "l", "v", "w", "ns"])
    if kind == 0:
        other = tag("else") + inner() if R.random() < 0.5 else ""
        elif_ = tag(f"elif {expression(1)}") + inner() if R.random() < 0.3 else ""
        return tag(f"if {expression(2)}") + inner() + elif_ + other + tag("endif")
    if kind in (1, 2):
        test = f" if {expression(1)}" if R.random() < 0.3 else ""
        other = tag("else") + inner() if R.random() < 0.3 else ""
        info = "{{ loop.index }}{{ loop.last }}" if R.random() < 0.4 else ""
        leave = R.choice(["", "", "", "{% break %}", "{% continue %}"])
        if leave:
            leave = "{% if " + expression(1) + " %}" + leave + "{% endif %}"
        over = R.choice(["l", "ls", "ld", "ll", "s", "d", "el", "d.items()", expression(2)])
        return tag(f"for v in {over}{test}") + info + inner() + leave + inner() + other + tag("endfor")
    if kind == 3:
        return tag(f"set {name()} = {expression(2)}")
    if kind == 4:
        return tag(f"set {name()}") + inner() + tag("endset")
    if kind == 5:
        args = R.choice(["", "v", "v, w=1", "a=2"])
        call = R.choice(["", "1", "1, 2", "w=3", "v=4"])
        return tag(f"macro m({args})") + inner() + tag("endmacro") + "{{ m(" + call + ") }}"
    if kind == 6:
        return tag(f"with v = {expression(1)}") + inner() + tag("endwith")
    if kind == 7:
        return "{#" + R.choice(["", "-"]) + " c " + R.choice(["", "-"]) + "#}"
    open_, close = R.choice(["{{", "{{-"]), R.choice(["}}", "-}}"])
    return f"{open_} {expression(R.randrange(3))} {close}"


def body(depth):
    parts = [R.choice(SPACE)]
    for _ in range(R.randrange(1, 4)):
        parts += [block(depth), R.choice(SPACE)]
    return "".join(parts)


cases = []
errors = 0
while len(cases) < 2500:
    expression_only = R.random() < 0.5
    template = "{{ " + expression(3) + " }}" if expression_only else body(3)
    expected = oracle.render(template, VARIABLES)
    if expected is not None and (" at 0x" in expected or len(expected) > 1000):
        continue
    # Most random templates fail; a quarter of them is enough.
    if expected is None:
        if errors * 4 > len(cases):
            continue
        errors += 1
    cases.append({"template": template, "expected": expected})
oracle.write("fuzz.jsonl", [{"variables": VARIABLES}] + cases)
