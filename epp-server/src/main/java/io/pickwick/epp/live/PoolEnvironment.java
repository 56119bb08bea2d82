package io.pickwick.epp.live;

import io.pickwick.resource.PoolAnnotations;
import io.pickwick.schedule.PrefixSettings;
import io.pickwick.schedule.config.EndpointPickerConfig;
import io.pickwick.schedule.config.PluginCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The settings that a pool's annotations pass on by the names of environment variables, as endpoint
 * pickers of GIE up to v0.5 took them.
 *
 * <p>{@code ENABLE_PREFIX_CACHE_SCHEDULING}; the weights {@code QUEUE_SCORE_WEIGHT}, {@code
 * KV_CACHE_SCORE_WEIGHT} and {@code PREFIX_CACHE_SCORE_WEIGHT}, of which one suffices for all three
 * scorers to take the place of the expected time to first token, the others with 1; {@code
 * PREFIX_CACHE_HASH_BLOCK_SIZE} in characters, {@code PREFIX_CACHE_MAX_PREFIX_BLOCKS} and {@code
 * PREFIX_CACHE_LRU_CAPACITY} in blocks.
 *
 * @param prefixes whether cached prefixes count; absent where nothing is said
 * @param config what follows from the others; absent where they say nothing
 * @param notices what has no effect, a sentence each
 */
record PoolEnvironment(
    Optional<Boolean> prefixes, Optional<EndpointPickerConfig> config, List<String> notices) {
  private static final Map<String, String> WEIGHTS =
      Map.of(
          "QUEUE_SCORE_WEIGHT", "queue-scorer",
          "KV_CACHE_SCORE_WEIGHT", "kv-cache-utilization-scorer",
          "PREFIX_CACHE_SCORE_WEIGHT", "prefix-cache-scorer");
  private static final Map<String, String> SIZES =
      Map.of(
          "PREFIX_CACHE_HASH_BLOCK_SIZE", "hashBlockSize",
          "PREFIX_CACHE_MAX_PREFIX_BLOCKS", "maxPrefixBlocksToMatch",
          "PREFIX_CACHE_LRU_CAPACITY", "lruCapacityPerServer");
  private static final String ENABLE = "ENABLE_PREFIX_CACHE_SCHEDULING";
  private static final int LARGEST = 10_000_000;

  static PoolEnvironment read(Map<String, String> environment) {
    List<String> notices = new ArrayList<>();
    Optional<Boolean> prefixes = Optional.empty();
    Map<String, Integer> weights = new TreeMap<>();
    Map<String, Integer> sizes = new TreeMap<>();
    for (Map.Entry<String, String> entry : new TreeMap<>(environment).entrySet()) {
      String name = entry.getKey();
      String value = entry.getValue();
      if (name.equals(ENABLE)) {
        prefixes = truth(name, value, notices);
      } else if (WEIGHTS.containsKey(name)) {
        number(name, value, 0, notices).ifPresent(it -> weights.put(WEIGHTS.get(name), it));
      } else if (SIZES.containsKey(name)) {
        number(name, value, 1, notices).ifPresent(it -> sizes.put(SIZES.get(name), it));
      } else {
        notices.add(annotation(name) + " has no effect: this version knows no such setting");
      }
    }
    return new PoolEnvironment(prefixes, config(weights, sizes), List.copyOf(notices));
  }

  private static Optional<EndpointPickerConfig> config(
      Map<String, Integer> weights, Map<String, Integer> sizes) {
    if (weights.isEmpty() && sizes.isEmpty()) {
      return Optional.empty();
    }
    StringBuilder text =
        new StringBuilder(
            "apiVersion: inference.networking.x-k8s.io/v1alpha1\nkind: EndpointPickerConfig\n");
    text.append("plugins:\n- {type: queue-scorer}\n- {type: kv-cache-utilization-scorer}\n");
    text.append("- type: prefix-cache-scorer\n  parameters: ").append(json(sizes)).append("\n");
    text.append("schedulingProfiles:\n- name: default\n  plugins:\n");
    for (String scorer : WEIGHTS.values().stream().sorted().toList()) {
      text.append("  - {pluginRef: ").append(scorer).append(", weight: ");
      text.append(weights.getOrDefault(scorer, 1)).append("}\n");
    }
    EndpointPickerConfig read =
        EndpointPickerConfig.read("annotations", text.toString(), PluginCatalog.load());
    EndpointPickerConfig standard = EndpointPickerConfig.standard();
    PrefixSettings prefix = read.prefix();
    return Optional.of(
        weights.isEmpty()
            ? new EndpointPickerConfig(standard.profile(), prefix, List.of(), read.notices())
            : read);
  }

  private static String json(Map<String, Integer> numbers) {
    return numbers.entrySet().stream()
        .map(number -> number.getKey() + ": " + number.getValue())
        .collect(Collectors.joining(", ", "{", "}"));
  }

  private static Optional<Boolean> truth(String name, String value, List<String> notices) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true" -> Optional.of(true);
      case "false" -> Optional.of(false);
      default -> {
        notices.add(annotation(name) + " has no effect: \"" + value + "\" is not true or false");
        yield Optional.empty();
      }
    };
  }

  private static Optional<Integer> number(
      String name, String value, int least, List<String> notices) {
    if (value.matches("\\d{1,8}")) {
      int number = Integer.parseInt(value);
      if (number >= least && number <= LARGEST) {
        return Optional.of(number);
      }
    }
    notices.add(
        annotation(name)
            + " has no effect: \""
            + value
            + "\" is no whole number from "
            + least
            + " to "
            + LARGEST);
    return Optional.empty();
  }

  private static String annotation(String name) {
    return "annotation "
        + PoolAnnotations.ENVIRONMENT_PREFIX
        + name.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
