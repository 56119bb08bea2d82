package io.pickwick.epp.request;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a request says, read the plain way: strict UTF-8, Jackson, a tree that keeps repeated keys,
 * and a walk over it. The scanner's oracle.
 *
 * @param content the canonical prompt, one char a byte
 * @param context the same of its context
 */
record NaiveRequest(RequestFacts facts, String content, String context) {

  /** The body's reading; empty when it must be refused. */
  static Optional<NaiveRequest> read(Api api, byte[] body) {
    try {
      if (!(parse(body) instanceof Obj root)) {
        return Optional.empty();
      }
      return Optional.of(new Reader(api).read(root, body.length));
    } catch (IOException | Refused e) {
      return Optional.empty();
    }
  }

  static Json parse(byte[] body) throws IOException {
    String text = decode(body);
    try (JsonParser parser = new JsonFactory().createParser(text)) {
      if (parser.nextToken() == null) {
        throw new IOException("nothing there");
      }
      Json json = json(parser);
      if (parser.nextToken() != null) {
        throw new IOException("more than one value");
      }
      return json;
    }
  }

  private static String decode(byte[] body) throws CharacterCodingException {
    return UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
  }

  private static Json json(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        List<Member> members = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = parser.currentName();
          parser.nextToken();
          members.add(new Member(key, json(parser)));
        }
        yield new Obj(members);
      }
      case START_ARRAY -> {
        List<Json> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          elements.add(json(parser));
        }
        yield new Arr(elements);
      }
      case VALUE_STRING -> new Str(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Num(parser.getText());
      case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> new Lit(parser.getText().charAt(0));
      default -> throw new IOException("unexpected " + parser.currentToken());
    };
  }

  sealed interface Json {
    default boolean none() {
      return this instanceof Lit(char letter) && letter == 'n';
    }
  }

  record Member(String key, Json value) {}

  record Obj(List<Member> members) implements Json {}

  record Arr(List<Json> elements) implements Json {}

  record Str(String text) implements Json {}

  record Num(String text) implements Json {}

  record Lit(char letter) implements Json {}

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static final class Reader {
    private static final Set<String> MEDIA =
        Set.of(
            "image_url",
            "input_image",
            "image",
            "image_pil",
            "image_embeds",
            "input_audio",
            "audio_url",
            "audio",
            "audio_embeds",
            "video_url",
            "input_video",
            "video");

    private final Api api;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final ByteArrayOutputStream context = new ByteArrayOutputStream();
    private ByteArrayOutputStream out = content;
    private String model = "";
    private int models;
    private boolean stream;
    private boolean includeUsage;
    private long maxTokens = -1;
    private long maxCompletionTokens = -1;
    private OptionalInt priority = OptionalInt.empty();
    private String salt = "";
    private int messages;
    private boolean tools;
    private int media;
    private boolean prompt;
    private boolean embeds;

    Reader(Api api) {
      this.api = api;
    }

    NaiveRequest read(Obj root, int length) {
      root.members().forEach(this::member);
      if ((model.isEmpty() && api != Api.GENERATE) || (!prompt && !embeds)) {
        throw new Refused();
      }
      return new NaiveRequest(
          new RequestFacts(
              api,
              model,
              stream,
              includeUsage,
              maxCompletionTokens >= 0 ? maxCompletionTokens : maxTokens,
              priority,
              salt,
              messages,
              tools,
              media,
              length),
          content.toString(ISO_8859_1),
          context.toString(ISO_8859_1));
    }

    private void member(Member member) {
      Json value = member.value();
      boolean chat = api == Api.CHAT_COMPLETIONS || api == Api.EMBEDDINGS;
      switch (member.key()) {
        case "model" -> {
          if (value.none() && api == Api.GENERATE) {
            model = "";
          } else {
            model = kept(value);
            if (model.isEmpty() || ++models > 16) {
              throw new Refused();
            }
          }
        }
        case "stream" -> {
          if (!(value instanceof Lit(char letter))) {
            throw new Refused();
          }
          stream = letter == 't';
        }
        case "priority" -> {
          long number = integer(value, Long.MIN_VALUE);
          priority = number == (int) number ? OptionalInt.of((int) number) : OptionalInt.empty();
        }
        case "cache_salt" -> salt = value.none() ? "" : kept(value);
        case "messages" -> {
          if (chat || api == Api.MESSAGES) {
            messages(value);
          }
        }
        case "input" -> {
          if (api == Api.EMBEDDINGS) {
            prompts(value);
          } else if (api == Api.RESPONSES) {
            if (value instanceof Str || value.none()) {
              begin(!value.none());
              if (value instanceof Str(String text)) {
                messages = 1;
                text(text);
                mark(0xfe);
                text("user");
                mark(0xff);
              }
            } else {
              messages(value);
            }
          }
        }
        case "prompt" -> {
          if (api == Api.COMPLETIONS) {
            prompts(value);
          }
        }
        case "token_ids" -> {
          if (api == Api.GENERATE) {
            begin(true);
            if (!(value instanceof Arr(List<Json> elements))) {
              throw new Refused();
            }
            elements.forEach(this::id);
          }
        }
        case "prompt_embeds" -> {
          if (api == Api.COMPLETIONS) {
            embeds = !value.none();
            context(member);
          }
        }
        case "stream_options" -> {
          if (api == Api.CHAT_COMPLETIONS || api == Api.COMPLETIONS || api == Api.GENERATE) {
            options(value);
          }
        }
        case "max_tokens" -> {
          if (api == Api.CHAT_COMPLETIONS || api == Api.COMPLETIONS || api == Api.MESSAGES) {
            maxTokens = Math.max(-1, integer(value, -1));
          }
        }
        case "max_output_tokens" -> {
          if (api == Api.RESPONSES) {
            maxTokens = Math.max(-1, integer(value, -1));
          }
        }
        case "max_completion_tokens" -> {
          if (api == Api.CHAT_COMPLETIONS) {
            maxCompletionTokens = Math.max(-1, integer(value, -1));
          }
        }
        case "sampling_params" -> {
          if (api == Api.GENERATE) {
            sampling(value);
          }
        }
        case "tools" -> {
          if (chat || api == Api.RESPONSES || api == Api.MESSAGES) {
            tools = value instanceof Arr(List<Json> elements) && !elements.isEmpty();
            context(member);
          }
        }
        case "functions",
            "chat_template",
            "documents",
            "reasoning_effort",
            "mm_processor_kwargs" -> {
          if (chat) {
            context(member);
          }
        }
        case "chat_template_kwargs" -> {
          if (chat || api == Api.RESPONSES || api == Api.MESSAGES) {
            context(member);
          }
        }
        case "instructions", "previous_response_id", "reasoning" -> {
          if (api == Api.RESPONSES) {
            context(member);
          }
        }
        case "system" -> {
          if (api == Api.MESSAGES) {
            context(member);
          }
        }
        case "features" -> {
          if (api == Api.GENERATE) {
            context(member);
          }
        }
        default -> {}
      }
    }

    private static String kept(Json value) {
      if (!(value instanceof Str(String text))
          || text.getBytes(UTF_8).length > 1024
          || !UTF_8.newEncoder().canEncode(text)) {
        throw new Refused();
      }
      return text;
    }

    private static long integer(Json value, long otherwise) {
      if (value instanceof Num(String text)) {
        try {
          long number = Long.parseLong(text);
          return Math.abs(number) < 1_000_000_000_000_000_000L ? number : otherwise;
        } catch (NumberFormatException e) {
          return otherwise;
        }
      }
      return otherwise;
    }

    private void options(Json value) {
      includeUsage = false;
      if (value instanceof Obj(List<Member> members)) {
        for (Member member : members) {
          if (member.key().equals("include_usage")) {
            includeUsage = member.value() instanceof Lit(char letter) && letter == 't';
          }
        }
      }
    }

    private void sampling(Json value) {
      maxTokens = -1;
      if (value instanceof Obj(List<Member> members)) {
        for (Member member : members) {
          if (member.key().equals("max_tokens")) {
            maxTokens = Math.max(-1, integer(member.value(), -1));
          }
        }
      }
    }

    private void begin(boolean given) {
      content.reset();
      out = content;
      messages = 0;
      media = 0;
      prompt = given;
    }

    private void context(Member member) {
      out = context;
      tagged(member);
    }

    private void prompts(Json value) {
      begin(!value.none());
      switch (value) {
        case Str(String text) -> text(text);
        case Arr(List<Json> elements) -> {
          for (int i = 0; i < elements.size(); i++) {
            Json element = elements.get(i);
            if (i > 0 && !(element instanceof Num)) {
              mark(0xfb);
            }
            switch (element) {
              case Str(String text) -> text(text);
              case Arr(List<Json> ids) -> ids.forEach(this::id);
              default -> id(element);
            }
          }
        }
        case Lit(char letter) when letter == 'n' -> {}
        default -> throw new Refused();
      }
    }

    private void id(Json value) {
      long id = integer(value, -1);
      if (id < 0 || id > 0xffff_ffffL) {
        throw new Refused();
      }
      for (int shift = 0; shift < 32; shift += 8) {
        mark((int) (id >> shift));
      }
    }

    private void messages(Json value) {
      begin(true);
      if (!(value instanceof Arr(List<Json> elements))) {
        throw new Refused();
      }
      messages = elements.size();
      for (Json element : elements) {
        if (!(element instanceof Obj(List<Member> members))) {
          throw new Refused();
        }
        String role = "";
        for (Member member : members) {
          switch (member.key()) {
            case "content" -> content(member.value());
            case "role" -> role = member.value() instanceof Str(String text) ? text : "";
            case "type" -> {}
            default -> tagged(member);
          }
        }
        mark(0xfe);
        first64(role);
        mark(0xff);
      }
    }

    private void content(Json value) {
      switch (value) {
        case Str(String text) -> text(text);
        case Arr(List<Json> parts) -> {
          for (int i = 0; i < parts.size(); i++) {
            if (i > 0) {
              mark(0xfb);
            }
            switch (parts.get(i)) {
              case Str(String text) -> text(text);
              case Obj(List<Member> members) -> part(members);
              case Json other -> raw(other);
            }
          }
        }
        case Json other -> {
          if (!other.none()) {
            raw(other);
          }
        }
      }
    }

    private void part(List<Member> members) {
      boolean isMedia = false;
      for (Member member : members) {
        Json value = member.value();
        if (member.key().equals("type")) {
          isMedia |= value instanceof Str(String text) && MEDIA.contains(text);
        } else if (member.key().equals("text") && value instanceof Str(String text)) {
          text(text);
        } else {
          isMedia |= MEDIA.contains(member.key()) && !value.none();
          tagged(member);
        }
      }
      media += isMedia ? 1 : 0;
    }

    private void tagged(Member member) {
      if (!member.key().equals("cache_control") && !member.value().none()) {
        mark(0xfd);
        first64(member.key());
        mark(0xfc);
        raw(member.value());
      }
    }

    private void raw(Json value) {
      switch (value) {
        case Str(String text) -> {
          text(text);
          mark(0xfa);
        }
        case Num(String text) -> {
          mark(0xf9);
          text(text);
          mark(0xfa);
        }
        case Lit(char letter) -> {
          mark(0xf9);
          mark(letter);
          mark(0xfa);
        }
        case Obj(List<Member> members) -> {
          mark(0xf8);
          members.forEach(this::tagged);
          mark(0xf7);
        }
        case Arr(List<Json> elements) -> {
          mark(0xf6);
          elements.forEach(this::raw);
          mark(0xf5);
        }
      }
    }

    private void mark(int b) {
      out.write(b);
    }

    private void text(String text) {
      out.writeBytes(bytes(text));
    }

    private void first64(String text) {
      byte[] bytes = bytes(text);
      out.write(bytes, 0, Math.min(64, bytes.length));
    }

    /** UTF-8, and three bytes for a surrogate that stands alone. */
    private static byte[] bytes(String text) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      text.codePoints()
          .forEach(point -> {
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
              bytes.write(0xe0 | point >> 12);
              bytes.write(0x80 | ((point >> 6) & 0x3f));
              bytes.write(0x80 | (point & 0x3f));
            } else {
              bytes.writeBytes(Character.toString(point).getBytes(UTF_8));
            }
          });
      return bytes.toByteArray();
    }
  }
}
