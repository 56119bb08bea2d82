package io.pickwick.epp.prompt.template;

import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.pickwick.epp.prompt.template.jinja.None;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The messages and tools of a chat request as they reach the template.
 *
 * <p>It does what vLLM 0.32 does in {@code parse_chat_messages} and in the models that validate the
 * request before: the order of keys, what becomes of fields nobody knows, and arguments of tool
 * calls turned from JSON text into mappings are all visible to a template that prints them.
 */
final class Conversation {
  private static final String BILLING_HEADER = "x-anthropic-billing-header";

  /** The fields of a content part that vLLM knows; others are passed on with a text part. */
  private static final Set<String> PART_FIELDS =
      Set.of(
          "audio_embeds",
          "audio_url",
          "closed",
          "data",
          "file",
          "image_embeds",
          "image_pil",
          "image_url",
          "input_audio",
          "name",
          "prompt_cache_breakpoint",
          "refusal",
          "text",
          "thinking",
          "type",
          "uuid",
          "video_embeds",
          "video_url");

  private final ContentFormat format;

  private Conversation(ContentFormat format) {
    this.format = format;
  }

  /** The messages of a request. */
  static List<Object> messages(Object messages, ContentFormat format) throws Unrenderable {
    if (!(messages instanceof List<?> list) || list.isEmpty()) {
      throw new Unrenderable("there are no messages");
    }
    var conversation = new Conversation(format);
    List<Object> all = new ArrayList<>(list.size());
    for (Object message : list) {
      if (!(message instanceof Map<?, ?> map)) {
        throw new Unrenderable("a message is not an object");
      }
      all.add(conversation.message(map));
    }
    return all;
  }

  private static Object get(Map<?, ?> map, String key) {
    Object value = map.get(key);
    return value == null ? None.NONE : value;
  }

  private static String string(Map<?, ?> map, String key, String where) throws Unrenderable {
    if (map.get(key) instanceof String text) {
      return text;
    }
    throw new Unrenderable(where + " has no " + key);
  }

  private Map<Object, Object> message(Map<?, ?> message) throws Unrenderable {
    String role = string(message, "role", "a message");
    Map<Object, Object> result = new LinkedHashMap<>();
    result.put("role", role);
    result.put("content", content(message, role));
    switch (role) {
      case "assistant" -> assistant(message, result);
      case "tool" -> tool(message, result);
      default -> {}
    }
    for (String key : List.of("name", "task")) {
      if (message.containsKey(key)) {
        result.put(key, string(message, key, "a message"));
      }
    }
    if (role.equals("developer")) {
      if (get(message, "tools") != None.NONE) {
        throw new Unrenderable("a developer message brings tools");
      }
      result.put("tools", None.NONE);
    }
    return result;
  }

  private Object content(Map<?, ?> message, String role) throws Unrenderable {
    Object content = get(message, "content");
    List<Map<Object, Object>> parts = new ArrayList<>();
    if (content instanceof String text) {
      addText(text, Map.of(), role, parts);
    } else if (content instanceof List<?> list) {
      for (Object part : list) {
        if (!(part instanceof Map<?, ?> map)) {
          throw new Unrenderable("a content part is not an object");
        }
        addText(text(map, role), map, role, parts);
      }
    } else if (content == None.NONE) {
      boolean allowed =
          !message.containsKey("content") || role.equals("assistant") || role.equals("function");
      if (!allowed) {
        throw new Unrenderable("a message has no content");
      }
    } else {
      throw new Unrenderable("the content of a message is neither text nor parts");
    }
    // A tool's answer reaches the template as one string in either format.
    return format == ContentFormat.OPENAI && !role.equals("tool") ? parts : joined(parts);
  }

  private static String text(Map<?, ?> part, String role) throws Unrenderable {
    Object type = get(part, "type");
    if (get(part, "uuid") != None.NONE) {
      throw new Unrenderable("a content part has a uuid");
    }
    if (type.equals("text")) {
      return string(part, "text", "a text part");
    }
    if (type.equals("refusal") && role.equals("assistant")) {
      return string(part, "refusal", "a refusal part");
    }
    throw new Unrenderable("a content part is of type " + type + ", which is no text");
  }

  private static void addText(
      String text, Map<?, ?> part, String role, List<Map<Object, Object>> parts) {
    String kept = text;
    boolean plain = part.isEmpty() || "text".equals(part.get("type"));
    if (role.equals("system") && plain && text.startsWith(BILLING_HEADER)) {
      int end = text.indexOf('\n');
      kept = end < 0 ? "" : text.substring(end + 1);
      if (kept.isEmpty()) {
        return;
      }
    }
    Map<Object, Object> result = new LinkedHashMap<>();
    result.put("type", "text");
    result.put("text", kept);
    part.forEach((key, value) -> {
      if (!(key instanceof String name && PART_FIELDS.contains(name))) {
        result.put(key, value);
      }
    });
    parts.add(result);
  }

  /** vLLM drops parts without text when it makes a string of them, but not when it keeps parts. */
  private String joined(List<Map<Object, Object>> parts) {
    if (parts.size() == 1) {
      return (String) get(parts.getFirst(), "text");
    }
    List<String> texts = new ArrayList<>(parts.size());
    for (Map<Object, Object> part : parts) {
      String text = (String) get(part, "text");
      if (!text.isEmpty() || format == ContentFormat.OPENAI) {
        texts.add(text);
      }
    }
    return String.join("\n", texts);
  }

  private static void assistant(Map<?, ?> message, Map<Object, Object> result) throws Unrenderable {
    Object calls = get(message, "tool_calls");
    if (calls instanceof List<?> list) {
      List<Object> parsed = new ArrayList<>(list.size());
      for (Object call : list) {
        parsed.add(toolCall(call));
      }
      if (!parsed.isEmpty()) {
        result.put("tool_calls", parsed);
      }
    } else if (calls != None.NONE) {
      throw new Unrenderable("tool_calls is not a list");
    } else if (message.containsKey("tool_calls") && message.get("content") == None.NONE) {
      throw new Unrenderable("both tool_calls and content of a message are null");
    }
    Object reasoning = get(message, "reasoning");
    if (reasoning == None.NONE) {
      reasoning = get(message, "reasoning_content");
    }
    if (reasoning instanceof String) {
      result.put("reasoning", reasoning);
      result.put("reasoning_content", reasoning);
    } else if (reasoning != None.NONE) {
      throw new Unrenderable("the reasoning of a message is not text");
    }
  }

  private static Object toolCall(Object call) throws Unrenderable {
    if (!(call instanceof Map<?, ?> map)
        || !"function".equals(map.get("type"))
        || !(map.get("function") instanceof Map<?, ?> function)) {
      throw new Unrenderable("a tool call is not of type function");
    }
    Map<Object, Object> called = new LinkedHashMap<>();
    called.put("arguments", arguments(string(function, "arguments", "a tool call")));
    called.put("name", string(function, "name", "a tool call"));
    addOthers(function, called);
    Map<Object, Object> result = new LinkedHashMap<>();
    result.put("id", string(map, "id", "a tool call"));
    result.put("function", called);
    result.put("type", "function");
    addOthers(map, result);
    return result;
  }

  /** Fields of no known name come behind those that have one. */
  private static void addOthers(Map<?, ?> from, Map<Object, Object> to) {
    from.forEach(to::putIfAbsent);
  }

  private static Object arguments(String json) throws Unrenderable {
    if (json.isEmpty()) {
      return new LinkedHashMap<>();
    }
    try {
      Object arguments = JsonValues.read(json);
      return arguments instanceof Map<?, ?> ? arguments : new LinkedHashMap<>();
    } catch (StreamConstraintsException e) {
      throw new Unrenderable("the arguments of a tool call are nested or numbered beyond measure");
    } catch (IOException e) {
      return new LinkedHashMap<>();
    }
  }

  private static void tool(Map<?, ?> message, Map<Object, Object> result) throws Unrenderable {
    if (message.containsKey("tool_call_id")) {
      Object id = get(message, "tool_call_id");
      if (!(id instanceof String) && id != None.NONE) {
        throw new Unrenderable("the tool_call_id of a message is not text");
      }
      result.put("tool_call_id", id);
    }
  }

  /** The tools of a request as vLLM writes them down again. */
  static List<Object> tools(List<?> tools) throws Unrenderable {
    if (tools.isEmpty()) {
      throw new Unrenderable("tools is an empty list");
    }
    List<Object> all = new ArrayList<>(tools.size());
    for (Object tool : tools) {
      if (!(tool instanceof Map<?, ?> map)
          || (map.containsKey("type") && !"function".equals(map.get("type")))
          || !(map.get("function") instanceof Map<?, ?> definition)) {
        throw new Unrenderable("a tool is not of type function");
      }
      Map<Object, Object> result = new LinkedHashMap<>();
      result.put("type", "function");
      result.put("function", definition(map, definition));
      all.add(result);
    }
    return all;
  }

  private static Map<Object, Object> definition(Map<?, ?> tool, Map<?, ?> function)
      throws Unrenderable {
    Map<Object, Object> result = new LinkedHashMap<>();
    result.put("name", string(function, "name", "a tool"));
    Object description = get(function, "description");
    Object parameters = get(function, "parameters");
    Object strict = get(function, "strict");
    boolean valid =
        (description instanceof String || description == None.NONE)
            && (parameters instanceof Map<?, ?> || parameters == None.NONE)
            && (strict instanceof Boolean || strict == None.NONE);
    if (!valid) {
      throw new Unrenderable("the definition of a tool is not valid");
    }
    if (get(tool, "defer_loading") != None.NONE || get(function, "defer_loading") != None.NONE) {
      throw new Unrenderable("a tool is loaded later");
    }
    result.put("description", description);
    result.put("parameters", parameters);
    if (strict != None.NONE) {
      result.put("strict", strict);
    }
    return result;
  }

  /** For templates that do not know developers: they become the system, and that speaks once. */
  static List<Object> withoutDevelopers(List<Object> messages) {
    boolean any = false;
    List<Map<?, ?>> systems = new ArrayList<>();
    List<Object> others = new ArrayList<>();
    List<Object> converted = new ArrayList<>(messages.size());
    boolean late = false;
    for (Object message : messages) {
      Map<?, ?> map = (Map<?, ?>) message;
      boolean developer = "developer".equals(map.get("role"));
      any |= developer;
      if (developer) {
        Map<Object, Object> system = new LinkedHashMap<>(map);
        system.put("role", "system");
        system.remove("tools");
        map = system;
      }
      if ("system".equals(map.get("role"))) {
        late |= !converted.isEmpty();
        systems.add(map);
      } else {
        others.add(map);
      }
      converted.add(map);
    }
    if (!any) {
      return messages;
    }
    if (!late) {
      return converted;
    }
    List<String> contents = new ArrayList<>();
    for (Map<?, ?> system : systems) {
      String content = text(get(system, "content"));
      if (!content.isEmpty()) {
        contents.add(content);
      }
    }
    Map<Object, Object> merged = new LinkedHashMap<>();
    merged.put("role", "system");
    merged.put("content", String.join("\n\n", contents));
    List<Object> consolidated = new ArrayList<>(others.size() + 1);
    consolidated.add(merged);
    consolidated.addAll(others);
    return consolidated;
  }

  private static String text(Object content) {
    if (content instanceof String text) {
      return text;
    }
    List<String> texts = new ArrayList<>();
    for (Object part : (List<?>) content) {
      texts.add((String) get((Map<?, ?>) part, "text"));
    }
    return String.join("\n", texts);
  }
}
