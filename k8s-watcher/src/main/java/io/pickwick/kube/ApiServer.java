package io.pickwick.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plain requests to a Kubernetes API server, with the addresses, certificates and tokens that the
 * client knows.
 *
 * <p>Blocks its caller, which an interrupt ends.
 */
final class ApiServer {
  private static final Logger log = LoggerFactory.getLogger(ApiServer.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int LONGEST_REFUSAL = 1 << 16;

  private final KubernetesClient client;
  private final Duration patience;
  private final AtomicBoolean away = new AtomicBoolean();

  /**
   * @param patience how long an answer may take to begin
   */
  ApiServer(KubernetesClient client, Duration patience) {
    this.client = client;
    this.patience = patience;
  }

  /**
   * Asks for something; the caller closes it.
   *
   * @param path without a slash at its beginning, and with its query
   */
  InputStream open(String path) throws IOException, ApiRefusal, InterruptedException {
    return send(request(path));
  }

  /** Asks for one object. */
  JsonNode get(String path) throws IOException, ApiRefusal, InterruptedException {
    try (InputStream body = open(path)) {
      return MAPPER.readTree(body);
    }
  }

  /** Creates something, and gives back what became of it. */
  JsonNode post(String path, JsonNode object) throws IOException, ApiRefusal, InterruptedException {
    try (InputStream body = send(request(path).post("application/json", object.toString()))) {
      return MAPPER.readTree(body);
    }
  }

  /** Changes an object by a JSON merge patch. */
  void patch(String path, JsonNode patch) throws IOException, ApiRefusal, InterruptedException {
    send(request(path).patch("application/merge-patch+json", patch.toString())).close();
  }

  /** Deletes an object; one that is gone already is no mistake. */
  void delete(String path) throws IOException, ApiRefusal, InterruptedException {
    try {
      send(request(path).delete("application/json", "{}")).close();
    } catch (ApiRefusal e) {
      if (e.code() != 404) {
        throw e;
      }
    }
  }

  private HttpRequest.Builder request(String path) {
    return client
        .getHttpClient()
        .newHttpRequestBuilder()
        .uri(client.getMasterUrl() + path)
        .header("Accept", "application/json")
        .timeout(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private InputStream send(HttpRequest.Builder request)
      throws IOException, ApiRefusal, InterruptedException {
    CompletableFuture<HttpResponse<InputStream>> answer =
        client.getHttpClient().sendAsync(request.build(), InputStream.class);
    HttpResponse<InputStream> response;
    try {
      response = answer.get(2 * patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw lost(Objects.requireNonNullElse(e.getCause(), e));
    } catch (java.util.concurrent.TimeoutException e) {
      answer.cancel(true);
      throw lost(e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw e;
    }
    if (away.compareAndSet(true, false)) {
      log.info("the API server is back: url={}", client.getMasterUrl());
    }
    if (response.isSuccessful()) {
      return response.body();
    }
    try (InputStream body = response.body()) {
      throw refusal(response, body.readNBytes(LONGEST_REFUSAL));
    }
  }

  private IOException lost(Throwable cause) {
    if (away.compareAndSet(false, true)) {
      log.warn(
          "the API server cannot be reached, all stays as it is known: url={} cause={}",
          client.getMasterUrl(),
          cause.toString());
    }
    return new IOException("the API server cannot be reached", cause);
  }

  private static ApiRefusal refusal(HttpResponse<InputStream> response, byte[] body) {
    return new ApiRefusal(response.code(), message(body), retryAfter(response));
  }

  /** The words of a {@code Status}, or the text as it is. */
  private static String message(byte[] body) {
    String text = new String(body, java.nio.charset.StandardCharsets.UTF_8).strip();
    try {
      return MAPPER.readTree(text).path("message").asText(text);
    } catch (IOException e) {
      log.debug("a refusal that is no Status", e);
      return text;
    }
  }

  private static Duration retryAfter(HttpResponse<InputStream> response) {
    String header = response.header("Retry-After");
    try {
      return header == null ? Duration.ZERO : Duration.ofSeconds(Long.parseLong(header.strip()));
    } catch (NumberFormatException e) {
      log.debug("Retry-After is no number", e);
      return Duration.ZERO;
    }
  }
}
