package io.pickwick.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.ByteArrayOutputStream;
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
 * <p>Blocks its caller, which an interrupt ends. Whatever is asked for as a whole comes within a
 * time or not at all; what is opened is for its reader to give up.
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
    return MAPPER.readTree(sendWhole(request(path)));
  }

  /** Creates something, and gives back what became of it. */
  JsonNode post(String path, JsonNode object) throws IOException, ApiRefusal, InterruptedException {
    return MAPPER.readTree(sendWhole(request(path).post("application/json", object.toString())));
  }

  /** Changes an object by a JSON merge patch. */
  void patch(String path, JsonNode patch) throws IOException, ApiRefusal, InterruptedException {
    byte[] _ = sendWhole(request(path).patch("application/merge-patch+json", patch.toString()));
  }

  /** Deletes an object; one that is gone already is no mistake. */
  void delete(String path) throws IOException, ApiRefusal, InterruptedException {
    try {
      byte[] _ = sendWhole(request(path).delete("application/json", "{}"));
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
    HttpResponse<InputStream> response = sent(request, InputStream.class);
    if (response.isSuccessful()) {
      return response.body();
    }
    throw refusal(response, beginning(response.body()));
  }

  /** As {@link #send}, but an answer that stops in its midst is given up as well. */
  private byte[] sendWhole(HttpRequest.Builder request)
      throws IOException, ApiRefusal, InterruptedException {
    HttpResponse<byte[]> response = sent(request, byte[].class);
    if (response.isSuccessful()) {
      return response.body();
    }
    throw refusal(response, response.body());
  }

  private <B> HttpResponse<B> sent(HttpRequest.Builder request, Class<B> body)
      throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<B>> answer =
        client.getHttpClient().sendAsync(request.build(), body);
    HttpResponse<B> response;
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
    return response;
  }

  /** What came of a refusal's words until it ended, or our patience did. */
  private byte[] beginning(InputStream body) {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    Thread guard =
        Thread.ofVirtual()
            .start(() -> {
              try {
                Thread.sleep(patience);
                body.close();
              } catch (IOException | InterruptedException e) {
                log.debug("a refusal was read", e);
              }
            });
    try (body) {
      byte[] piece = new byte[4096];
      for (int read = body.read(piece);
          read > 0 && words.size() < LONGEST_REFUSAL;
          read = body.read(piece)) {
        words.write(piece, 0, read);
      }
    } catch (IOException e) {
      log.debug("a refusal broke off", e);
    } finally {
      guard.interrupt();
    }
    return words.toByteArray();
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

  private static ApiRefusal refusal(HttpResponse<?> response, byte[] body) {
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

  private static Duration retryAfter(HttpResponse<?> response) {
    String header = response.header("Retry-After");
    try {
      return header == null ? Duration.ZERO : Duration.ofSeconds(Long.parseLong(header.strip()));
    } catch (NumberFormatException e) {
      log.debug("Retry-After is no number", e);
      return Duration.ZERO;
    }
  }
}
