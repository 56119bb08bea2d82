package io.pickwick.schedule;

import io.pickwick.schedule.spec.Spec;
import java.util.List;

/** Makes the plugins of one type; found by {@link java.util.ServiceLoader}. */
public interface PluginProvider {
  /** The type's name in a configuration. */
  String type();

  /** Other names of the type that are accepted. */
  default List<String> aliases() {
    return List.of();
  }

  /** One sentence for the reference. */
  String description();

  /** Its parameters; any other key is refused before {@link #create} is called. */
  default List<Parameter> parameters() {
    return List.of();
  }

  /**
   * Makes a plugin.
   *
   * @param name what the configuration calls it
   * @param parameters a mapping, empty when none were given
   * @throws io.pickwick.schedule.spec.SpecException when a parameter is wrong
   */
  Plugin create(String name, Spec parameters);

  /**
   * One parameter of a plugin.
   *
   * @param name its key
   * @param standard its default as it would be written, {@code -} when it has none
   * @param description one sentence
   */
  record Parameter(String name, String standard, String description) {}
}
