package io.pickwick.bench.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.bench.workload.WorkloadRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes requests as they go over the wire.
 *
 * @param api which path is asked
 * @param model the name of the base model
 * @param words how tokens are said
 * @param ids whether a prompt is sent as token ids
 * @param ignoreEos whether all tokens asked for are generated
 * @param salt keeps the cache apart from those of other salts; empty for none
 * @param extra what a body has besides, which goes before what is written here
 * @param headers what a head has besides
 * @param cold whether each request has a connection of its own
 */
record RequestWriter(
    Api api,
    String model,
    PromptWords words,
    boolean ids,
    boolean ignoreEos,
    String salt,
    ObjectNode extra,
    Map<String, String> headers,
    boolean cold) {
  private static final ObjectMapper JSON = new ObjectMapper();

  RequestWriter {
    extra = extra.deepCopy();
    headers = Map.copyOf(headers);
  }

  /**
   * How the prompts of several targets are kept apart.
   *
   * @param salt of the target's own; empty for none
   * @param mask what its tokens differ in from the workload's
   */
  record Own(String salt, int mask) {
    static final Own NOTHING = new Own("", 0);

    private static final int STEP = 0x9e37b;
    private static final int TOKENS = (1 << 20) - 1;

    /** Tokens of its own for each of several targets, counted from 0, which has the workload's. */
    static Own masked(int target) {
      return new Own("", target * STEP & TOKENS);
    }
  }

  /**
   * The body of a request.
   *
   * @param tokens of its prompt
   * @param parts of it, from its start to its end
   */
  byte[] body(WorkloadRequest request, int[] tokens, List<Turns.Part> parts, Own own) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(tokens.length * 6 + 512);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      begin(json, request.lora().isEmpty() ? model : request.lora());
      if (api == Api.CHAT) {
        json.writeArrayFieldStart("messages");
        for (Turns.Part part : parts) {
          json.writeStartObject();
          json.writeStringField("role", part.answer() ? "assistant" : "user");
          StringBuilder text = new StringBuilder((part.to() - part.from()) * 6);
          append(text, tokens, part, own.mask());
          json.writeStringField("content", text.toString());
          json.writeEndObject();
        }
        json.writeEndArray();
      } else if (ids) {
        json.writeArrayFieldStart("prompt");
        for (int token : tokens) {
          json.writeNumber(words.id(token ^ own.mask()));
        }
        json.writeEndArray();
      } else {
        StringBuilder text = new StringBuilder(tokens.length * 6);
        parts.forEach(part -> append(text, tokens, part, own.mask()));
        json.writeStringField("prompt", text.toString());
      }
      end(json, request.outputTokens(), salt(request, own));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The body of a short request that belongs to no workload, to see whether it is answered. */
  byte[] trial() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      begin(json, model);
      if (api == Api.CHAT) {
        json.writeArrayFieldStart("messages");
        json.writePOJO(Map.of("role", "user", "content", "Hi"));
        json.writeEndArray();
      } else {
        json.writeStringField("prompt", "Hi");
      }
      end(json, 1, "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private void begin(JsonGenerator json, String name) throws IOException {
    json.writeStartObject();
    json.writeStringField("model", name);
  }

  private void end(JsonGenerator json, int outputTokens, String cacheSalt) throws IOException {
    // As vLLM's benchmark names them: chats have a newer name for the same.
    json.writeNumberField(api == Api.CHAT ? "max_completion_tokens" : "max_tokens", outputTokens);
    json.writeBooleanField("stream", true);
    json.writeObjectFieldStart("stream_options");
    json.writeBooleanField("include_usage", true);
    json.writeEndObject();
    if (ignoreEos) {
      json.writeBooleanField("ignore_eos", true);
    }
    if (!cacheSalt.isEmpty()) {
      json.writeStringField("cache_salt", cacheSalt);
    }
    for (Map.Entry<String, com.fasterxml.jackson.databind.JsonNode> field : extra.properties()) {
      json.writeFieldName(field.getKey());
      json.writeTree(field.getValue());
    }
    json.writeEndObject();
  }

  private String salt(WorkloadRequest request, Own own) {
    return Stream.of(salt, own.salt(), request.salt())
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("/"));
  }

  private void append(StringBuilder text, int[] tokens, Turns.Part part, int mask) {
    if (!part.said().isEmpty()) {
      text.append(part.said());
      return;
    }
    for (int at = part.from(); at < part.to(); at++) {
      words.append(text, tokens[at] ^ mask);
    }
  }

  /** The head before a body. */
  byte[] head(Target target, int length, String requestId) {
    StringBuilder head = new StringBuilder(256);
    head.append("POST ").append(target.path(api.path())).append(" HTTP/1.1\r\n");
    head.append("host: ").append(target.authority()).append("\r\n");
    head.append("content-type: application/json\r\n");
    head.append("accept: text/event-stream\r\n");
    head.append("user-agent: pickwick-bench\r\n");
    head.append("x-request-id: ").append(requestId).append("\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (cold) {
      head.append("connection: close\r\n");
    }
    head.append("content-length: ").append(length).append("\r\n\r\n");
    return head.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
