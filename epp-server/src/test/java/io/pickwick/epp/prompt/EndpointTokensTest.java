package io.pickwick.epp.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class EndpointTokensTest {
  private static final JsonMapper JSON = new JsonMapper();

  /** Three answers of three ids are kept. */
  private static final EndpointTokens.Limits LIMITS =
      new EndpointTokens.Limits(Duration.ofSeconds(10), 2, 3 * 124, 1 << 20);

  private final BlockingQueue<JsonNode> questions = new LinkedBlockingQueue<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile String answer = "{\"tokens\":[1,2,3]}";
  private volatile int status = 200;
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private HttpServer server;
  private EndpointTokens source;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/tokenize", this::serve);
    server.start();
    source = source(LIMITS);
  }

  @AfterEach
  void stop() {
    gate.countDown();
    source.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private EndpointTokens source(EndpointTokens.Limits limits) {
    URI base = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    return new EndpointTokens(() -> Optional.of(base), limits);
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      questions.add(JSON.readTree(exchange.getRequestBody()));
      gate.await();
      byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private BlockingQueue<Tokens> ask(PromptInput input) {
    BlockingQueue<Tokens> told = new LinkedBlockingQueue<>();
    source.tokens(input, "llama", told::add);
    return told;
  }

  private static Tokens next(BlockingQueue<Tokens> told) throws InterruptedException {
    Tokens tokens = told.poll(20, TimeUnit.SECONDS);
    assertThat(tokens).isNotNull();
    return tokens;
  }

  private static void assertKnown(Tokens tokens, int... ids) {
    assertThat(tokens)
        .isInstanceOfSatisfying(
            Tokens.Known.class, known -> assertThat(known.ids()).containsExactly(ids));
  }

  private static PromptInput.Chat chat(String body) {
    return new PromptInput.Chat(body.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void thatEndpointsGiveNoTokensIsSaidOnceUntilTheyDidAgain() throws Exception {
    ListAppender<ILoggingEvent> told = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(EndpointTokens.class);
    told.start();
    logger.addAppender(told);
    try {
      status = 404;
      for (int i = 0; i < 6; i++) {
        next(ask(chat("{\"messages\":[" + i + "]}")));
        assertThat(told.list).hasSize(i < 2 ? 0 : 1);
      }
      assertThat(told.list.getFirst().getLevel()).isEqualTo(Level.WARN);
      assertThat(told.list.getFirst().getFormattedMessage())
          .isEqualTo(
              "prompts are estimated, since the endpoints give no token ids: /tokenize answered 404; let them answer /tokenize, or give --tokenizer-path");
      status = 200;
      next(ask(chat("{\"messages\":[6]}")));
      status = 500;
      for (int i = 7; i < 10; i++) {
        next(ask(chat("{\"messages\":[" + i + "]}")));
      }
      assertThat(told.list).hasSize(2);
    } finally {
      logger.detachAppender(told);
    }
  }

  @Test
  void aConversationIsAskedForAsTheChatEndpointWouldRenderIt() throws Exception {
    assertKnown(
        next(
            ask(
                chat(
                    "{\"model\":\"client's\",\"messages\":[1],\"tools\":[2],\"temperature\":0,"
                        + "\"reasoning_effort\":\"none\",\"documents\":[3],\"stream\":true,"
                        + "\"chat_template_kwargs\":{\"a\":1},\"continue_final_message\":null}"))),
        1,
        2,
        3);
    assertThat(questions.take())
        .isEqualTo(
            JSON.readTree(
                "{\"model\":\"llama\",\"messages\":[1],\"tools\":[2],\"chat_template_kwargs\":"
                    + "{\"a\":1,\"enable_thinking\":false,\"reasoning_effort\":\"none\","
                    + "\"documents\":[3]}}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"prompt_logprobs", "truncate_prompt_tokens"})
  void aConversationThatCannotBeForetoldIsNotAskedFor(String member) throws Exception {
    assertThat(next(ask(chat("{\"messages\":[],\"" + member + "\":1}"))))
        .isInstanceOfSatisfying(
            Tokens.Unknown.class, unknown -> assertThat(unknown.why()).contains(member));
    assertThat(questions).isEmpty();
    assertKnown(next(ask(chat("{\"messages\":[],\"" + member + "\":null}"))), 1, 2, 3);
  }

  @Test
  void aTextIsAskedForOnceAndThenKept() throws Exception {
    PromptInput text = new PromptInput.Text("hi", true);
    assertKnown(next(ask(text)), 1, 2, 3);
    assertThat(questions.take())
        .isEqualTo(
            JSON.readTree("{\"model\":\"llama\",\"prompt\":\"hi\",\"add_special_tokens\":true}"));
    assertKnown(next(ask(text)), 1, 2, 3);
    assertThat(questions).isEmpty();
    assertThat(source.hits()).isEqualTo(1);
  }

  @Test
  void theOldestAnswersAreForgottenFirst() throws Exception {
    for (String text : List.of("a", "b", "c", "a", "d", "a")) {
      assertKnown(next(ask(new PromptInput.Text(text, true))), 1, 2, 3);
    }
    assertThat(source.answers()).isEqualTo(4);
    assertKnown(next(ask(new PromptInput.Text("b", true))), 1, 2, 3);
    assertThat(source.answers()).isEqualTo(5);
  }

  @Test
  void equalQuestionsShareACall() throws Exception {
    gate = new CountDownLatch(1);
    List<BlockingQueue<Tokens>> told = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      told.add(ask(new PromptInput.Text("same", true)));
    }
    assertThat(questions.poll(20, TimeUnit.SECONDS)).isNotNull();
    gate.countDown();
    for (BlockingQueue<Tokens> one : told) {
      assertKnown(next(one), 1, 2, 3);
    }
    assertThat(questions).isEmpty();
  }

  @Test
  void moreCallsThanAllowedAreNotMade() throws Exception {
    gate = new CountDownLatch(1);
    BlockingQueue<Tokens> first = ask(new PromptInput.Text("1", true));
    BlockingQueue<Tokens> second = ask(new PromptInput.Text("2", true));
    assertThat(next(ask(new PromptInput.Text("3", true))))
        .isEqualTo(new Tokens.Unknown("2 questions for tokens are under way already"));
    gate.countDown();
    assertKnown(next(first), 1, 2, 3);
    assertKnown(next(second), 1, 2, 3);
    assertKnown(next(ask(new PromptInput.Text("3", true))), 1, 2, 3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "500 | {} | answered 500",
        "404 | {} | answered 404",
        "200 | nonsense | no JSON",
        "200 | {} | no tokens",
        "200 | {\"tokens\":{\"a\":1}} | no tokens",
        "200 | {\"tokens\":[1,\"a\"]} | no token id",
        "200 | {\"tokens\":[-5]} | no token id",
        "200 | {\"tokens\":[4294967296]} | no token id",
      })
  void anAnswerThatIsNoneMakesTheIdsUnknown(int status, String answer, String why)
      throws Exception {
    this.status = status;
    this.answer = answer;
    assertThat(next(ask(new PromptInput.Text("x", true))))
        .isInstanceOfSatisfying(
            Tokens.Unknown.class, unknown -> assertThat(unknown.why()).contains(why));
    assertThat(source.failures()).isEqualTo(1);
  }

  @Test
  void anEndlessAnswerIsCut() throws Exception {
    answer = "{\"tokens\":[" + "1,".repeat(600_000) + "1]}";
    assertThat(next(ask(new PromptInput.Text("x", true)))).isInstanceOf(Tokens.Unknown.class);
  }

  @Test
  void aServerThatDoesNotAnswerIsNotWaitedForLong() throws Exception {
    source.close();
    source = source(new EndpointTokens.Limits(Duration.ofMillis(100), 2, 400, 1 << 20));
    gate = new CountDownLatch(1);
    assertThat(next(ask(new PromptInput.Text("x", true))))
        .isInstanceOfSatisfying(
            Tokens.Unknown.class, unknown -> assertThat(unknown.why()).contains("Timeout"));
  }

  @Test
  void nobodyToAskAndNoServerMakeTheIdsUnknown() throws Exception {
    source.close();
    source = new EndpointTokens(Optional::empty, LIMITS);
    assertThat(next(ask(new PromptInput.Text("x", true))))
        .isEqualTo(new Tokens.Unknown("no endpoint can be asked for tokens"));
    source.close();
    int closed = server.getAddress().getPort();
    server.stop(0);
    source =
        new EndpointTokens(() -> Optional.of(URI.create("http://127.0.0.1:" + closed)), LIMITS);
    assertThat(next(ask(new PromptInput.Text("x", true)))).isInstanceOf(Tokens.Unknown.class);
  }

  @Test
  void idsAreNotAskedFor() throws Exception {
    assertKnown(next(ask(new PromptInput.Ids(new int[] {9}))), 9);
    assertThat(next(ask(new PromptInput.Unpredictable("why not"))))
        .isEqualTo(new Tokens.Unknown("why not"));
    assertThat(questions).isEmpty();
  }
}
