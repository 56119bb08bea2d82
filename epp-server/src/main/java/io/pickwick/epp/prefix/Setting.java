package io.pickwick.epp.prefix;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One setting while its sources are read, the weightiest first.
 *
 * @param <T> its values, compared by equals
 */
final class Setting<T> {
  private final String name;
  private final List<Said<T>> said = new ArrayList<>();

  Setting(String name) {
    this.name = name;
  }

  /**
   * Notes what a source says.
   *
   * @param place the flag, or {@code file:line:column}
   */
  void say(String place, T value) {
    said.add(new Said<>(place, value));
  }

  /** Whether any source has said anything. */
  boolean isSaid() {
    return !said.isEmpty();
  }

  /** Where the value that holds was said; empty when none was. */
  String place() {
    return said.isEmpty() ? "" : said.getFirst().place();
  }

  /** The value that holds; adds a notice for each other one that was said. */
  Optional<T> settle(List<String> notices) {
    if (said.isEmpty()) {
      return Optional.empty();
    }
    Said<T> first = said.getFirst();
    for (Said<T> other : said.subList(1, said.size())) {
      if (!other.value().equals(first.value())) {
        notices.add(
            "%s is said twice: %s from %s holds, %s from %s does not"
                .formatted(name, first.value(), first.place(), other.value(), other.place()));
      }
    }
    return Optional.of(first.value());
  }

  private record Said<T>(String place, T value) {}
}
