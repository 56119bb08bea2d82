package io.pickwick.kube;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.pickwick.kube.AccessReview.Access;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class AccessReviewTest {
  private static final String TOKENS = "apis/authentication.k8s.io/v1/tokenreviews";
  private static final String SUBJECTS = "apis/authorization.k8s.io/v1/subjectaccessreviews";

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 10);
  private final List<JsonNode> subjects = new CopyOnWriteArrayList<>();
  private FakeKube kube;
  private KubernetesClient client;
  private AccessReview review;

  @BeforeEach
  void setUp() throws IOException {
    kube = new FakeKube();
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(Config.empty())
                    .withMasterUrl(kube.url())
                    .withHttp2Disable(true)
                    .withRequestRetryBackoffLimit(0)
                    .build())
            .build();
    review = new AccessReview(new ApiServer(client, Duration.ofSeconds(20)), now::get);
    kube.answer(TOKENS, AccessReviewTest::identify);
    kube.answer(
        SUBJECTS,
        asked -> {
          subjects.add(asked);
          boolean allowed = asked.at("/spec/user").asText().equals("prometheus");
          return ((ObjectNode) asked).set("status", status("allowed", allowed));
        });
  }

  @AfterEach
  void tearDown() {
    client.close();
    kube.close();
  }

  /** Knows the tokens {@code of-NAME}. */
  private static JsonNode identify(JsonNode asked) {
    assertThat(asked.path("kind").asText()).isEqualTo("TokenReview");
    String token = asked.at("/spec/token").asText();
    ObjectNode status = status("authenticated", token.startsWith("of-"));
    if (token.startsWith("of-")) {
      ObjectNode user = status.putObject("user");
      user.put("username", token.substring(3)).put("uid", "u1");
      user.putArray("groups").add("system:authenticated");
      user.putObject("extra").putArray("pod").add("p");
    }
    return ((ObjectNode) asked).set("status", status);
  }

  private static ObjectNode status(String fact, boolean value) {
    return FakeKube.MAPPER.createObjectNode().put(fact, value);
  }

  @Test
  void whoMayIsAllowedAndTheReviewIsOfWhomTheTokenIs() {
    assertThat(review.ask("of-prometheus", "get", "/metrics")).isEqualTo(Access.ALLOWED);
    JsonNode asked = subjects.getFirst();
    assertThat(asked.path("kind").asText()).isEqualTo("SubjectAccessReview");
    assertThat(asked.at("/spec/uid").asText()).isEqualTo("u1");
    assertThat(asked.at("/spec/groups/0").asText()).isEqualTo("system:authenticated");
    assertThat(asked.at("/spec/extra/pod/0").asText()).isEqualTo("p");
    assertThat(asked.at("/spec/nonResourceAttributes/path").asText()).isEqualTo("/metrics");
    assertThat(asked.at("/spec/nonResourceAttributes/verb").asText()).isEqualTo("get");
  }

  @Test
  void whoMayNotIsDeniedAndAnUnknownTokenIsNotAskedAboutFurther() {
    assertThat(review.ask("of-somebody", "get", "/metrics")).isEqualTo(Access.DENIED);
    assertThat(review.ask("stolen", "get", "/metrics")).isEqualTo(Access.UNKNOWN);
    assertThat(subjects).hasSize(1);
  }

  @Test
  void withoutATokenOrWithAnEndlessOneNobodyIsAsked() {
    assertThat(review.ask("", "get", "/metrics")).isEqualTo(Access.UNKNOWN);
    assertThat(review.ask("of-prometheus".repeat(10_000), "get", "/metrics"))
        .isEqualTo(Access.UNKNOWN);
    assertThat(kube.requests()).isEmpty();
  }

  @Test
  void answersAreKeptForAWhile() {
    review.ask("of-prometheus", "get", "/metrics");
    review.ask("of-somebody", "get", "/metrics");
    now.addAndGet(Duration.ofSeconds(9).toNanos());
    review.ask("of-prometheus", "get", "/metrics");
    review.ask("of-somebody", "get", "/metrics");
    assertThat(subjects).hasSize(2);
    now.addAndGet(Duration.ofSeconds(2).toNanos());
    review.ask("of-somebody", "get", "/metrics");
    assertThat(subjects).hasSize(3);
    now.addAndGet(Duration.ofSeconds(48).toNanos());
    review.ask("of-prometheus", "get", "/metrics");
    assertThat(subjects).hasSize(3);
    now.addAndGet(Duration.ofSeconds(2).toNanos());
    review.ask("of-prometheus", "get", "/metrics");
    assertThat(subjects).hasSize(4);
  }

  @Test
  void anAnswerIsForItsPathAndVerbAlone() {
    review.ask("of-prometheus", "get", "/metrics");
    review.ask("of-prometheus", "get", "/debug/pool");
    review.ask("of-prometheus", "head", "/metrics");
    assertThat(subjects).hasSize(3);
  }

  @Test
  void manyBadTokensDriveOutNoGoodOne() {
    review.ask("of-prometheus", "get", "/metrics");
    for (int i = 0; i < 600; i++) {
      assertThat(review.ask("bad-" + i, "get", "/metrics")).isEqualTo(Access.UNKNOWN);
    }
    int asked = kube.requests().size();
    review.ask("of-prometheus", "get", "/metrics");
    review.ask("bad-599", "get", "/metrics");
    assertThat(kube.requests()).hasSize(asked);
    review.ask("bad-0", "get", "/metrics");
    assertThat(kube.requests()).hasSize(asked + 1);
  }

  @Test
  void whileTheApiServerDoesNotSayNobodyMayAndThatIsNotKept() throws IOException {
    kube.refuse("subjectaccessreviews", 403);
    assertThat(review.ask("of-prometheus", "get", "/metrics")).isEqualTo(Access.UNANSWERED);
    kube.allow("subjectaccessreviews");
    assertThat(review.ask("of-prometheus", "get", "/metrics")).isEqualTo(Access.ALLOWED);
    kube.stop();
    assertThat(review.ask("of-somebody", "get", "/metrics")).isEqualTo(Access.UNANSWERED);
    assertThat(review.ask("of-prometheus", "get", "/metrics")).isEqualTo(Access.ALLOWED);
    kube.startAgain();
    assertThat(review.ask("of-somebody", "get", "/metrics")).isEqualTo(Access.DENIED);
  }
}
