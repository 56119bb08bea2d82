package io.pickwick.epp.prompt.template;

import io.pickwick.epp.prompt.template.jinja.None;
import io.pickwick.epp.prompt.template.jinja.TemplateException;
import io.pickwick.epp.prompt.template.jinja.Text;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A chat-completions request on its way to a text, as vLLM 0.32 goes it. */
final class ChatRequest {
  private static final Set<String> EFFORTS =
      Set.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

  /** Template arguments that steer transformers itself instead of the template. */
  private static final Set<String> STEERING =
      Set.of(
          "chat_template",
          "conversation",
          "documents",
          "max_length",
          "messages",
          "padding",
          "raise_exception",
          "return_assistant_tokens_mask",
          "return_dict",
          "return_tensors",
          "strftime_now",
          "tokenize",
          "tokenizer_kwargs",
          "tools",
          "truncation");

  private static final String CONTINUE_TAG = "CONTINUE_FINAL_MESSAGE_TAG ";

  private final Map<?, ?> body;
  private final ChatOptions options;

  ChatRequest(Map<?, ?> body, ChatOptions options) {
    this.body = body;
    this.options = options;
  }

  private Object get(String key) {
    Object value = body.get(key);
    return value == null ? None.NONE : value;
  }

  private boolean flag(String key, boolean otherwise) throws Unrenderable {
    if (!body.containsKey(key)) {
      return otherwise;
    }
    if (body.get(key) instanceof Boolean flag) {
      return flag;
    }
    throw new Unrenderable(key + " is neither true nor false");
  }

  boolean addSpecialTokens() throws Unrenderable {
    return flag("add_special_tokens", false);
  }

  /** Whether the template gets tools. */
  boolean hasTools() throws Unrenderable {
    Object tools = get("tools");
    if (tools == None.NONE) {
      return false;
    }
    if (!(tools instanceof List<?>)) {
      throw new Unrenderable("tools is not a list");
    }
    return !(options.excludeToolsWhenNone() && "none".equals(get("tool_choice")));
  }

  /**
   * Refuses what makes the engine tokenize something else than the template's text, or not look for
   * it in its cache.
   */
  void check() throws Unrenderable {
    if (get("chat_template") != None.NONE) {
      throw new Unrenderable("the request brings its own chat template");
    }
    if (get("truncate_prompt_tokens") != None.NONE) {
      throw new Unrenderable("the prompt is truncated");
    }
    if (get("prompt_logprobs") != None.NONE) {
      throw new Unrenderable("with prompt_logprobs the cache is not used");
    }
    if (get("kv_transfer_params") instanceof Map<?, ?> transfer
        && transfer.containsKey("prompt_token_ids")) {
      throw new Unrenderable("the request brings the token ids of its prompt");
    }
    if (get("tools") instanceof List<?> list && list.isEmpty()) {
      throw new Unrenderable("tools is an empty list");
    }
    if (!isToolChoice(get("tool_choice"))) {
      throw new Unrenderable("tool_choice does not go with the tools");
    }
  }

  private boolean isToolChoice(Object choice) {
    if (choice == None.NONE || choice.equals("none")) {
      return true;
    }
    if (!(get("tools") instanceof List<?> tools)) {
      return false;
    }
    if (choice instanceof Map<?, ?> map && map.get("function") instanceof Map<?, ?> chosen) {
      return tools.stream()
          .anyMatch(tool ->
              tool instanceof Map<?, ?> one
                  && one.get("function") instanceof Map<?, ?> function
                  && function.get("name") instanceof String name
                  && name.equals(chosen.get("name")));
    }
    return choice.equals("auto") || choice.equals("required");
  }

  String render(ChatTemplate template, Map<String, Object> specialTokens, InstantSource clock)
      throws Unrenderable, TemplateException {
    ContentFormat format = options.format().orElse(template.format());
    List<Object> messages = Conversation.messages(get("messages"), format);
    if (!template.mentions("\"developer\"") && !template.mentions("'developer'")) {
      messages = Conversation.withoutDevelopers(messages);
    }
    boolean generate = flag("add_generation_prompt", true);
    boolean resume = flag("continue_final_message", false);
    if (generate && resume) {
      throw new Unrenderable("both continue_final_message and add_generation_prompt are true");
    }
    Map<String, Object> variables = new LinkedHashMap<>(specialTokens);
    kwargs()
        .forEach((name, value) -> {
          if (template.undeclared().contains(name)) {
            variables.put(name, value);
          }
        });
    variables.put(
        "tools",
        hasTools() && get("tools") instanceof List<?> list ? Conversation.tools(list) : None.NONE);
    variables.put("documents", documents());
    variables.put("add_generation_prompt", generate);
    if (!resume) {
      variables.put("messages", messages);
      return template.render(variables, clock);
    }
    return resumed(template, variables, messages, clock);
  }

  private Map<String, Object> kwargs() throws Unrenderable {
    Map<String, Object> kwargs = new LinkedHashMap<>(options.defaultKwargs());
    Object given = get("chat_template_kwargs");
    boolean thinking = false;
    if (given instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        String name = (String) entry.getKey();
        Object value = entry.getValue();
        if (STEERING.contains(name) && value != None.NONE) {
          throw new Unrenderable("chat_template_kwargs sets " + name);
        }
        thinking |= name.equals("enable_thinking");
        put(kwargs, name, value);
      }
    } else if (given != None.NONE) {
      throw new Unrenderable("chat_template_kwargs is not an object");
    }
    Object effort = get("reasoning_effort");
    if (effort != None.NONE) {
      if (!(effort instanceof String word) || !EFFORTS.contains(word)) {
        throw new Unrenderable("reasoning_effort is unknown");
      }
      kwargs.put("reasoning_effort", effort);
      if (!thinking) {
        kwargs.put("enable_thinking", !word.equals("none"));
      }
    }
    return kwargs;
  }

  /** To vLLM, nothing and {@code "auto"} mean that the default stays. */
  private static void put(Map<String, Object> kwargs, String name, Object value) {
    if (value != None.NONE && !value.equals("auto")) {
      kwargs.put(name, value);
    }
  }

  private Object documents() throws Unrenderable {
    Object documents = get("documents");
    if (documents == None.NONE) {
      return None.NONE;
    }
    boolean valid =
        documents instanceof List<?> list
            && list.stream()
                .allMatch(document ->
                    document instanceof Map<?, ?> map
                        && map.values().stream().allMatch(String.class::isInstance));
    if (!valid) {
      throw new Unrenderable("documents is not a list of objects of texts");
    }
    return documents;
  }

  // The final message is continued: transformers renders it with a tag and cuts the text there.

  private static String resumed(
      ChatTemplate template,
      Map<String, Object> variables,
      List<Object> messages,
      InstantSource clock)
      throws Unrenderable, TemplateException {
    if (!template.mentions("content")) {
      throw new Unrenderable("the template has no content that could be continued");
    }
    Map<Object, Object> last = new LinkedHashMap<>((Map<?, ?>) messages.getLast());
    Object content = last.get("content");
    String end;
    if (content instanceof List<?> parts) {
      if (parts.isEmpty()) {
        throw new Unrenderable("the final message has no text to continue");
      }
      List<Object> tagged = new ArrayList<>(parts);
      Map<Object, Object> part = new LinkedHashMap<>((Map<?, ?>) tagged.removeLast());
      end = String.valueOf(part.get("text"));
      part.put("text", end + CONTINUE_TAG);
      tagged.add(part);
      last.put("content", tagged);
    } else {
      end = String.valueOf(content);
      last.put("content", end + CONTINUE_TAG);
    }
    List<Object> all = new ArrayList<>(messages.subList(0, messages.size() - 1));
    all.add(last);
    variables.put("messages", all);
    String text = template.render(variables, clock);
    String tag = CONTINUE_TAG.strip();
    int at = text.lastIndexOf(tag);
    if (at < 0 || !text.contains(Text.strip(end))) {
      throw new Unrenderable("the template does not show the final message as it is");
    }
    String cut = text.substring(0, at);
    return text.startsWith(CONTINUE_TAG, at) ? cut : Text.stripRight(cut);
  }
}
