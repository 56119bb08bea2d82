package io.pickwick.epp.rehearsal;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The messages of made-up requests, as Envoy writes them in full duplex. */
final class Script {
  private static final int PIECE = 64 << 10;
  private static final int LONG_PROMPT = 40_000;
  private static final int SHORT_PROMPT = 800;
  private static final int EVENTS = 4;
  private static final int DUPLEX = 4;

  private static final int HEADERS = 1;
  private static final int HEADER = 1;
  private static final int KEY = 1;
  private static final int RAW_VALUE = 3;
  private static final int BODY = 1;
  private static final int BODY_END = 2;
  private static final int REQUEST_MODE = 1;
  private static final int RESPONSE_MODE = 2;
  private static final int REQUEST_HEADERS = 2;
  private static final int RESPONSE_HEADERS = 3;
  private static final int REQUEST_BODY = 4;
  private static final int RESPONSE_BODY = 5;
  private static final int PROTOCOL_CONFIG = 11;

  private static final String WORDS =
      "the quick brown fox jumps over a lazy dog while 17 other animals look on, unimpressed; ";

  private final String model;
  private final List<byte[]> response = new ArrayList<>();

  Script(String model) {
    this.model = model.isEmpty() ? "warm-up" : model;
    response.add(
        headers(
            RESPONSE_HEADERS,
            List.of(":status", "200", "content-type", "text/event-stream; charset=utf-8"),
            Bytes.NONE));
    for (int i = 0; i < EVENTS; i++) {
      response.add(
          body(
              RESPONSE_BODY,
              event("\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"}}]"),
              false));
    }
    response.add(
        body(
            RESPONSE_BODY,
            event(
                "\"choices\":[],\"usage\":{\"prompt_tokens\":200,\"completion_tokens\":4,\"total_tokens\":204,\"prompt_tokens_details\":{\"cached_tokens\":16}}"),
            false));
    response.add(body(RESPONSE_BODY, utf8("data: [DONE]\n\n"), false));
    response.add(body(RESPONSE_BODY, new byte[0], true));
  }

  private byte[] event(String fields) {
    return utf8(
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\""
            + model
            + "\","
            + fields
            + "}\n\n");
  }

  /** What the proxy says of a request until the pick; each fourth has a prompt of 10k tokens. */
  List<byte[]> request(int number) {
    byte[] body = utf8(chat(number));
    List<byte[]> messages = new ArrayList<>();
    messages.add(
        headers(
            REQUEST_HEADERS,
            List.of(
                ":authority", "localhost",
                ":path", "/v1/chat/completions",
                ":method", "POST",
                ":scheme", "http",
                "user-agent", "OpenAI/Python 2.8.1",
                "accept", "application/json",
                "content-type", "application/json",
                "content-length", Integer.toString(body.length),
                "x-forwarded-proto", "http",
                "x-request-id", "00000000-0000-4000-8000-" + (100_000_000_000L + number)),
            new Bytes().number(REQUEST_MODE, DUPLEX).number(RESPONSE_MODE, DUPLEX)));
    for (int at = 0; at < body.length; at += PIECE) {
      byte[] piece = new byte[Math.min(PIECE, body.length - at)];
      System.arraycopy(body, at, piece, 0, piece.length);
      messages.add(body(REQUEST_BODY, piece, false));
    }
    messages.add(body(REQUEST_BODY, new byte[0], true));
    return messages;
  }

  /** A conversation of which each round begins as one before. */
  private String chat(int number) {
    int length = number % 4 == 3 ? LONG_PROMPT : SHORT_PROMPT;
    StringBuilder text = new StringBuilder(length + 400);
    text.append("{\"model\":\"").append(model);
    text.append(
        "\",\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful assistant.\"},");
    text.append("{\"role\":\"user\",\"content\":\"Conversation ").append(number % 16).append(": ");
    while (text.length() < length) {
      text.append(WORDS);
    }
    text.append("\"},{\"role\":\"assistant\",\"content\":\"Indeed.\\n\"},");
    text.append("{\"role\":\"user\",\"content\":\"Round ").append(number).append("?\"}],");
    text.append("\"stream\":true,\"stream_options\":{\"include_usage\":true},\"max_tokens\":16}");
    return text.toString();
  }

  /** What the proxy says after the pick. */
  List<byte[]> response() {
    return response;
  }

  private static byte[] headers(int kind, List<String> fields, Bytes config) {
    Bytes map = new Bytes();
    for (int i = 0; i < fields.size(); i += 2) {
      map.bytes(
          HEADER,
          new Bytes()
              .bytes(KEY, utf8(fields.get(i)))
              .bytes(RAW_VALUE, utf8(fields.get(i + 1)))
              .toByteArray());
    }
    Bytes message =
        new Bytes().bytes(kind, new Bytes().bytes(HEADERS, map.toByteArray()).toByteArray());
    if (config.size() > 0) {
      message.bytes(PROTOCOL_CONFIG, config.toByteArray());
    }
    return message.toByteArray();
  }

  private static byte[] body(int kind, byte[] bytes, boolean end) {
    Bytes piece = new Bytes().bytes(BODY, bytes);
    if (end) {
      piece.number(BODY_END, 1);
    }
    return new Bytes().bytes(kind, piece.toByteArray()).toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A protobuf message while it is written. */
  private static final class Bytes {
    static final Bytes NONE = new Bytes();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    int size() {
      return out.size();
    }

    Bytes number(int field, int value) {
      varint(field << 3);
      varint(value);
      return this;
    }

    Bytes bytes(int field, byte[] value) {
      varint(field << 3 | 2);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    private void varint(int value) {
      int left = value;
      while ((left & ~0x7f) != 0) {
        out.write((left & 0x7f) | 0x80);
        left >>>= 7;
      }
      out.write(left);
    }

    byte[] toByteArray() {
      return out.toByteArray();
    }
  }
}
