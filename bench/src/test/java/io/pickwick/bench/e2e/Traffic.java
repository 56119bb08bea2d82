package io.pickwick.bench.e2e;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** Clients that ask without end, one request after another, and what became of each of them. */
final class Traffic implements AutoCloseable {
  private static final String CHAT = "/v1/chat/completions";
  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final int TOKENS = 4;

  private final int port;
  private final String model;
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final List<Thread> clients = new ArrayList<>();
  private volatile boolean stopped;

  private Traffic(int port, String model) {
    this.port = port;
    this.model = model;
  }

  /**
   * What became of a request.
   *
   * @param id its {@code x-request-id}
   * @param sent when, by {@code System.nanoTime}
   * @param ended when the answer was whole, or had failed
   * @param bytes how long the request's body was
   * @param status the status, 0 when none was read
   * @param text the answer, or what went wrong
   */
  record Answer(String id, long sent, long ended, int bytes, int status, String text) {
    /** Whether all of it came. */
    boolean served() {
      return status == 200 && (text.endsWith("data: [DONE]\n\n") || text.endsWith("}"));
    }
  }

  /** Starts clients that ask a listener for a model; every other one wants its answer streamed. */
  static Traffic start(int port, String model, int clients) {
    Traffic traffic = new Traffic(port, model);
    for (int i = 0; i < clients; i++) {
      boolean streamed = i % 2 == 0;
      traffic.clients.add(Thread.ofVirtual().start(() -> traffic.run(streamed)));
    }
    return traffic;
  }

  private void run(boolean streamed) {
    while (!stopped) {
      answers.add(send(port, model, streamed, TOKENS));
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /**
   * An answer that takes long.
   *
   * @param begun completed with its first token
   * @param tokens how many there were in the end; it fails when the end did not come
   */
  record Stream(CompletableFuture<Boolean> begun, CompletableFuture<Long> tokens) {}

  /** Asks for a streamed answer of that many tokens, in the background. */
  static Stream stream(int port, int tokens) {
    Stream stream = new Stream(new CompletableFuture<>(), new CompletableFuture<>());
    Thread.ofVirtual()
        .start(() -> {
          byte[] body = body("base", true, tokens, "much").getBytes(StandardCharsets.UTF_8);
          Map<String, String> head =
              Map.of("content-length", Integer.toString(body.length), "connection", "close");
          try (RawClient client = new RawClient(port)) {
            client.head("POST", CHAT, head).bytes(body).skipTo("data: {");
            stream.begun.complete(true);
            String rest = client.rest();
            if (rest.contains("data: [DONE]") && rest.endsWith(HttpWire.LAST_CHUNK)) {
              stream.tokens.complete(
                  rest.lines().filter(line -> line.startsWith("data: {")).count());
            } else {
              throw new IOException("cut off after " + rest.length() + " characters");
            }
          } catch (IOException e) {
            stream.begun.completeExceptionally(e);
            stream.tokens.completeExceptionally(e);
          }
        });
    return stream;
  }

  private static Answer send(int port, String model, boolean streamed, int tokens) {
    String id = Stage.newRequestId();
    String body = body(model, streamed, tokens, id);
    int bytes = body.getBytes(StandardCharsets.UTF_8).length;
    long sent = System.nanoTime();
    try (RawClient client = new RawClient(port)) {
      HttpWire.Message answer = client.post(CHAT, body, Map.of("x-request-id", id));
      return new Answer(id, sent, System.nanoTime(), bytes, answer.status(), answer.text());
    } catch (IOException e) {
      return new Answer(id, sent, System.nanoTime(), bytes, 0, e.toString());
    }
  }

  private static String body(String model, boolean streamed, int tokens, String what) {
    return """
    {"model": "%s", "stream": %s, "max_tokens": %d, "ignore_eos": true,
     "messages": [{"role": "user", "content": "Tell me of %s."}]}
    """
        .formatted(model, streamed, tokens, what);
  }

  /** The answers so far. */
  List<Answer> answers() {
    return List.copyOf(answers);
  }

  /** Waits until that many more answers have come, however slowly. */
  void awaitMore(int count) throws Exception {
    int wanted = answers.size() + count;
    while (answers.size() < wanted) {
      int before = answers.size();
      Stage.await("another answer", () -> answers.size() > before);
    }
  }

  /** Asks for nothing more, and gives all answers. */
  List<Answer> stop() throws InterruptedException {
    stopped = true;
    for (Thread client : clients) {
      client.join();
    }
    return answers();
  }

  @Override
  public void close() {
    stopped = true;
  }
}
