package io.pickwick.bench.simulate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;

/** The JSON of one answer, whole or in chunks, in the shape of vLLM 0.32. */
final class Answers {
  private static final String FINGERPRINT = "vllm-0.32.0-simulated";
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final InferenceRequest request;
  private final String id;
  private final long created;
  private int completionTokens;
  private int cachedTokens;

  Answers(InferenceRequest request, String id, long created) {
    this.request = request;
    this.id = (request.chat() ? "chatcmpl-" : "cmpl-") + id;
    this.created = created;
  }

  /** Counts a token of the answer. */
  void count(int choiceCachedTokens) {
    completionTokens++;
    cachedTokens = Math.max(cachedTokens, choiceCachedTokens);
  }

  /** The first chunk of a chat's choice, with the role. */
  byte[] role(int choice) {
    ObjectNode chunk = head("chat.completion.chunk");
    ObjectNode node = chunk.putArray("choices").addObject();
    node.put("index", choice);
    node.putObject("delta").put("role", "assistant").put("content", "");
    node.putNull("logprobs");
    node.putNull("finish_reason");
    if (request.continuousUsage()) {
      chunk.set("usage", usage(false));
    }
    chunk.putNull("prompt_token_ids");
    chunk.putNull("prompt_text");
    return event(chunk);
  }

  /** A chunk with one token; the reason is empty until the choice ends. */
  byte[] token(int choice, String text, String reason, boolean last) {
    ObjectNode chunk = head(request.chat() ? "chat.completion.chunk" : "text_completion");
    ObjectNode node = chunk.putArray("choices").addObject();
    node.put("index", choice);
    if (request.chat()) {
      node.putObject("delta").put("content", text);
    } else {
      node.put("text", text);
    }
    node.putNull("logprobs");
    reason(node, reason);
    if (!request.chat()) {
      node.putNull("stop_reason");
      node.putNull("prompt_token_ids");
    } else if (!reason.isEmpty()) {
      node.putNull("stop_reason");
    }
    node.putNull("token_ids");
    if (request.continuousUsage()) {
      chunk.set("usage", usage(false));
    }
    if (last && !request.includeUsage()) {
      chunk.put("system_fingerprint", FINGERPRINT);
    }
    return event(chunk);
  }

  /** The chunk behind the last token. */
  byte[] usageChunk() {
    ObjectNode chunk = head(request.chat() ? "chat.completion.chunk" : "text_completion");
    chunk.putArray("choices");
    chunk.set("usage", usage(true));
    chunk.put("system_fingerprint", FINGERPRINT);
    return event(chunk);
  }

  /** The end of a stream. */
  static byte[] done() {
    return "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);
  }

  /** The whole answer at once. */
  byte[] whole(String[] texts, String[] reasons) {
    ObjectNode root = head(request.chat() ? "chat.completion" : "text_completion");
    ArrayNode choices = root.putArray("choices");
    for (int i = 0; i < texts.length; i++) {
      ObjectNode node = choices.addObject();
      node.put("index", i);
      if (request.chat()) {
        ObjectNode message = node.putObject("message");
        message.put("role", "assistant");
        message.put("content", texts[i]);
        for (String none :
            new String[] {"refusal", "annotations", "audio", "function_call", "reasoning"}) {
          message.putNull(none);
        }
      } else {
        node.put("text", texts[i]);
      }
      node.putNull("logprobs");
      reason(node, reasons[i]);
      node.putNull("stop_reason");
      node.putNull("token_ids");
      if (!request.chat()) {
        node.putNull("prompt_logprobs");
        node.putNull("prompt_token_ids");
      }
      node.putNull("routed_experts");
    }
    root.putNull("service_tier");
    root.put("system_fingerprint", FINGERPRINT);
    ObjectNode usage = usage(false);
    ObjectNode details = NODES.objectNode();
    details.put("cached_tokens", cachedTokens);
    details.putNull("created_cache_tokens");
    details.putNull("multimodal_tokens");
    usage.set("prompt_tokens_details", details);
    usage.putNull("completion_tokens_details");
    root.set("usage", usage);
    if (request.chat()) {
      root.putNull("prompt_logprobs");
      root.putNull("prompt_token_ids");
      root.putNull("prompt_text");
    }
    root.putNull("kv_transfer_params");
    root.putNull("ec_transfer_params");
    root.putNull("metrics");
    return bytes(root);
  }

  /** An error in the shape of the OpenAI API. */
  static byte[] error(int status, String type, String param, String message) {
    ObjectNode root = NODES.objectNode();
    ObjectNode error = root.putObject("error");
    error.put("message", message);
    error.put("type", type);
    if (param.isEmpty()) {
      error.putNull("param");
    } else {
      error.put("param", param);
    }
    error.put("code", status);
    return bytes(root);
  }

  /** Any JSON as bytes. */
  static byte[] bytes(ObjectNode node) {
    try {
      return InferenceRequest.JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void reason(ObjectNode node, String reason) {
    if (reason.isEmpty()) {
      node.putNull("finish_reason");
    } else {
      node.put("finish_reason", reason);
    }
  }

  private ObjectNode head(String object) {
    ObjectNode root = NODES.objectNode();
    root.put("id", id);
    root.put("object", object);
    root.put("created", created);
    root.put("model", request.model());
    return root;
  }

  private ObjectNode usage(boolean details) {
    ObjectNode usage = NODES.objectNode();
    usage.put("prompt_tokens", request.promptTokens());
    usage.put("total_tokens", request.promptTokens() + completionTokens);
    usage.put("completion_tokens", completionTokens);
    if (details) {
      usage.putObject("prompt_tokens_details").put("cached_tokens", cachedTokens);
    }
    return usage;
  }

  private static byte[] event(ObjectNode chunk) {
    byte[] json = bytes(chunk);
    byte[] event = new byte[json.length + 8];
    System.arraycopy("data: ".getBytes(StandardCharsets.US_ASCII), 0, event, 0, 6);
    System.arraycopy(json, 0, event, 6, json.length);
    event[event.length - 2] = '\n';
    event[event.length - 1] = '\n';
    return event;
  }
}
