package io.pickwick.schedule.config;

import io.pickwick.schedule.Filter;
import io.pickwick.schedule.Picker;
import io.pickwick.schedule.Plugin;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.PrefixSettings;
import io.pickwick.schedule.Profile;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.plugin.ExpectedTtftScorer;
import io.pickwick.schedule.plugin.MaxScorePicker;
import io.pickwick.schedule.plugin.PrefixCacheScorer;
import io.pickwick.schedule.plugin.PrefixParameters;
import io.pickwick.schedule.spec.Spec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The field's EndpointPickerConfig, {@code inference.networking.x-k8s.io/v1alpha1} or {@code
 * llm-d.ai/v1alpha1}, read strictly.
 *
 * @param profile the policy to follow
 * @param prefix what it says of estimated prefix matching
 * @param declared all plugins it declares, in order, also those that are not scheduling plugins
 * @param notices what it says that this version does not act on, one sentence each
 */
public record EndpointPickerConfig(
    Profile profile, PrefixSettings prefix, List<Declared> declared, List<String> notices) {
  private static final Set<String> API_VERSIONS =
      Set.of("inference.networking.x-k8s.io/v1alpha1", "llm-d.ai/v1alpha1");

  /** The kind. */
  public static final String KIND = "EndpointPickerConfig";

  private static final String DEFAULT_PROFILE = "default";
  private static final String MAX_SCORE_PICKER = "max-score-picker";

  /** Keeps its own copies. */
  public EndpointPickerConfig {
    declared = List.copyOf(declared);
    notices = List.copyOf(notices);
  }

  /** One declared plugin. */
  public record Declared(String name, String type, Spec parameters) {}

  /** What is followed when nothing is configured: least expected time to first token. */
  public static EndpointPickerConfig standard() {
    Profile profile =
        new Profile(
            DEFAULT_PROFILE,
            List.of(),
            List.of(new Profile.WeightedScorer(new ExpectedTtftScorer("expected-ttft-scorer"), 1)),
            new MaxScorePicker(MAX_SCORE_PICKER, 1, MaxScorePicker.TieBreak.FEWEST_ACTIVE));
    return new EndpointPickerConfig(profile, PrefixSettings.UNSAID, List.of(), List.of());
  }

  /**
   * Reads a configuration.
   *
   * @param source what to call the text in messages, usually a file name
   * @throws io.pickwick.schedule.spec.SpecException naming the place of the first mistake
   */
  public static EndpointPickerConfig read(String source, String text, PluginCatalog catalog) {
    return read(Spec.parse(source, text), catalog);
  }

  /**
   * The same of a document that was taken out of a file already.
   *
   * @throws io.pickwick.schedule.spec.SpecException naming the place of the first mistake
   */
  public static EndpointPickerConfig read(Spec document, PluginCatalog catalog) {
    return new Reader(catalog).read(document);
  }

  /** One reading; collects notices on its way. */
  private static final class Reader {
    private final PluginCatalog catalog;
    private final List<String> notices = new ArrayList<>();
    private final List<Declared> declared = new ArrayList<>();
    private final Map<String, Plugin> plugins = new LinkedHashMap<>();
    private final Set<String> inert = new LinkedHashSet<>();
    private final Map<String, Spec> places = new LinkedHashMap<>();
    private PrefixSettings prefix = PrefixSettings.UNSAID;

    Reader(PluginCatalog catalog) {
      this.catalog = catalog;
    }

    EndpointPickerConfig read(Spec root) {
      root.only(
          "apiVersion",
          "kind",
          "featureGates",
          "plugins",
          "schedulingProfiles",
          "saturationDetector",
          "dataLayer",
          "data",
          "flowControl",
          "parser",
          "requestHandler");
      Spec version = root.need("apiVersion");
      if (!API_VERSIONS.contains(version.text())) {
        throw version.mistake(
            "\""
                + version.text()
                + "\" is not known; known: "
                + String.join(", ", API_VERSIONS.stream().sorted().toList()));
      }
      Spec kind = root.need("kind");
      if (!kind.text().equals(KIND)) {
        throw kind.mistake("\"" + kind.text() + "\" is not known; known: " + KIND);
      }
      root.get("plugins").ifPresent(list -> list.items().forEach(this::declare));
      FieldSections sections = new FieldSections(this::reference, notices);
      sections.read(root);
      return new EndpointPickerConfig(profile(root), prefix, declared, notices);
    }

    private void declare(Spec spec) {
      spec.only("name", "type", "parameters");
      Spec typeSpec = spec.need("type");
      String type = typeSpec.text();
      String name = spec.get("name").map(Spec::text).orElse(type);
      Spec parameters = spec.getOrEmpty("parameters");
      if (places.containsKey(name)) {
        throw spec.mistake("a plugin named \"" + name + "\" stands here twice");
      }
      declared.add(new Declared(name, type, parameters));
      places.put(name, spec);
      Optional<Plugin> made = catalog.create(type, name, parameters);
      if (made.isPresent()) {
        plugins.put(name, made.get());
        if (made.get() instanceof PrefixCacheScorer scorer) {
          prefix = scorer.settings().or(prefix);
        }
      } else if (FieldPlugins.ACCEPTED.containsKey(type)) {
        inert.add(name);
        accept(spec, type, parameters);
      } else if (FieldPlugins.PREFIX_SOURCES.contains(type)) {
        inert.add(name);
      } else if (FieldPlugins.NOT_IN_THIS_VERSION.contains(type)) {
        throw typeSpec.mistake("\"" + type + "\" is not in this version; " + known());
      } else {
        throw typeSpec.mistake(
            "unknown plugin type \""
                + type
                + "\"; "
                + Nearest.hint(type, catalog.types())
                + known());
      }
    }

    private void accept(Spec spec, String type, Spec parameters) {
      if (type.equals("approx-prefix-cache-producer")) {
        parameters.only(
            PrefixParameters.PARAMETERS.stream()
                .map(PluginProvider.Parameter::name)
                .toArray(String[]::new));
        prefix = prefix.or(PrefixParameters.read(parameters));
        return;
      }
      if (type.equals("single-profile-handler")) {
        parameters.only();
        return;
      }
      notices.add(
          spec.place()
              + ": plugin \""
              + type
              + "\" has no effect: "
              + FieldPlugins.ACCEPTED.get(type));
    }

    private String known() {
      return "known: " + String.join(", ", catalog.types());
    }

    /** Checks that a reference names a declared plugin or a type the field adds by itself. */
    private void reference(Spec ref) {
      String name = ref.text();
      if (!plugins.containsKey(name)
          && !inert.contains(name)
          && !FieldPlugins.ACCEPTED.containsKey(name)
          && !FieldPlugins.PREFIX_SOURCES.contains(name)) {
        throw unknownReference(ref);
      }
    }

    private RuntimeException unknownReference(Spec ref) {
      List<String> names = new ArrayList<>(plugins.keySet());
      names.addAll(inert);
      return ref.mistake(
          "no plugin is named \""
              + ref.text()
              + "\"; "
              + Nearest.hint(ref.text(), names)
              + "declared: "
              + (names.isEmpty() ? "none" : String.join(", ", names)));
    }

    private Profile profile(Spec root) {
      List<Spec> profiles = root.get("schedulingProfiles").map(Spec::items).orElseGet(List::of);
      if (profiles.isEmpty()) {
        return plugins.isEmpty() ? standard().profile() : everything();
      }
      if (profiles.size() > 1) {
        throw profiles.get(1).mistake("this version follows one profile only");
      }
      Spec spec = profiles.getFirst().only("name", "plugins");
      Parts parts = new Parts();
      for (Spec entry : spec.need("plugins").items()) {
        entry.only("pluginRef", "weight");
        Spec ref = entry.need("pluginRef");
        Optional<Spec> weight = entry.get("weight");
        Plugin plugin = plugins.get(ref.text());
        if (plugin != null) {
          parts.add(ref, plugin, weight.map(w -> w.decimal(0, 1e9)).orElse(1.0));
          if (weight.isPresent() && !(plugin instanceof Scorer)) {
            notices.add(
                weight.get().place()
                    + ": the weight has no effect: \""
                    + ref.text()
                    + "\" is not a scorer");
          }
        } else if (inert.contains(ref.text())) {
          notices.add(ref.place() + ": \"" + ref.text() + "\" has no effect in a profile");
        } else {
          throw unknownReference(ref);
        }
      }
      return parts.profile(spec.need("name").text());
    }

    /** Without profiles, the field puts every declared plugin into one. */
    private Profile everything() {
      Parts parts = new Parts();
      places.forEach((name, place) -> {
        Plugin plugin = plugins.get(name);
        if (plugin != null) {
          parts.add(place, plugin, 1);
        }
      });
      return parts.profile(DEFAULT_PROFILE);
    }
  }

  /** A profile in the making. */
  private static final class Parts {
    private final List<Filter> filters = new ArrayList<>();
    private final List<Profile.WeightedScorer> scorers = new ArrayList<>();
    private final List<Picker> pickers = new ArrayList<>();

    void add(Spec place, Plugin plugin, double weight) {
      if (plugin instanceof Filter filter) {
        filters.add(filter);
      }
      if (plugin instanceof Scorer scorer) {
        scorers.add(new Profile.WeightedScorer(scorer, weight));
      }
      if (plugin instanceof Picker picker) {
        if (!pickers.isEmpty()) {
          throw place.mistake(
              "a profile has one picker; \"" + pickers.getFirst().name() + "\" is it already");
        }
        pickers.add(picker);
      }
    }

    Profile profile(String name) {
      Picker picker =
          pickers.isEmpty()
              ? new MaxScorePicker(MAX_SCORE_PICKER, 1, MaxScorePicker.TieBreak.RANDOM)
              : pickers.getFirst();
      return new Profile(name, filters, scorers, picker);
    }
  }
}
