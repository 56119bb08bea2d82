package io.pickwick.bench.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.envoy.BodyMode;
import io.pickwick.bench.envoy.Envoy;
import io.pickwick.bench.envoy.EnvoyConfig;
import io.pickwick.bench.envoy.Listener;
import io.pickwick.bench.envoy.Routing;
import io.pickwick.bench.process.Pickwick;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A real Envoy that finds its route by the model that the picker told it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ModelNameTest {
  private static final String COMPLETIONS = "/v1/completions";
  private static final String MODEL_NAME = "x-gateway-model-name";
  private static final String REWRITE = "x-gateway-model-name-rewrite";
  private static final String OTHER = "deepseek-ai/DeepSeek R1";

  private EchoPod pool;
  private EchoPod other;
  private Pickwick pickwick;
  private Envoy envoy;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    Path binary = Stage.envoyBinary();
    pool = EchoPod.start();
    other = EchoPod.start();
    pickwick = Stage.pickwick(directory, List.of(pool.hostPort()), /* tls= */ false, List.of());
    envoy =
        Envoy.start(
            binary,
            EnvoyConfig.of(
                    pickwick.address(),
                    List.of(pool.hostPort()),
                    Listener.named("duplex", Routing.OVERRIDE_HOST),
                    Listener.named("header", Routing.ORIGINAL_DST),
                    Listener.named("buffered", Routing.OVERRIDE_HOST)
                        .withBodies(BodyMode.BUFFERED, BodyMode.BUFFERED),
                    Listener.named("partial", Routing.OVERRIDE_HOST)
                        .withBodies(BodyMode.BUFFERED_PARTIAL, BodyMode.STREAMED),
                    Listener.named("streamed", Routing.OVERRIDE_HOST)
                        .withBodies(BodyMode.STREAMED, BodyMode.STREAMED))
                .withModels(Map.of(OTHER, other.hostPort())),
            directory);
  }

  @AfterAll
  void stop() throws IOException {
    for (AutoCloseable part : new AutoCloseable[] {envoy, pickwick, pool, other}) {
      try {
        if (part != null) {
          part.close();
        }
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "duplex, some-model",
    "duplex, " + OTHER,
    "duplex, ''",
    "header, some-model",
    "header, " + OTHER,
    "buffered, some-model",
    "buffered, " + OTHER,
    "partial, some-model",
    "partial, " + OTHER
  })
  void theBodyChoosesTheRouteWhateverTheClientSaysOfIt(String listener, String lie)
      throws Exception {
    Map<String, String> headers = lie.isEmpty() ? Map.of() : Map.of(MODEL_NAME, lie);
    HttpWire.Message atPool = send(listener, "base", headers, pool);
    assertThat(atPool.headers()).containsEntry(MODEL_NAME, "base");
    HttpWire.Message atOther = send(listener, OTHER, headers, other);
    assertThat(atOther.headers()).containsEntry(MODEL_NAME, OTHER);
  }

  @Test
  void theRouteIsThatOfTheClientsModelAndNotOfTheOneThatServesIt() throws Exception {
    HttpWire.Message atPool = send("duplex", "base", Map.of(REWRITE, OTHER), pool);
    assertThat(atPool.headers()).containsEntry(MODEL_NAME, "base");
    HttpWire.Message atOther = send("duplex", OTHER, Map.of(REWRITE, "base"), other);
    assertThat(atOther.headers()).containsEntry(MODEL_NAME, OTHER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwén", "with\\nbreak", "\\u0000"})
  void aNameThatFitsNoHeaderFindsTheRouteOfAllOthers(String model) throws Exception {
    for (String listener : List.of("duplex", "buffered")) {
      HttpWire.Message atPool = send(listener, model, Map.of(MODEL_NAME, OTHER), pool);
      assertThat(atPool.headers()).doesNotContainKey(MODEL_NAME);
    }
  }

  @Test
  void whereTheBodyIsNotReadTheClientIsNotBelievedEither() throws Exception {
    HttpWire.Message atPool = send("streamed", OTHER, Map.of(MODEL_NAME, OTHER), pool);
    assertThat(atPool.headers()).doesNotContainKey(MODEL_NAME);
  }

  /** Sends a request and gives back what arrived where it should. */
  private HttpWire.Message send(
      String listener, String model, Map<String, String> headers, EchoPod where) throws Exception {
    String id = Stage.newRequestId();
    Map<String, String> all = new TreeMap<>(headers);
    all.put("x-request-id", id);
    String body = "{\"model\":\"" + model + "\",\"prompt\":\"Once upon a time\"}";
    try (RawClient client = new RawClient(envoy.port(listener))) {
      assertThat(client.post(COMPLETIONS, body, all).status()).isEqualTo(200);
    }
    EchoPod elsewhere = where == pool ? other : pool;
    assertThat(elsewhere.requests()).noneMatch(it -> id.equals(it.headers().get("x-request-id")));
    return where.requests().stream()
        .filter(it -> id.equals(it.headers().get("x-request-id")))
        .findFirst()
        .orElseThrow(() -> new AssertionError("it never arrived"));
  }
}
