package io.pickwick.epp.request;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** What a value of a body means, by the place where it stands. */
enum Slot {
  /** Not looked at. */
  IGNORED,
  MODEL,
  STREAM,
  STREAM_OPTIONS,
  INCLUDE_USAGE,
  MAX_TOKENS,
  /** Goes before {@link #MAX_TOKENS}, as in vLLM. */
  MAX_COMPLETION_TOKENS,
  SAMPLING_PARAMS,
  PRIORITY,
  CACHE_SALT,
  /** vLLM's arguments without a schema. */
  XARGS,
  /** Whether the engine is to report blocks that it holds already once more. */
  REPORT_MODE,
  /** An array of messages. */
  MESSAGES,
  MESSAGE,
  CONTENT,
  ROLE,
  PART,
  TYPE,
  TEXT,
  /** A string or an array of messages. */
  INPUT,
  /** A string, or an array of strings, token ids or arrays of token ids. */
  PROMPT,
  PROMPT_ELEMENT,
  PROMPT_EMBEDS,
  /** An array of token ids. */
  TOKEN_IDS,
  TOKEN_ID,
  TOOLS,
  TOOL,
  /** A value told to the prompt together with its key, unless it is null. */
  MEMBER,
  /** Such a value in a message's part, which makes the part an image, audio or video. */
  MEDIA,
  /** A value told to the prompt as it is. */
  RAW;

  private static final Map<Api, Keys> BODIES = bodies();

  static final Keys STREAM_OPTION = new Keys(Map.of("include_usage", INCLUDE_USAGE), IGNORED);
  static final Keys SAMPLING_PARAM =
      new Keys(Map.of("max_tokens", MAX_TOKENS, "extra_args", XARGS), IGNORED);
  static final Keys XARG = new Keys(Map.of("kv_cache_report_mode", REPORT_MODE), IGNORED);

  /**
   * Keys of a structured value. Anthropic's clients move {@code cache_control} from message to
   * message as a conversation grows, so it must not be part of the prompt.
   */
  static final Keys OF_MEMBER = new Keys(Map.of("cache_control", IGNORED), MEMBER);

  static final Keys OF_MESSAGE =
      new Keys(
          Map.of("content", CONTENT, "role", ROLE, "type", IGNORED, "cache_control", IGNORED),
          MEMBER);

  private static final Map<String, Slot> MEDIA_KINDS = mediaKinds();

  /** Values of a part's type; {@link #MEDIA} where they mean so. */
  static final Keys OF_TYPE = new Keys(MEDIA_KINDS, IGNORED);

  static final Keys OF_PART =
      new Keys(
          with(MEDIA_KINDS, Map.of("text", TEXT, "type", TYPE, "cache_control", IGNORED)), MEMBER);

  /** The keys of a body's root object. */
  static Keys ofBody(Api api) {
    return BODIES.getOrDefault(api, OF_MEMBER);
  }

  private static Map<String, Slot> mediaKinds() {
    Map<String, Slot> kinds = new HashMap<>();
    for (String kind :
        new String[] {
          "image_url", "input_image", "image", "image_pil", "image_embeds", "input_audio",
          "audio_url", "audio", "audio_embeds", "video_url", "input_video", "video"
        }) {
      kinds.put(kind, MEDIA);
    }
    return kinds;
  }

  private static Map<Api, Keys> bodies() {
    Map<String, Slot> all =
        Map.of(
            "model", MODEL,
            "stream", STREAM,
            "priority", PRIORITY,
            "cache_salt", CACHE_SALT,
            "vllm_xargs", XARGS);
    Map<String, Slot> streaming =
        Map.of("stream_options", STREAM_OPTIONS, "max_tokens", MAX_TOKENS);
    Map<String, Slot> chat =
        Map.of(
            "messages", MESSAGES,
            "tools", TOOLS,
            "functions", MEMBER,
            "chat_template", MEMBER,
            "chat_template_kwargs", MEMBER,
            "documents", MEMBER,
            "reasoning_effort", MEMBER,
            "mm_processor_kwargs", MEMBER);
    Map<Api, Keys> bodies = new EnumMap<>(Api.class);
    bodies.put(
        Api.CHAT_COMPLETIONS,
        keys(all, streaming, chat, Map.of("max_completion_tokens", MAX_COMPLETION_TOKENS)));
    bodies.put(
        Api.COMPLETIONS,
        keys(all, streaming, Map.of("prompt", PROMPT, "prompt_embeds", PROMPT_EMBEDS)));
    bodies.put(Api.EMBEDDINGS, keys(all, chat, Map.of("input", PROMPT)));
    bodies.put(
        Api.RESPONSES,
        keys(
            all,
            Map.of(
                "input", INPUT,
                "max_output_tokens", MAX_TOKENS,
                "tools", TOOLS,
                "instructions", MEMBER,
                "previous_response_id", MEMBER,
                "reasoning", MEMBER,
                "chat_template_kwargs", MEMBER)));
    bodies.put(
        Api.MESSAGES,
        keys(
            all,
            Map.of(
                "messages", MESSAGES,
                "max_tokens", MAX_TOKENS,
                "tools", TOOLS,
                "system", MEMBER,
                "chat_template_kwargs", MEMBER)));
    bodies.put(
        Api.GENERATE,
        keys(
            all,
            Map.of(
                "token_ids", TOKEN_IDS,
                "sampling_params", SAMPLING_PARAMS,
                "stream_options", STREAM_OPTIONS,
                "features", MEMBER)));
    return bodies;
  }

  @SafeVarargs
  private static Keys keys(Map<String, Slot>... parts) {
    Map<String, Slot> known = new HashMap<>();
    for (Map<String, Slot> part : parts) {
      known.putAll(part);
    }
    return new Keys(known, IGNORED);
  }

  private static Map<String, Slot> with(Map<String, Slot> one, Map<String, Slot> other) {
    Map<String, Slot> both = new HashMap<>(one);
    both.putAll(other);
    return both;
  }
}
