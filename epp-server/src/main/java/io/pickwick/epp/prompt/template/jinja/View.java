package io.pickwick.epp.prompt.template.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** What {@code keys()}, {@code values()} and {@code items()} of a dict return. */
record View(String typeName, Map<Object, Object> map) {
  int size() {
    return map.size();
  }

  Iterator<Object> iterator() {
    return switch (typeName) {
      case "dict_keys" -> map.keySet().iterator();
      case "dict_values" -> map.values().iterator();
      default -> items(map);
    };
  }

  List<Object> list() {
    List<Object> all = new ArrayList<>(map.size());
    iterator().forEachRemaining(all::add);
    return all;
  }

  static Iterator<Object> items(Map<Object, Object> map) {
    Iterator<Map.Entry<Object, Object>> entries = map.entrySet().iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return entries.hasNext();
      }

      @Override
      public Object next() {
        Map.Entry<Object, Object> entry = entries.next();
        return Tuple.of(entry.getKey(), entry.getValue());
      }
    };
  }
}
