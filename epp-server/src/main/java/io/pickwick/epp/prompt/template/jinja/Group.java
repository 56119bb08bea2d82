package io.pickwick.epp.prompt.template.jinja;

import java.util.List;

/** One group of {@code groupby}: a pair that has names. */
final class Group extends Tuple {
  Group(Object grouper, List<Object> list) {
    super(List.of(grouper, list));
  }

  Object grouper() {
    return get(0);
  }

  Object list() {
    return get(1);
  }
}
