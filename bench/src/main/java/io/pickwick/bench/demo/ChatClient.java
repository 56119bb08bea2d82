package io.pickwick.bench.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends chat completions that stream, and notes what a user of them would see. */
final class ChatClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern HOLDS = Pattern.compile("\\bholds (\\d+) of ");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final URI uri;

  ChatClient(URI uri) {
    this.uri = uri;
  }

  /**
   * One answered request.
   *
   * @param status the HTTP status, zero when there was no whole response
   * @param pod the pod that says it served it, {@code -} when none says so
   * @param promptTokens the prompt's tokens as the pod counted them
   * @param cachedTokens how many of them the pod had in its cache
   * @param ttft from sending the request to the first generated text
   * @param why the picker's reason
   * @param error what went wrong, empty when nothing did
   */
  record Reply(
      int status,
      String pod,
      int promptTokens,
      int cachedTokens,
      Duration ttft,
      String why,
      String error) {
    boolean good() {
      return error.isEmpty();
    }

    /** How many cached tokens the picker expected on the pod, by its reason. */
    int predictedTokens() {
      Matcher matcher = HOLDS.matcher(why);
      return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }
  }

  /** Sends one request and reads its stream to the end; every failure is in the reply. */
  Reply send(String body) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("content-type", "application/json")
            .timeout(PATIENCE)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    long start = System.nanoTime();
    try {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      String pod = response.headers().firstValue("x-pod").orElse("-");
      String why = response.headers().firstValue("x-pickwick-decision").orElse("-");
      try (InputStream in = response.body()) {
        if (response.statusCode() != 200) {
          String text = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
          return failed(response.statusCode(), "HTTP " + response.statusCode() + ": " + text);
        }
        return read(in, start, pod, why);
      }
    } catch (IOException e) {
      return failed(0, e.getClass().getSimpleName() + ": " + e.getMessage());
    }
  }

  private static Reply read(InputStream in, long start, String pod, String why) throws IOException {
    Duration ttft = Duration.ZERO;
    int promptTokens = 0;
    int cachedTokens = 0;
    boolean done = false;
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals("data: [DONE]")) {
        done = true;
      } else if (line.startsWith("data: ")) {
        JsonNode event = JSON.readTree(line.substring("data: ".length()));
        if (ttft.isZero() && !event.at("/choices/0/delta/content").asText("").isEmpty()) {
          ttft = Duration.ofNanos(System.nanoTime() - start);
        }
        JsonNode usage = event.path("usage");
        promptTokens = usage.path("prompt_tokens").asInt(promptTokens);
        cachedTokens = usage.at("/prompt_tokens_details/cached_tokens").asInt(cachedTokens);
      }
    }
    return new Reply(
        200, pod, promptTokens, cachedTokens, ttft, why, done ? "" : "the stream broke off");
  }

  private static Reply failed(int status, String error) {
    return new Reply(status, "-", 0, 0, Duration.ZERO, "-", error);
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
