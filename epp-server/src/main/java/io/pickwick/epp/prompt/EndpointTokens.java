package io.pickwick.epp.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.epp.prompt.token.LruCache;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the pool's own model servers for the token ids, by {@code POST /tokenize}, which every vLLM
 * answers.
 *
 * <p>Answers are kept, the latest used first, within a bound; equal questions that wait share one
 * call. Whatever goes wrong makes the ids unknown, never wrong: nobody to ask, too many calls at
 * once, no answer in time, an answer that can't be read.
 */
public final class EndpointTokens implements TokenSource {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointTokens.class);
  private static final int TOLD_FAILURES = 3;
  private static final JsonMapper JSON = new JsonMapper();

  /** What the chat endpoint hands to the template and {@code /tokenize} takes by the same name. */
  private static final List<String> SAME =
      List.of(
          "messages",
          "add_generation_prompt",
          "continue_final_message",
          "add_special_tokens",
          "chat_template",
          "media_io_kwargs",
          "mm_processor_kwargs",
          "tools");

  /** The bounds of such asking. */
  public record Limits(Duration timeout, int concurrent, long keptBytes, int answerBytes) {
    /** Two seconds, 64 calls at once, 64 MiB of answers kept, each of up to 64 MiB. */
    public static final Limits DEFAULT = new Limits(Duration.ofSeconds(2), 64, 64L << 20, 64 << 20);
  }

  /** The first half of a question's SHA-256. */
  private record Key(long high, long low) {}

  private final Supplier<Optional<URI>> endpoint;
  private final Limits limits;
  private final Semaphore calls;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient client;
  private final Map<Key, CompletableFuture<Tokens>> asked = new ConcurrentHashMap<>();
  private final LruCache<int[]> kept;
  private final AtomicLong hits = new AtomicLong();
  private final AtomicLong answers = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  /** Failures since the last answer; one alone may be a prompt's own. */
  private final AtomicLong inVain = new AtomicLong();

  /**
   * Makes a source.
   *
   * @param endpoint the base address of a server to ask, chosen anew for each call
   */
  public EndpointTokens(Supplier<Optional<URI>> endpoint, Limits limits) {
    this.endpoint = endpoint;
    this.limits = limits;
    this.calls = new Semaphore(limits.concurrent());
    this.kept = new LruCache<>(limits.keptBytes(), 1);
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(limits.timeout())
            .executor(threads)
            .build();
  }

  /** Prompts whose answer was kept. */
  public long hits() {
    return hits.get();
  }

  /** Answers that servers gave. */
  public long answers() {
    return answers.get();
  }

  /** Calls that brought no ids. */
  public long failures() {
    return failures.get();
  }

  @Override
  public void tokens(PromptInput input, String model, Consumer<Tokens> done) {
    switch (input) {
      case PromptInput.Ids given -> done.accept(new Tokens.Known(given.ids()));
      case PromptInput.Unpredictable u -> done.accept(new Tokens.Unknown(u.why()));
      case PromptInput.Text text -> {
        ObjectNode question = JsonNodeFactory.instance.objectNode();
        question.put("model", model);
        question.put("prompt", text.text());
        question.put("add_special_tokens", text.special());
        ask(question, done);
      }
      case PromptInput.Chat chat -> {
        JsonNode body;
        try {
          body = JSON.readTree(chat.body());
        } catch (IOException e) {
          done.accept(new Tokens.Unknown("the body can't be read"));
          return;
        }
        Optional<String> hindrance = PromptBody.hindrance(body::hasNonNull);
        if (hindrance.isPresent()) {
          done.accept(new Tokens.Unknown(hindrance.get()));
        } else {
          ask(question(body, model), done);
        }
      }
    }
  }

  /** As the chat endpoint of vLLM 0.32 fills its template's variables. */
  private static ObjectNode question(JsonNode body, String model) {
    ObjectNode question = JsonNodeFactory.instance.objectNode();
    question.put("model", model);
    for (String key : SAME) {
      JsonNode value = body.path(key);
      if (!value.isMissingNode() && !value.isNull()) {
        question.set(key, value);
      }
    }
    ObjectNode variables =
        body.path("chat_template_kwargs") instanceof ObjectNode given
            ? given.deepCopy()
            : JsonNodeFactory.instance.objectNode();
    JsonNode effort = body.path("reasoning_effort");
    if (effort.isTextual()) {
      if (!variables.has("enable_thinking")) {
        variables.put("enable_thinking", !effort.textValue().equals("none"));
      }
      variables.set("reasoning_effort", effort);
    }
    if (body.path("documents").isArray()) {
      variables.set("documents", body.get("documents"));
    }
    if (!variables.isEmpty()) {
      question.set("chat_template_kwargs", variables);
    }
    return question;
  }

  private void ask(ObjectNode question, Consumer<Tokens> done) {
    byte[] bytes;
    try {
      bytes = JSON.writeValueAsBytes(question);
    } catch (IOException e) {
      done.accept(new Tokens.Unknown("the question to /tokenize can't be written"));
      return;
    }
    Key key = key(bytes);
    Optional<int[]> known = kept.get(key.high(), key.low());
    if (known.isPresent()) {
      hits.incrementAndGet();
      done.accept(new Tokens.Known(known.get()));
      return;
    }
    CompletableFuture<Tokens> mine = new CompletableFuture<>();
    CompletableFuture<Tokens> others = asked.putIfAbsent(key, mine);
    if (others != null) {
      var _ = others.thenAccept(done);
      return;
    }
    var _ = mine.thenAccept(done);
    call(key, bytes, mine);
  }

  private void call(Key key, byte[] question, CompletableFuture<Tokens> answer) {
    Optional<URI> base;
    try {
      base = endpoint.get();
    } catch (IllegalArgumentException e) {
      base = Optional.empty(); // an address that no URI can say
    }
    if (base.isEmpty()) {
      settle(key, answer, new Tokens.Unknown("no endpoint can be asked for tokens"));
      return;
    }
    if (!calls.tryAcquire()) {
      settle(
          key,
          answer,
          new Tokens.Unknown(limits.concurrent() + " questions for tokens are under way already"));
      return;
    }
    HttpRequest request =
        HttpRequest.newBuilder(base.get().resolve("/tokenize"))
            .timeout(limits.timeout())
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(question))
            .build();
    var _ =
        client
            .sendAsync(
                request,
                HttpResponse.BodyHandlers.limiting(
                    HttpResponse.BodyHandlers.ofByteArray(), limits.answerBytes()))
            .orTimeout(limits.timeout().toMillis(), TimeUnit.MILLISECONDS)
            .whenComplete((response, failure) -> {
              calls.release();
              Tokens tokens;
              try {
                tokens = failure == null ? read(response) : told(failure);
              } catch (RuntimeException | StackOverflowError e) {
                tokens = told(e);
              }
              settle(key, answer, tokens);
            });
  }

  private static Tokens told(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return new Tokens.Unknown("/tokenize did not answer: " + cause.getClass().getSimpleName());
  }

  private static Tokens read(HttpResponse<byte[]> response) {
    if (response.statusCode() != 200) {
      return new Tokens.Unknown("/tokenize answered " + response.statusCode());
    }
    try {
      JsonNode tokens = JSON.readTree(response.body()).path("tokens");
      if (!tokens.isArray()) {
        return new Tokens.Unknown("/tokenize answered no tokens");
      }
      int[] ids = new int[tokens.size()];
      for (int i = 0; i < ids.length; i++) {
        JsonNode id = tokens.get(i);
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0) {
          return new Tokens.Unknown("/tokenize answered what is no token id");
        }
        ids[i] = id.intValue();
      }
      return ids.length == 0
          ? new Tokens.Unknown("/tokenize answered no tokens")
          : new Tokens.Known(ids);
    } catch (IOException e) {
      return new Tokens.Unknown("/tokenize answered what is no JSON");
    }
  }

  private void settle(Key key, CompletableFuture<Tokens> answer, Tokens tokens) {
    if (tokens instanceof Tokens.Known known) {
      answers.incrementAndGet();
      inVain.set(0);
      kept.put(key.high(), key.low(), known.ids(), (long) Integer.BYTES * known.ids().length);
    } else {
      failures.incrementAndGet();
      if (tokens instanceof Tokens.Unknown unknown && inVain.incrementAndGet() == TOLD_FAILURES) {
        LOG.warn(
            "prompts are estimated, since the endpoints give no token ids: {}; let them answer"
                + " /tokenize, or give --tokenizer-path",
            unknown.why());
      }
    }
    asked.remove(key, answer);
    answer.complete(tokens);
  }

  private static Key key(byte[] question) {
    try {
      ByteBuffer digest = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(question));
      return new Key(digest.getLong(), digest.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends its threads; questions under way become unknown. */
  @Override
  public void close() {
    client.shutdownNow();
    threads.shutdownNow();
  }
}
