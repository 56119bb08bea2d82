package io.pickwick.epp.prefix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pickwick.epp.config.Flags;
import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.pool.Engine;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.EndpointLoad;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import io.pickwick.schedule.config.EndpointPickerConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class EngineFactsTest {
  private static final String VERSION = "{\"version\":\"0.32.0\"}";
  private static final String MODELS =
      """
      {"object":"list","data":[
        {"id":"tiny","object":"model","root":"models/tiny","parent":null,"max_model_len":1024},
        {"id":"tiny-too","object":"model","root":"models/tiny","parent":null,"max_model_len":1024},
        {"id":"sql-lora","object":"model","root":"models/lora-sql","parent":"tiny",
         "max_model_len":null}]}
      """;
  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong clock = new AtomicLong(1);
  private final AtomicInteger questions = new AtomicInteger();
  private volatile String version = VERSION;
  private volatile String models = MODELS;
  private volatile int status = 200;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/version", exchange -> answer(exchange, version));
    server.createContext("/v1/models", exchange -> answer(exchange, models));
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange, String text) throws IOException {
    questions.incrementAndGet();
    byte[] bytes = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  @Test
  void anEngineIsAskedOnceAndItsSchemeFollowsFromWhatItTells() throws IOException {
    try (EngineFacts facts = facts()) {
      Endpoint pod = pod(0, 32, "sha256_cbor");
      facts.added(pod);
      assertThat(facts.hashing(0).why()).isEqualTo("it has not been asked yet");
      facts.tick();
      facts.tick();
      assertThat(questions).hasValue(2);
      assertThat(facts.scheme(0))
          .contains(
              new HashScheme(HashAlgorithm.SHA256_CBOR, Optional.empty(), 32, ExtraForm.TAGGED));
      assertThat(facts.hashing(0).version()).isEqualTo("0.32.0");
      assertThat(facts.baseModels(0)).containsExactly("tiny", "tiny-too");
      assertThat(facts.adapter(0, "sql-lora"))
          .contains(new ExtraKeys.Adapter("sql-lora", 0, "models/lora-sql"));
      assertThat(facts.adapter(0, "tiny")).isEmpty();
    }
  }

  @Test
  void whatDidNotChangeIsNotDerivedAgain() throws IOException {
    try (EngineFacts facts = facts()) {
      Endpoint pod = pod(0, 32, "sha256");
      facts.added(pod);
      facts.tick();
      EngineFacts.Hashing hashing = facts.hashing(0);
      pod.load().observe(told(32, "sha256"));
      assertThat(facts.hashing(0)).isSameAs(hashing);
      pod.load().observe(told(64, "sha256"));
      assertThat(facts.scheme(0).orElseThrow().blockSize()).isEqualTo(64);
    }
  }

  @Test
  void whatIsConfiguredHolds() throws IOException {
    try (EngineFacts facts =
        facts("--block-size=16", "--hash-algorithm=xxhash", "--hash-seed=7", "--base-model=m")) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      assertThat(facts.scheme(0))
          .contains(new HashScheme(HashAlgorithm.XXHASH, Optional.of("7"), 16, ExtraForm.TAGGED));
    }
  }

  @Test
  void aBaseModelThatItDoesNotServeIsNamedWithItsPlaceAndLoggedOnce() throws IOException {
    ListAppender<ILoggingEvent> told = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(EngineFacts.class);
    told.start();
    logger.addAppender(told);
    String words =
        "it serves the base model \"tiny\", \"tiny-too\", not \"sql-lora\" as --base-model says: leave that out, or write a name by which it is served";
    try (EngineFacts facts = facts("--base-model=sql-lora")) {
      facts.added(pod(0, 32, "sha256"));
      facts.added(pod(1, 32, "sha256"));
      assertThat(facts.modelConflict(0)).isEmpty();
      facts.tick();
      clock.addAndGet(61 * SECOND);
      facts.tick();
      assertThat(facts.modelConflict(0)).contains(words);
      assertThat(facts.modelConflict(1)).contains(words);
    } finally {
      logger.detachAppender(told);
    }
    assertThat(told.list)
        .singleElement()
        .satisfies(line -> {
          assertThat(line.getLevel()).isEqualTo(Level.WARN);
          assertThat(line.getFormattedMessage()).contains("pod-").endsWith(words);
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny", "tiny-too", "models/tiny", "Maker/tiny", "/pvc/tiny/"})
  void anyNameOfTheBaseModelWillDo(String name) throws IOException {
    try (EngineFacts facts = facts("--base-model=" + name)) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      assertThat(facts.modelConflict(0)).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"0.32.0,TAGGED", "0.30.0,POSITIONED", "0.12.0,NAMED", "0.11.0,NUMBERED"})
  void theVersionTellsTheFormOfExtraKeys(String told, ExtraForm form) throws IOException {
    version = "{\"version\":\"" + told + "\"}";
    try (EngineFacts facts = facts("--hash-seed=0")) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      assertThat(facts.scheme(0).orElseThrow().form()).isEqualTo(form);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.22.1|sha256|vLLM 0.22.1 draws its hash seed at random: set PYTHONHASHSEED there",
        "0.32.0|xxhash|vLLM 0.32.0 draws its hash seed at random",
        "0.10.0|sha256_cbor_64bit|vLLM 0.10.0 draws its hash seed at random",
        "0.32.0|builtin|its hash algorithm \"builtin\" can't be followed",
        "0.32.0|''|its metrics do not tell its hash algorithm; give --hash-algorithm",
      })
  void whatCannotBeKnownIsSaid(String told, String algorithm, String why) throws IOException {
    version = "{\"version\":\"" + told + "\"}";
    try (EngineFacts facts = facts()) {
      facts.added(pod(0, 32, algorithm));
      facts.tick();
      assertThat(facts.scheme(0)).isEmpty();
      assertThat(facts.hashing(0).why()).startsWith(why);
    }
  }

  @Test
  void aBlockSizeThatNobodyTellsIsMissed() throws IOException {
    try (EngineFacts facts = facts()) {
      facts.added(pod(0, 0, "sha256"));
      facts.tick();
      assertThat(facts.hashing(0).why())
          .isEqualTo("its metrics do not tell its block size; give --block-size");
    }
  }

  @Test
  void sglangIsKnownByItsLabel() throws IOException {
    try (EngineFacts facts = facts()) {
      Endpoint pod = pod(0, Map.of(Engine.LABEL, "sglang"));
      pod.load().observe(told(64, ""));
      facts.added(pod);
      facts.tick();
      assertThat(facts.scheme(0).orElseThrow().algorithm()).isEqualTo(HashAlgorithm.SGLANG);
    }
  }

  @Test
  void whoDoesNotAnswerIsAskedAgainLaterAndLater() throws IOException {
    status = 503;
    try (EngineFacts facts = facts()) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      assertThat(questions).hasValue(2);
      after(facts, SECOND - 1);
      assertThat(questions).hasValue(2);
      after(facts, 1);
      assertThat(questions).hasValue(4);
      after(facts, 2 * SECOND - 1);
      assertThat(questions).hasValue(4);
      status = 200;
      after(facts, 1);
      assertThat(questions).hasValue(6);
      assertThat(facts.hashing(0).version()).isEqualTo("0.32.0");
    }
  }

  @Test
  void anAnswerHoldsAMinuteAndLessWhenAnAdapterIsMissed() throws IOException {
    try (EngineFacts facts = facts()) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      after(facts, 59 * SECOND);
      assertThat(questions).hasValue(2);
      after(facts, SECOND);
      assertThat(questions).hasValue(4);
      models = MODELS.replace("sql-lora", "new-lora");
      assertThat(facts.adapter(0, "new-lora")).isEmpty();
      after(facts, 4 * SECOND);
      assertThat(facts.adapter(0, "new-lora")).isEmpty();
      after(facts, SECOND);
      assertThat(facts.adapter(0, "new-lora")).isPresent();
    }
  }

  @Test
  void anEngineThatCameBackIsAskedAgain() throws IOException {
    try (EngineFacts facts = facts()) {
      Endpoint pod = pod(0, 32, "sha256");
      facts.added(pod);
      facts.tick();
      pod.load().unreachable(clock.get());
      facts.tick();
      assertThat(questions).hasValue(2);
      version = "{\"version\":\"0.22.1\"}";
      clock.addAndGet(10);
      pod.load().observe(told(32, "sha256"));
      facts.tick();
      assertThat(facts.hashing(0).version()).isEqualTo("0.22.1");
      version = VERSION;
      facts.restarted(0);
      facts.tick();
      assertThat(facts.hashing(0).version()).isEqualTo("0.32.0");
    }
  }

  @Test
  void anEngineThatStartedAnewIsAskedAtOnceHoweverOftenTheLastOneFailed() throws IOException {
    try (EngineFacts facts = facts()) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      status = 503;
      after(facts, 60 * SECOND);
      after(facts, SECOND);
      after(facts, 2 * SECOND);
      assertThat(questions).hasValue(8);
      status = 200;
      version = "{\"version\":\"0.22.1\"}";
      facts.restarted(0);
      facts.tick();
      assertThat(questions).hasValue(10);
      assertThat(facts.hashing(0).version()).isEqualTo("0.22.1");
      facts.tick();
      assertThat(questions).hasValue(10);
    }
  }

  @Test
  void modelsThatNeedAKeyAreMissedAndTheVersionIsTold() throws IOException {
    server.removeContext("/v1/models");
    try (EngineFacts facts = facts()) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      assertThat(facts.scheme(0)).isPresent();
      assertThat(facts.baseModels(0)).isEmpty();
    }
  }

  @Test
  void whatWasToldStaysWhenAnAnswerIsMissing() throws IOException {
    try (EngineFacts facts = facts()) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      server.removeContext("/v1/models");
      after(facts, 60 * SECOND);
      assertThat(facts.baseModels(0)).contains("tiny");
    }
  }

  @Test
  void anEndpointThatLeftIsForgotten() throws IOException {
    try (EngineFacts facts = facts()) {
      Endpoint pod = pod(3, 32, "sha256");
      facts.added(pod);
      facts.tick();
      assertThat(facts.scheme(3)).isPresent();
      facts.removed(pod);
      assertThat(facts.scheme(3)).isEmpty();
      assertThat(facts.adapter(3, "sql-lora")).isEmpty();
      assertThat(facts.scheme(99)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{\"version\":7}",
        "{\"version\":\"\"}",
        "{\"version\":[[[[[[]]]]]]}",
        "\u0000\u0001",
        "<html>",
      })
  void aVersionThatIsNoneIsNotTold(String answer) throws IOException {
    version = answer;
    try (EngineFacts facts = facts("--hash-seed=0")) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      assertThat(facts.hashing(0).version()).isEmpty();
      assertThat(facts.baseModels(0)).contains("tiny");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"data\":{}}",
        "{\"data\":[null,7,\"x\",{},{\"id\":7},{\"id\":\"\"}]}",
        "{\"data\":[{\"id\":\"",
      })
  void modelsThatAreNoneAreNotTold(String answer) throws IOException {
    models = answer;
    try (EngineFacts facts = facts()) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      assertThat(facts.hashing(0).version()).isEqualTo("0.32.0");
      assertThat(facts.baseModels(0)).isEmpty();
    }
  }

  @Test
  void deepNestingAndLongAnswersAreNotTold() throws IOException {
    models = "[".repeat(100_000);
    version = "{\"version\":\"" + "0".repeat(2 << 20) + "\"}";
    try (EngineFacts facts = facts("--hash-seed=0")) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      assertThat(facts.hashing(0).version()).isEmpty();
      assertThat(facts.baseModels(0)).isEmpty();
      models = MODELS;
      version = "{\"version\":\"" + "0".repeat(2000) + "\"}";
      after(facts, SECOND);
      assertThat(facts.hashing(0).version()).isEmpty();
      assertThat(facts.baseModels(0)).contains("tiny");
    }
  }

  @Test
  void aRedirectIsNotFollowed() throws IOException {
    server.removeContext("/version");
    server.createContext(
        "/version",
        exchange -> {
          exchange.getResponseHeaders().add("location", "/elsewhere");
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    server.createContext("/elsewhere", exchange -> answer(exchange, VERSION));
    try (EngineFacts facts = facts()) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      assertThat(facts.hashing(0).version()).isEmpty();
    }
  }

  @Test
  void anAnswerThatNeverEndsIsGivenUp() throws Exception {
    ServerSocket dripping = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread writer = Thread.startVirtualThread(() -> drip(dripping));
    EngineQuestions.Limits limits =
        new EngineQuestions.Limits(Duration.ofMillis(300), Integer.MAX_VALUE, 10, 10, 1);
    try (EngineQuestions impatient = new EngineQuestions(limits)) {
      int port = dripping.getLocalPort();
      Endpoint pod =
          new Endpoint(0, "default", "pod", "127.0.0.1", port, Map.of(), new EndpointLoad());
      assertThat(impatient.ask(pod)).isEmpty();
    } finally {
      dripping.close();
    }
    assertThat(writer.join(Duration.ofSeconds(10))).isTrue();
  }

  private static void drip(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        OutputStream out = socket.getOutputStream();
        out.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".getBytes(UTF_8));
        while (true) {
          out.write("1\r\n \r\n".getBytes(UTF_8));
        }
      } catch (IOException e) {
        // The client hung up.
      }
    }
  }

  @Test
  void whoIsNotThereCountsAsTheNewestVersion() throws IOException {
    server.stop(0);
    try (EngineFacts facts = facts()) {
      facts.added(pod(0, 32, "sha256"));
      facts.tick();
      assertThat(facts.hashing(0).version()).isEmpty();
      assertThat(facts.baseModels(0)).isEmpty();
      assertThat(facts.scheme(0).orElseThrow().form()).isEqualTo(ExtraForm.TAGGED);
    }
  }

  @Test
  void startedItAsksByItselfAndClosesAtOnce() throws Exception {
    PreciseSettings settings = settings();
    try (EngineFacts facts = new EngineFacts(settings, System::nanoTime)) {
      facts.added(pod(0, 32, "sha256"));
      facts.start();
      long end = System.nanoTime() + 20 * SECOND;
      while (facts.scheme(0).isEmpty() && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      assertThat(facts.scheme(0)).isPresent();
    }
  }

  private void after(EngineFacts facts, long nanos) {
    clock.addAndGet(nanos);
    facts.tick();
  }

  private EngineFacts facts(String... flags) throws IOException {
    return new EngineFacts(
        settings(flags),
        new EngineQuestions(EngineQuestions.Limits.DEFAULT),
        EngineFacts.Pace.DEFAULT,
        clock::get,
        Runnable::run);
  }

  private static PreciseSettings settings(String... flags) throws IOException {
    return PreciseSettings.read(Flags.parse(flags), EndpointPickerConfig.standard());
  }

  private Endpoint pod(int slot, int blockSize, String algorithm) {
    Endpoint pod = pod(slot, Map.of());
    pod.load().observe(told(blockSize, algorithm));
    return pod;
  }

  private Endpoint pod(int slot, Map<String, String> labels) {
    return new Endpoint(
        slot,
        "default",
        "pod-" + slot,
        "127.0.0.1",
        server.getAddress().getPort(),
        labels,
        new EndpointLoad());
  }

  private Gauges told(int blockSize, String algorithm) {
    return new Gauges(clock.get(), 0, 0, 0, blockSize, 1000, LoraState.NONE, algorithm);
  }
}
