package io.pickwick.epp.prompt.template.jinja;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates and inputs that want too much end soon and say so. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LimitsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ range(100001) }}",
        "{{ 'x' * 1000000000000 }}",
        "{{ [0] * 1000000000 }}",
        "{{ 'x'.center(10000000000) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%.1000000000f' % 1.5 }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ 'a\nb'|indent(1000000000) }}",
        "{{ [1]|batch(10000000000, 0)|list }}",
        "{{ [1]|slice(10000000000)|list }}",
        "{{ [[1]]|tojson(indent=1000000000) }}",
        "{{ 10 ** 10000000000 }}",
        "{{ 9 ** 9 ** 9 ** 9 ** 9 ** 9 }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}"
            + "{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}"
            + "{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(99) %}"
            + "{% set ns.s = ns.s|replace('a', ns.s) %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(99) %}"
            + "{% set ns.s = ns.s.join([ns.s, ns.s, ns.s]) %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}"
            + "{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}"
            + "{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}"
            + "{% endfor %}{{ ns.l|tojson }}",
        "{% set ns = namespace(l=[1], k=[1]) %}{% for i in range(60) %}"
            + "{% set ns.l = [ns.l, ns.l] %}{% set ns.k = [ns.k, ns.k] %}{% endfor %}"
            + "{{ ns.l == ns.k }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(50000) %}{% set ns.l = [ns.l] %}"
            + "{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(n=3) %}{% for i in range(99) %}{% set ns.n = ns.n * ns.n %}"
            + "{% endfor %}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% set ns = namespace(n=0) %}{% for i in range(99999) %}{% for j in range(99999) %}"
            + "{% set ns.n = ns.n + (range(99999)|list|length) %}{% endfor %}{% endfor %}",
      })
  void greedyTemplates(String source) throws TemplateException {
    Template template = Template.parse("greedy", source);
    assertThatThrownBy(() -> template.render(Map.of(), InstantSource.system()))
        .isInstanceOf(TemplateException.class)
        .hasMessageStartingWith("greedy, line ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "[", "-", "not ", "{'a':", "1 if 1 else ", "f("})
  void deepExpressions(String opening) {
    assertThatThrownBy(() -> Template.parse("deep", "{{ " + opening.repeat(10_000)))
        .isInstanceOf(TemplateException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{% if 1 %}", "{% for a in b %}", "{% macro m() %}"})
  void deepBlocks(String opening) {
    assertThatThrownBy(() -> Template.parse("deep", opening.repeat(10_000)))
        .isInstanceOf(TemplateException.class);
  }

  @Test
  void longChainsOfOperators() {
    String chain = "{{ 1" + " + 1".repeat(200_000) + " }}";
    assertThatThrownBy(
            () -> Template.parse("chain", chain).render(Map.of(), InstantSource.system()))
        .isInstanceOf(TemplateException.class);
  }

  @Test
  void deepInput() throws TemplateException {
    List<Object> deep = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      List<Object> outer = new ArrayList<>();
      outer.add(deep);
      deep = outer;
    }
    Map<String, Object> variables = Map.of("deep", deep);
    Template template = Template.parse("deep", "{{ deep|tojson }}");
    assertThatThrownBy(() -> template.render(variables, InstantSource.system()))
        .isInstanceOf(TemplateException.class);
  }
}
