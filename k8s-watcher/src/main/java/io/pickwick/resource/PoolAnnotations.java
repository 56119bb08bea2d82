package io.pickwick.resource;

import io.pickwick.pool.Engine;
import io.pickwick.schedule.spec.Spec;
import io.pickwick.schedule.spec.SpecException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the annotations of an InferencePool ask for; those not listed here are nobody's business.
 *
 * <p>A value that is not understood counts as absent and is told in {@code mistakes}: a slip in an
 * annotation must not take a pool's endpoints away.
 *
 * @param strategy {@value #STRATEGY}: {@code DEFAULT} or {@code PREFIX_CACHE}
 * @param engine {@value #RUNTIME}: the engine of pods that name none themselves, {@code vllm},
 *     {@code sglang}, {@code trt-llm} (behind Triton) or any other of {@link Engine#label()}
 * @param environment {@value #ENVIRONMENT_PREFIX} and a name in kebab-case: by the name of the
 *     environment variable, in upper case with underscores, that it stands for
 * @param attachTo {@value #ATTACH_TO}: the listener of a gateway, as YAML with {@code name} and
 *     {@code port}
 * @param family {@value #FAMILY}: which address of a dual-stack pod to use, {@code IPv4} or {@code
 *     IPv6}; pods without one of that family are then not served
 * @param mistakes what was not understood, each with its place and mend
 */
public record PoolAnnotations(
    Optional<Strategy> strategy,
    Optional<Engine> engine,
    Map<String, String> environment,
    Optional<Listener> attachTo,
    Optional<Family> family,
    List<String> mistakes) {
  /** How the pool's endpoints are chosen. */
  public static final String STRATEGY = "inference.networking.x-k8s.io/routing-strategy";

  /** Which engine the pool's pods run. */
  public static final String RUNTIME = "inference.networking.x-k8s.io/model-server-runtime";

  /** What the names of settings begin with that are passed on to the endpoint picker. */
  public static final String ENVIRONMENT_PREFIX = "inference-epp-env.networking.x-k8s.io/";

  /** Which listener serves the pool. */
  public static final String ATTACH_TO = "inference.networking.x-k8s.io/attach-to";

  /** Which address of a dual-stack pod is used. */
  public static final String FAMILY = "inference.networking.x-k8s.io/ip-family";

  /** No annotations. */
  public static final PoolAnnotations NONE =
      new PoolAnnotations(
          Optional.empty(),
          Optional.empty(),
          Map.of(),
          Optional.empty(),
          Optional.empty(),
          List.of());

  private static final Logger log = LoggerFactory.getLogger(PoolAnnotations.class);

  /** Keeps its own copies. */
  public PoolAnnotations {
    environment = Map.copyOf(environment);
    mistakes = List.copyOf(mistakes);
  }

  /** How endpoints are chosen. */
  public enum Strategy {
    /** By load. */
    DEFAULT,
    /** By load and by the prefixes that were sent to each endpoint before. */
    PREFIX_CACHE
  }

  /** A family of addresses. */
  public enum Family {
    /** Dotted quads. */
    IPV4,
    /** The others. */
    IPV6
  }

  /**
   * A listener of a gateway.
   *
   * @param name the gateway
   * @param port the listener's port
   */
  public record Listener(String name, int port) {}

  /** Reads the annotations of a pool; mistakes are told, not thrown. */
  static PoolAnnotations read(Spec metadata) {
    List<String> mistakes = new ArrayList<>();
    PoolAnnotations read =
        read(
            metadata,
            mistake -> {
              log.debug("annotation not understood", mistake);
              mistakes.add(String.valueOf(mistake.getMessage()));
            });
    return new PoolAnnotations(
        read.strategy, read.engine, read.environment, read.attachTo, read.family, mistakes);
  }

  /** Throws the first mistake, for a reader that can keep what it had before. */
  static void check(Spec metadata) {
    read(
        metadata,
        mistake -> {
          throw mistake;
        });
  }

  private static PoolAnnotations read(Spec metadata, Consumer<SpecException> mistaken) {
    Spec annotations = metadata.getOrEmpty("annotations");
    Map<String, String> environment = new LinkedHashMap<>();
    annotations
        .entries()
        .forEach((key, value) -> {
          if (key.startsWith(ENVIRONMENT_PREFIX)) {
            String name = key.substring(ENVIRONMENT_PREFIX.length());
            environment.put(
                name.toUpperCase(Locale.ROOT).replace('-', '_'),
                value.isNull() ? "" : value.text());
          }
        });
    return new PoolAnnotations(
        understood(annotations, STRATEGY, PoolAnnotations::strategy, mistaken),
        understood(annotations, RUNTIME, PoolAnnotations::engine, mistaken),
        environment,
        understood(annotations, ATTACH_TO, PoolAnnotations::listener, mistaken),
        understood(annotations, FAMILY, PoolAnnotations::family, mistaken),
        List.of());
  }

  private static <T> Optional<T> understood(
      Spec annotations, String key, Function<Spec, T> reader, Consumer<SpecException> mistaken) {
    try {
      return annotations.get(key).map(reader);
    } catch (SpecException e) {
      mistaken.accept(e);
      return Optional.empty();
    }
  }

  private static Strategy strategy(Spec spec) {
    return switch (spec.text()) {
      case "DEFAULT" -> Strategy.DEFAULT;
      case "PREFIX_CACHE" -> Strategy.PREFIX_CACHE;
      default -> throw unknown(spec, "DEFAULT, PREFIX_CACHE");
    };
  }

  private static Engine engine(Spec spec) {
    if (spec.text().equals("trt-llm")) {
      return Engine.TRITON_TENSORRT_LLM;
    }
    List<String> known = new ArrayList<>(List.of("trt-llm"));
    for (Engine engine : Engine.values()) {
      if (engine.label().equals(spec.text())) {
        return engine;
      }
      known.add(engine.label());
    }
    throw unknown(spec, String.join(", ", known));
  }

  private static Family family(Spec spec) {
    return switch (spec.text()) {
      case "IPv4" -> Family.IPV4;
      case "IPv6" -> Family.IPV6;
      default -> throw unknown(spec, "IPv4, IPv6");
    };
  }

  private static Listener listener(Spec spec) {
    Spec listener = Spec.parse(spec.place(), spec.text());
    return new Listener(
        listener.need("name").text(), (int) listener.need("port").integer(1, 65_535));
  }

  private static SpecException unknown(Spec spec, String known) {
    return spec.mistake("\"" + spec.text() + "\" is not known; known: " + known);
  }
}
