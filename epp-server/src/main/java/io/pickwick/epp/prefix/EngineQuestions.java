package io.pickwick.epp.prefix;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pickwick.epp.prefix.EngineFacts.ServedModel;
import io.pickwick.epp.prefix.EngineFacts.Told;
import io.pickwick.schedule.Endpoint;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks endpoints {@code GET /version} and {@code GET /v1/models}, which vLLM and SGLang answer.
 *
 * <p>Whoever answers nothing usable, too much, or too late has not answered.
 */
final class EngineQuestions implements EngineFacts.Questions {
  private static final Logger log = LoggerFactory.getLogger(EngineQuestions.class);
  private static final JsonMapper JSON = new JsonMapper();

  private final Limits limits;
  private final Semaphore questions;
  private final HttpClient client;

  /**
   * The bounds of such asking.
   *
   * @param timeout for a whole answer
   * @param answerBytes the longest answer
   * @param models the most models that are believed
   * @param nameLength the longest name of a model or version
   * @param concurrent questions under way at a time
   */
  record Limits(Duration timeout, int answerBytes, int models, int nameLength, int concurrent) {
    static final Limits DEFAULT = new Limits(Duration.ofSeconds(3), 1 << 20, 4096, 1024, 16);
  }

  EngineQuestions(Limits limits) {
    this.limits = limits;
    this.questions = new Semaphore(limits.concurrent());
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(limits.timeout())
            .executor(Thread::startVirtualThread)
            .build();
  }

  /** Asks both questions and waits; empty when neither was answered. */
  @Override
  public Optional<Told> ask(Endpoint endpoint) {
    try {
      questions.acquire();
      try {
        Optional<String> version = get(endpoint, "/version").flatMap(this::version);
        Optional<List<ServedModel>> models = get(endpoint, "/v1/models").flatMap(this::models);
        return version.isEmpty() && models.isEmpty()
            ? Optional.empty()
            : Optional.of(new Told(version.orElse(""), models.orElse(List.of())));
      } finally {
        questions.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }

  private Optional<JsonNode> get(Endpoint endpoint, String path) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + endpoint.hostPort() + path))
            .timeout(limits.timeout())
            .header("accept", "application/json")
            .build();
    CompletableFuture<HttpResponse<byte[]>> answer = new CompletableFuture<>();
    try {
      answer =
          client.sendAsync(
              request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), limits.answerBytes()));
      HttpResponse<byte[]> response =
          answer.get(limits.timeout().toMillis(), TimeUnit.MILLISECONDS);
      return response.statusCode() == 200
          ? Optional.ofNullable(JSON.readTree(response.body()))
          : unanswered(endpoint, path, "status " + response.statusCode());
    } catch (ExecutionException e) {
      return unanswered(endpoint, path, String.valueOf(e.getCause()));
    } catch (TimeoutException e) {
      return unanswered(endpoint, path, "no answer in " + limits.timeout());
    } catch (IOException | IllegalStateException e) {
      return unanswered(endpoint, path, e.toString());
    } finally {
      answer.cancel(true);
    }
  }

  private static Optional<JsonNode> unanswered(Endpoint endpoint, String path, String why) {
    log.debug("{} of {} was not answered: {}", path, endpoint, why);
    return Optional.empty();
  }

  private Optional<String> version(JsonNode body) {
    return name(body.path("version"));
  }

  private Optional<List<ServedModel>> models(JsonNode body) {
    JsonNode data = body.path("data");
    if (!data.isArray()) {
      return Optional.empty();
    }
    List<ServedModel> models = new ArrayList<>();
    for (JsonNode item : data) {
      Optional<String> id = name(item.path("id"));
      if (id.isPresent() && models.size() < limits.models()) {
        models.add(
            new ServedModel(
                id.get(),
                name(item.path("root")).orElse(""),
                name(item.path("parent")).orElse("")));
      }
    }
    return Optional.of(List.copyOf(models));
  }

  private Optional<String> name(JsonNode node) {
    return node.isTextual()
            && !node.textValue().isEmpty()
            && node.textValue().length() <= limits.nameLength()
        ? Optional.of(node.textValue())
        : Optional.empty();
  }
}
