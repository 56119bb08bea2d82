package io.pickwick.schedule.config;

import io.pickwick.schedule.Plugin;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.PluginProvider.Parameter;
import io.pickwick.schedule.spec.Spec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The plugin types that can be configured, by name; immutable. */
public final class PluginCatalog {
  private final Map<String, PluginProvider> byType = new TreeMap<>();
  private final Map<String, PluginProvider> byName = new TreeMap<>();

  /**
   * Makes a catalog.
   *
   * @throws IllegalArgumentException when two providers claim one name
   */
  public PluginCatalog(Iterable<PluginProvider> providers) {
    for (PluginProvider provider : providers) {
      byType.put(provider.type(), provider);
      claim(provider.type(), provider);
      provider.aliases().forEach(alias -> claim(alias, provider));
    }
  }

  /** All providers that the class path has. */
  public static PluginCatalog load() {
    return new PluginCatalog(ServiceLoader.load(PluginProvider.class));
  }

  /** The providers, by type in alphabetical order: the configuration's reference. */
  public Collection<PluginProvider> providers() {
    return List.copyOf(byType.values());
  }

  /** Whether a type can be made, under this or another name. */
  public boolean knows(String type) {
    return byName.containsKey(type);
  }

  /**
   * Makes a plugin; empty when nobody knows the type.
   *
   * @throws io.pickwick.schedule.spec.SpecException when a parameter is unknown or wrong
   */
  public Optional<Plugin> create(String type, String name, Spec parameters) {
    PluginProvider provider = byName.get(type);
    if (provider == null) {
      return Optional.empty();
    }
    List<String> known = new ArrayList<>();
    for (Parameter parameter : provider.parameters()) {
      known.add(parameter.name());
    }
    parameters.only(known.toArray(String[]::new));
    return Optional.of(provider.create(name, parameters));
  }

  /** The names of all types, without their aliases. */
  public Collection<String> types() {
    return byType.keySet();
  }

  private void claim(String name, PluginProvider provider) {
    PluginProvider before = byName.put(name, provider);
    if (before != null) {
      throw new IllegalArgumentException(
          "plugin type \"" + name + "\" is claimed twice: " + before + " and " + provider);
    }
  }
}
