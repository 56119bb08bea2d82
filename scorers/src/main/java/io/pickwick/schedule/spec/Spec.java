package io.pickwick.schedule.spec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One value of a YAML or JSON configuration that remembers where it was written.
 *
 * <p>Every accessor throws {@link SpecException} naming the place and the mend when the value is
 * not of the wanted kind, so a reader of a configuration needs no checks of its own.
 */
public final class Spec {
  private final String source;
  private final String path;
  private final Node node;

  private Spec(String source, String path, Node node) {
    this.source = source;
    this.path = path;
    this.node = node;
  }

  /**
   * Reads one document.
   *
   * @param source what to call the text in messages, usually a file name
   */
  public static Spec parse(String source, String text) {
    return one(source, text, true);
  }

  /**
   * Reads one document that nobody wrote as this text, such as an object from an API: mistakes name
   * the path within it, but no line and column.
   *
   * @param source what to call the document in messages
   */
  public static Spec parseObject(String source, String text) {
    return one(source, text, false);
  }

  /**
   * Reads every document of a text that has several; those that are empty are passed over.
   *
   * @param source what to call the text in messages, usually a file name
   */
  public static List<Spec> documents(String source, String text) {
    return composed(
        source,
        true,
        compose -> {
          List<Spec> documents = new ArrayList<>();
          for (Node root : compose.composeAllFromString(text)) {
            Spec document = new Spec(source, "", root);
            if (!document.isNull()) {
              documents.add(document);
            }
          }
          return documents;
        });
  }

  /** An empty mapping, for a plugin that was given no parameters. */
  public static Spec empty(String source) {
    return parse(source, "{}");
  }

  /** Where this value stands, as {@code file:line:column}, counted from one. */
  public String place() {
    return node.getStartMark().map(mark -> source + ":" + position(mark)).orElse(source);
  }

  /** The mistake at this value, to be thrown by the caller. */
  public SpecException mistake(String message) {
    return new SpecException(place(), path.isEmpty() ? message : "\"" + path + "\": " + message);
  }

  /** This mapping's entries in their order; a duplicate key is a mistake. */
  public Map<String, Spec> entries() {
    if (!(node instanceof MappingNode mapping)) {
      throw mistake("a mapping is wanted here, not " + kind());
    }
    Map<String, Spec> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new Spec(source, path, tuple.getKeyNode()).mistake("a key must be plain text");
      }
      String name = key.getValue();
      Spec value =
          new Spec(source, path.isEmpty() ? name : path + "." + name, tuple.getValueNode());
      if (entries.put(name, value) != null) {
        throw value.mistake("this key stands here twice");
      }
    }
    return entries;
  }

  /** Refuses every key of this mapping but these, naming the known ones. */
  public Spec only(String... known) {
    Set<String> names = new LinkedHashSet<>(Arrays.asList(known));
    entries()
        .forEach((name, value) -> {
          if (!names.contains(name)) {
            throw value.mistake(
                "unknown key; known here: "
                    + (names.isEmpty() ? "none" : String.join(", ", names)));
          }
        });
    return this;
  }

  /** The value under a key; absent when the key is, or when its value is null. */
  public Optional<Spec> get(String key) {
    return Optional.ofNullable(entries().get(key)).filter(value -> !value.isNull());
  }

  /** The mapping under a key; where there is none, an empty one that stands at this place. */
  public Spec getOrEmpty(String key) {
    return get(key)
        .orElseGet(() ->
            new Spec(
                source,
                path.isEmpty() ? key : path + "." + key,
                new MappingNode(
                    Tag.MAP,
                    true,
                    List.of(),
                    FlowStyle.FLOW,
                    node.getStartMark(),
                    node.getEndMark())));
  }

  /** The value under a key that must be there. */
  public Spec need(String key) {
    return get(key).orElseThrow(() -> mistake("\"" + key + "\" is missing"));
  }

  /** This sequence's items in their order. */
  public List<Spec> items() {
    if (!(node instanceof SequenceNode sequence)) {
      throw mistake("a list is wanted here, not " + kind());
    }
    List<Spec> items = new ArrayList<>(sequence.getValue().size());
    for (Node item : sequence.getValue()) {
      items.add(new Spec(source, path + "[" + items.size() + "]", item));
    }
    return items;
  }

  /** This scalar's text, whatever its type. */
  public String text() {
    if (!(node instanceof ScalarNode scalar) || isNull()) {
      throw mistake("text is wanted here, not " + kind());
    }
    return scalar.getValue();
  }

  /** This scalar as a whole number within bounds. */
  public long integer(long min, long max) {
    long value;
    try {
      value = Long.parseLong(text());
    } catch (NumberFormatException e) {
      throw mistake("a whole number is wanted here, not \"" + text() + "\"");
    }
    if (value < min || value > max) {
      throw mistake(value + " is out of range; it must be from " + min + " to " + max);
    }
    return value;
  }

  /** This scalar as a number within bounds. */
  public double decimal(double min, double max) {
    double value;
    try {
      value = Double.parseDouble(text());
    } catch (NumberFormatException e) {
      throw mistake("a number is wanted here, not \"" + text() + "\"");
    }
    if (!(value >= min && value <= max)) {
      throw mistake(value + " is out of range; it must be from " + min + " to " + max);
    }
    return value;
  }

  /** This scalar as {@code true} or {@code false}. */
  public boolean bool() {
    return switch (text()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw mistake("true or false is wanted here, not \"" + text() + "\"");
    };
  }

  /** Whether this value is null, written or implied. */
  public boolean isNull() {
    return node.getTag().equals(Tag.NULL);
  }

  /** Whether this value is a mapping. */
  public boolean isMapping() {
    return node instanceof MappingNode;
  }

  @Override
  public String toString() {
    return path.isEmpty() ? place() : path + " at " + place();
  }

  private static Spec one(String source, String text, boolean places) {
    return composed(
        source,
        places,
        compose ->
            compose
                .composeString(text)
                .map(root -> new Spec(source, "", root))
                .orElseThrow(() -> new SpecException(source, "the document is empty")));
  }

  private static <T> T composed(String source, boolean places, Function<Compose, T> reader) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source)
            .setAllowDuplicateKeys(false)
            .setUseMarks(places)
            .build();
    try {
      return reader.apply(new Compose(settings));
    } catch (MarkedYamlEngineException e) {
      String place = e.getProblemMark().map(mark -> source + ":" + position(mark)).orElse(source);
      throw new SpecException(place, "not valid YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new SpecException(source, "not valid YAML: " + e.getMessage());
    } catch (StackOverflowError e) {
      throw new SpecException(source, "nested too deeply to be read");
    }
  }

  private String kind() {
    if (isNull()) {
      return "nothing";
    }
    return switch (node) {
      case MappingNode mapping -> "a mapping";
      case SequenceNode sequence -> "a list";
      case ScalarNode scalar -> "\"" + scalar.getValue() + "\"";
      default -> "this";
    };
  }

  private static String position(Mark mark) {
    return (mark.getLine() + 1) + ":" + (mark.getColumn() + 1);
  }
}
