package io.pickwick.epp.request;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads a request's body in one pass as its chunks arrive: what routing must know of it, and its
 * prompt in canonical form.
 *
 * <p>It builds no tree and keeps nothing but the values of {@link RequestFacts}. It is strict where
 * it decides (JSON, UTF-8, the model, the type of the prompt, {@code stream}, {@code cache_salt})
 * and lenient where it only looks. A key counts only where it belongs; of a repeated key the last
 * value counts, as it does for Python's {@code json}.
 *
 * <h2>The canonical prompt</h2>
 *
 * Two bodies that mean the same prompt give the same bytes whatever their white space, escapes and
 * key order at the root, and a conversation's next round starts with the bytes of the last one.
 * Text stands for itself in UTF-8; marks, which no UTF-8 contains, are listed in {@link
 * CanonicalPrompt}.
 *
 * <ul>
 *   <li>A message is its content, its other members in the order of the body, ROLE, the role, END.
 *   <li>A content is its text, or its parts with NEXT between them; so one text part is the same as
 *       a string. A part is its {@code text}, and its other members but {@code type}.
 *   <li>Any other member is KEY, its key, KEY_END, its value; nothing when it is null or named
 *       {@code cache_control}. Of a key or role the first 64 bytes count.
 *   <li>In such a value, a string is its text and VALUE_END; a number or literal is SCALAR, the
 *       number as written or the literal's first letter, VALUE_END; an object is OBJECT, its
 *       members, OBJECT_END; an array is ARRAY, its elements, ARRAY_END.
 *   <li>Prompts are their text, or four bytes little-endian for each token id, with NEXT before
 *       each string or array behind the first. A {@code responses} input that is a string is the
 *       same as one message of role {@code user}.
 *   <li>Tools, system prompt, template arguments and the like are members, told as context.
 * </ul>
 *
 * <p>Used by one thread at a time, and again after {@link #reset}.
 */
public final class RequestScanner {
  /**
   * What a body may cost.
   *
   * @param depth the deepest nesting of objects and arrays
   * @param bytes the longest body
   * @param valueBytes the longest model name and cache salt, in UTF-8
   */
  public record Limits(int depth, long bytes, int valueBytes) {
    /** Depth 128, 64 MiB, 1,024 bytes. */
    public static final Limits DEFAULT = new Limits(128, 64L << 20, 1024);
  }

  private static final int KEY_BYTES = 64;
  private static final int REPEATED = 16;
  private static final byte[] USER = "user".getBytes(UTF_8);

  /** What an open object or array is, which tells what stands in it. */
  private enum Shape {
    ROOT,
    STREAM_OPTIONS,
    SAMPLING_PARAMS,
    XARGS,
    MESSAGE,
    PART,
    RAW_OBJECT,
    IGNORED_OBJECT,
    MESSAGES(Slot.MESSAGE),
    PARTS(Slot.PART),
    PROMPTS(Slot.PROMPT_ELEMENT),
    TOKEN_IDS(Slot.TOKEN_ID),
    TOOLS(Slot.TOOL),
    RAW_ARRAY(Slot.RAW),
    IGNORED_ARRAY(Slot.IGNORED);

    /** What each element of an array is; {@link Slot#IGNORED} for an object. */
    final Slot element;

    Shape() {
      element = Slot.IGNORED;
    }

    Shape(Slot element) {
      this.element = element;
    }
  }

  /** Where the pieces of the current token go. */
  private enum Piece {
    KEY,
    KEPT,
    PROMPT
  }

  private final JsonLexer lexer = new JsonLexer(new Body());
  private final CanonicalPrompt prompt = new CanonicalPrompt();
  private final byte[] key = new byte[KEY_BYTES];
  private final byte[] role = new byte[KEY_BYTES];
  private final List<Span> models = new ArrayList<>(1);
  private final List<Span> reports = new ArrayList<>(0);

  private Api api = Api.PASSTHROUGH;
  private Keys rootKeys = Slot.ofBody(Api.PASSTHROUGH);
  private Limits limits = Limits.DEFAULT;
  private Shape[] shapes = new Shape[0];
  private byte[] kept = new byte[0];
  private long passed;
  private int depth;
  private Shape shape = Shape.ROOT;
  private Slot slot = Slot.IGNORED;
  private Piece piece = Piece.KEY;
  private int keyLength;
  private int keptLength;
  private boolean keptOverflow;
  private int roleLength;
  private int elements;
  private boolean media;

  private String model = "";
  private boolean stream;
  private boolean includeUsage;
  private long maxTokens;
  private long maxCompletionTokens;
  private OptionalInt priority = OptionalInt.empty();
  private String cacheSalt = "";
  private boolean promptSeen;
  private boolean promptGiven;
  private boolean embedsGiven;
  private int messages;
  private boolean tools;
  private int mediaParts;

  /** A scanner that passes everything through until it is {@link #reset}. */
  public RequestScanner() {
    reset(Api.PASSTHROUGH, Limits.DEFAULT, PromptSink.none());
  }

  /** Starts over for a new body. */
  public void reset(Api api, Limits limits, PromptSink sink) {
    this.api = api;
    this.limits = limits;
    rootKeys = Slot.ofBody(api);
    if (shapes.length < limits.depth()) {
      shapes = new Shape[limits.depth()];
    }
    int longest = Math.max(limits.valueBytes(), KEY_BYTES);
    if (kept.length != longest) {
      kept = new byte[longest];
    }
    lexer.reset(limits.depth());
    prompt.reset(sink);
    models.clear();
    reports.clear();
    passed = 0;
    depth = 0;
    shape = Shape.ROOT;
    slot = Slot.IGNORED;
    model = "";
    stream = false;
    includeUsage = false;
    maxTokens = -1;
    maxCompletionTokens = -1;
    priority = OptionalInt.empty();
    cacheSalt = "";
    promptSeen = false;
    promptGiven = false;
    embedsGiven = false;
    messages = 0;
    tools = false;
    mediaParts = 0;
  }

  /** Reads the next bytes of the body; never throws, and ignores all bytes after a mistake. */
  public void feed(byte[] bytes, int offset, int length) {
    if (api == Api.PASSTHROUGH) {
      passed += length;
    } else if (lexer.consumed() + length > limits.bytes()) {
      lexer.fail("The body is longer than " + limits.bytes() + " bytes", limits.bytes());
    } else {
      lexer.feed(bytes, offset, length);
    }
  }

  /** The first mistake found so far, so that a caller can refuse before the body's end. */
  public Optional<ScanOutcome.Malformed> mistake() {
    return lexer.failed()
        ? Optional.of(new ScanOutcome.Malformed(lexer.mistake(), lexer.mistakeAt()))
        : Optional.empty();
  }

  /** The body is complete. */
  public ScanOutcome finish() {
    if (api == Api.PASSTHROUGH) {
      return ScanOutcome.Read.unread(passed);
    }
    lexer.finish();
    if (!lexer.failed()) {
      requirePresent();
    }
    if (lexer.failed()) {
      return new ScanOutcome.Malformed(lexer.mistake(), lexer.mistakeAt());
    }
    prompt.flush();
    RequestFacts facts =
        new RequestFacts(
            api,
            model,
            stream,
            includeUsage,
            maxCompletionTokens >= 0 ? maxCompletionTokens : maxTokens,
            priority,
            cacheSalt,
            messages,
            tools,
            mediaParts,
            lexer.consumed());
    return new ScanOutcome.Read(facts, List.copyOf(models), List.copyOf(reports));
  }

  private void requirePresent() {
    if (model.isEmpty() && api != Api.GENERATE) {
      lexer.fail("'model' is missing", lexer.consumed());
    } else if (!promptGiven && !embedsGiven) {
      String wanted =
          switch (api) {
            case CHAT_COMPLETIONS, MESSAGES -> "'messages'";
            case COMPLETIONS -> "'prompt'";
            case EMBEDDINGS, RESPONSES -> "'input'";
            case GENERATE -> "'token_ids'";
            case PASSTHROUGH -> "";
          };
      lexer.fail(wanted + " is missing", lexer.consumed());
    }
  }

  /** What stands at the root of the prompt begins; all that came of an earlier one is void. */
  private void beginPrompt(boolean given) {
    if (promptSeen) {
      prompt.restart();
      messages = 0;
      mediaParts = 0;
    }
    prompt.context(false);
    promptSeen = true;
    promptGiven = given;
    elements = 0;
  }

  private void beginMember() {
    if (depth == 1) {
      prompt.context(true);
    }
    prompt.key(key, keyLength);
  }

  private void endMessage() {
    prompt.mark(CanonicalPrompt.ROLE);
    prompt.piece(role, 0, roleLength);
    prompt.mark(CanonicalPrompt.END);
  }

  /** Two prompts, or two parts, are kept apart. */
  private void beginElement() {
    if (elements++ > 0) {
      prompt.mark(CanonicalPrompt.NEXT);
    }
  }

  private void wrong(String what) {
    lexer.fail(what, lexer.tokenStart());
  }

  private void wrongType() {
    wrong(
        switch (slot) {
          case MODEL -> "'model' must be a non-empty string";
          case STREAM -> "'stream' must be true or false";
          case CACHE_SALT -> "'cache_salt' must be a string";
          case MESSAGES -> "'messages' must be an array";
          case MESSAGE -> "each message must be an object";
          case INPUT -> "'input' must be a string or an array of items";
          case TOKEN_IDS -> "'token_ids' must be an array";
          case TOKEN_ID -> "a token id must be an integer from 0 to 4294967295";
          default -> "the prompt must be a string, or an array of strings, token ids or both";
        });
  }

  /** Whether a value that is neither string nor container goes into the prompt. */
  private boolean beginScalar() {
    switch (slot) {
      case MEMBER, MEDIA, TOOLS -> beginMember();
      case RAW, CONTENT -> {}
      case TOOL -> tools = true;
      case PART -> beginElement();
      case TEXT -> beginMember();
      case PROMPT_EMBEDS -> {
        embedsGiven = true;
        beginMember();
      }
      default -> {
        return false;
      }
    }
    media |= slot == Slot.MEDIA;
    prompt.mark(CanonicalPrompt.SCALAR);
    return true;
  }

  private String keptString(String name) {
    if (keptOverflow || keptLength > limits.valueBytes()) {
      wrong("'" + name + "' is longer than " + limits.valueBytes() + " bytes");
    } else if (!lexer.wellFormed()) {
      wrong("'" + name + "' has half of a surrogate pair");
    }
    return new String(kept, 0, keptLength, UTF_8);
  }

  /** The tokens of a body that is read. */
  private final class Body implements JsonLexer.Events {
    private void enter(Shape inner) {
      if (depth < shapes.length) {
        shapes[depth] = inner;
      }
      depth++;
      shape = inner;
      slot = inner.element;
    }

    private void leave() {
      depth--;
      if (depth > 0) {
        shape = shapes[depth - 1];
        slot = shape.element;
      }
    }

    @Override
    public void beginObject() {
      if (depth == 0) {
        enter(Shape.ROOT);
        return;
      }
      switch (slot) {
        case STREAM_OPTIONS -> {
          includeUsage = false;
          enter(Shape.STREAM_OPTIONS);
        }
        case SAMPLING_PARAMS -> {
          maxTokens = -1;
          enter(Shape.SAMPLING_PARAMS);
        }
        case XARGS -> enter(Shape.XARGS);
        case MESSAGE -> {
          messages++;
          roleLength = 0;
          enter(Shape.MESSAGE);
        }
        case PART -> {
          beginElement();
          media = false;
          enter(Shape.PART);
        }
        case MEMBER, MEDIA, TOOLS, TEXT, PROMPT_EMBEDS -> {
          embedsGiven |= slot == Slot.PROMPT_EMBEDS;
          media |= slot == Slot.MEDIA;
          beginMember();
          prompt.mark(CanonicalPrompt.OBJECT);
          enter(Shape.RAW_OBJECT);
        }
        case RAW, CONTENT, TOOL -> {
          tools |= slot == Slot.TOOL;
          prompt.mark(CanonicalPrompt.OBJECT);
          enter(Shape.RAW_OBJECT);
        }
        case MODEL,
            STREAM,
            CACHE_SALT,
            MESSAGES,
            INPUT,
            PROMPT,
            PROMPT_ELEMENT,
            TOKEN_IDS,
            TOKEN_ID ->
            wrongType();
        case IGNORED,
            INCLUDE_USAGE,
            MAX_TOKENS,
            MAX_COMPLETION_TOKENS,
            PRIORITY,
            REPORT_MODE,
            ROLE,
            TYPE -> {
          forget();
          enter(Shape.IGNORED_OBJECT);
        }
      }
    }

    @Override
    public void endObject() {
      switch (shape) {
        case MESSAGE -> endMessage();
        case PART -> mediaParts += media ? 1 : 0;
        case RAW_OBJECT -> prompt.mark(CanonicalPrompt.OBJECT_END);
        default -> {}
      }
      leave();
    }

    @Override
    public void beginArray() {
      switch (slot) {
        case MESSAGES, INPUT -> {
          beginPrompt(true);
          enter(Shape.MESSAGES);
        }
        case CONTENT -> {
          elements = 0;
          enter(Shape.PARTS);
        }
        case PROMPT -> {
          beginPrompt(true);
          enter(Shape.PROMPTS);
        }
        case PROMPT_ELEMENT -> {
          beginElement();
          enter(Shape.TOKEN_IDS);
        }
        case TOKEN_IDS -> {
          beginPrompt(true);
          enter(Shape.TOKEN_IDS);
        }
        case TOOLS -> {
          tools = false;
          beginMember();
          prompt.mark(CanonicalPrompt.ARRAY);
          enter(Shape.TOOLS);
        }
        case MEMBER, MEDIA, TEXT, PROMPT_EMBEDS -> {
          embedsGiven |= slot == Slot.PROMPT_EMBEDS;
          media |= slot == Slot.MEDIA;
          beginMember();
          prompt.mark(CanonicalPrompt.ARRAY);
          enter(Shape.RAW_ARRAY);
        }
        case PART -> {
          beginElement();
          prompt.mark(CanonicalPrompt.ARRAY);
          enter(Shape.RAW_ARRAY);
        }
        case RAW, TOOL -> {
          tools |= slot == Slot.TOOL;
          prompt.mark(CanonicalPrompt.ARRAY);
          enter(Shape.RAW_ARRAY);
        }
        case MODEL, STREAM, CACHE_SALT, MESSAGE, TOKEN_ID -> wrongType();
        case IGNORED,
            STREAM_OPTIONS,
            INCLUDE_USAGE,
            MAX_TOKENS,
            MAX_COMPLETION_TOKENS,
            SAMPLING_PARAMS,
            PRIORITY,
            XARGS,
            REPORT_MODE,
            ROLE,
            TYPE -> {
          forget();
          enter(Shape.IGNORED_ARRAY);
        }
      }
    }

    @Override
    public void endArray() {
      if (shape == Shape.RAW_ARRAY || shape == Shape.TOOLS) {
        prompt.mark(CanonicalPrompt.ARRAY_END);
      }
      leave();
    }

    @Override
    public void beginKey() {
      piece = Piece.KEY;
      keyLength = 0;
    }

    @Override
    public void endKey() {
      slot =
          switch (shape) {
            case ROOT -> rootKeys.find(key, keyLength);
            case MESSAGE -> Slot.OF_MESSAGE.find(key, keyLength);
            case PART -> Slot.OF_PART.find(key, keyLength);
            case RAW_OBJECT -> Slot.OF_MEMBER.find(key, keyLength);
            case STREAM_OPTIONS -> Slot.STREAM_OPTION.find(key, keyLength);
            case SAMPLING_PARAMS -> Slot.SAMPLING_PARAM.find(key, keyLength);
            case XARGS -> Slot.XARG.find(key, keyLength);
            default -> Slot.IGNORED;
          };
    }

    @Override
    public boolean beginString() {
      piece = Piece.PROMPT;
      switch (slot) {
        case TEXT, CONTENT, RAW -> {}
        case MODEL, CACHE_SALT, ROLE, TYPE -> {
          piece = Piece.KEPT;
          keptLength = 0;
          keptOverflow = false;
        }
        case MEMBER, MEDIA, TOOLS, PROMPT_EMBEDS -> {
          forget();
          embedsGiven |= slot == Slot.PROMPT_EMBEDS;
          media |= slot == Slot.MEDIA;
          beginMember();
        }
        case TOOL -> tools = true;
        case PART, PROMPT_ELEMENT -> beginElement();
        case PROMPT, INPUT -> beginPrompt(true);
        case STREAM, MESSAGES, MESSAGE, TOKEN_IDS, TOKEN_ID -> {
          wrongType();
          return false;
        }
        case IGNORED,
            STREAM_OPTIONS,
            INCLUDE_USAGE,
            MAX_TOKENS,
            MAX_COMPLETION_TOKENS,
            SAMPLING_PARAMS,
            PRIORITY,
            XARGS,
            REPORT_MODE -> {
          forget();
          return false;
        }
      }
      return true;
    }

    @Override
    public void endString() {
      switch (slot) {
        case MODEL -> {
          model = keptString("model");
          if (model.isEmpty()) {
            wrongType();
          } else {
            note(models, "model");
          }
        }
        case REPORT_MODE -> note(reports, "kv_cache_report_mode");
        case CACHE_SALT -> cacheSalt = keptString("cache_salt");
        case ROLE -> {
          roleLength = Math.min(keptLength, KEY_BYTES);
          System.arraycopy(kept, 0, role, 0, roleLength);
        }
        case TYPE -> media |= Slot.OF_TYPE.find(kept, keptLength) == Slot.MEDIA;
        case INPUT -> {
          messages = 1;
          roleLength = USER.length;
          System.arraycopy(USER, 0, role, 0, roleLength);
          endMessage();
        }
        case MEMBER, MEDIA, TOOLS, TOOL, PROMPT_EMBEDS, RAW ->
            prompt.mark(CanonicalPrompt.VALUE_END);
        default -> {}
      }
    }

    @Override
    public boolean beginNumber() {
      piece = Piece.PROMPT;
      switch (slot) {
        case MODEL, STREAM, CACHE_SALT, MESSAGES, MESSAGE, INPUT, PROMPT, TOKEN_IDS -> wrongType();
        default -> {}
      }
      return beginScalar();
    }

    @Override
    public void endNumber() {
      switch (slot) {
        case TOKEN_ID, PROMPT_ELEMENT -> {
          long id = lexer.integer(-1);
          if (id < 0 || id > 0xffff_ffffL) {
            slot = Slot.TOKEN_ID;
            wrongType();
          } else {
            elements++;
            prompt.id((int) id);
          }
        }
        case MAX_TOKENS -> maxTokens = Math.max(-1, lexer.integer(-1));
        case MAX_COMPLETION_TOKENS -> maxCompletionTokens = Math.max(-1, lexer.integer(-1));
        case PRIORITY -> {
          long value = lexer.integer(Long.MIN_VALUE);
          priority = value == (int) value ? OptionalInt.of((int) value) : OptionalInt.empty();
        }
        case MEMBER, MEDIA, TOOLS, TOOL, TEXT, CONTENT, PART, PROMPT_EMBEDS, RAW ->
            prompt.mark(CanonicalPrompt.VALUE_END);
        default -> forget();
      }
    }

    @Override
    public void literal(byte letter) {
      boolean none = letter == 'n';
      switch (slot) {
        case STREAM -> stream = letter == 't';
        case INCLUDE_USAGE -> includeUsage = letter == 't';
        case MODEL -> {
          if (!none || api != Api.GENERATE) {
            wrongType();
          }
          model = "";
        }
        case CACHE_SALT -> {
          if (!none) {
            wrongType();
          }
          cacheSalt = "";
        }
        case PROMPT, INPUT -> {
          if (!none) {
            wrongType();
          }
          beginPrompt(false);
        }
        case MESSAGES, MESSAGE, TOKEN_IDS, TOKEN_ID, PROMPT_ELEMENT -> wrongType();
        default -> {
          forget();
          boolean skipped =
              none
                  && switch (slot) {
                    case MEMBER, MEDIA, TOOLS, TEXT, CONTENT, PROMPT_EMBEDS -> true;
                    default -> false;
                  };
          if (!skipped && beginScalar()) {
            prompt.mark(letter);
            prompt.mark(CanonicalPrompt.VALUE_END);
          }
        }
      }
    }

    private void note(List<Span> spans, String name) {
      if (spans.size() == REPEATED) {
        wrong("'" + name + "' stands there more than " + REPEATED + " times");
      } else {
        spans.add(new Span(lexer.tokenStart(), lexer.tokenEnd()));
      }
    }

    /** The last value of a key counts, also when it says nothing. */
    private void forget() {
      switch (slot) {
        case MAX_TOKENS -> maxTokens = -1;
        case MAX_COMPLETION_TOKENS -> maxCompletionTokens = -1;
        case PRIORITY -> priority = OptionalInt.empty();
        case STREAM_OPTIONS, INCLUDE_USAGE -> includeUsage = false;
        case SAMPLING_PARAMS -> maxTokens = -1;
        case ROLE -> roleLength = 0;
        case PROMPT_EMBEDS -> embedsGiven = false;
        case TOOLS -> tools = false;
        default -> {}
      }
    }

    @Override
    public void piece(byte[] bytes, int offset, int length) {
      switch (piece) {
        case PROMPT -> prompt.piece(bytes, offset, length);
        case KEY -> {
          int room = Math.min(length, KEY_BYTES - keyLength);
          System.arraycopy(bytes, offset, key, keyLength, room);
          keyLength += room;
        }
        case KEPT -> {
          int room = Math.min(length, kept.length - keptLength);
          System.arraycopy(bytes, offset, kept, keptLength, room);
          keptLength += room;
          keptOverflow |= room < length;
        }
      }
    }
  }
}
