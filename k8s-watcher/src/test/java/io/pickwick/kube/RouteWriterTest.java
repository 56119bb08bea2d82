package io.pickwick.kube;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pickwick.resource.PoolAnnotations;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The route that a pool's annotation asks for, through the whole source. */
final class RouteWriterTest {
  private static final String POOLS =
      "apis/inference.networking.k8s.io/v1/namespaces/llm/inferencepools";
  private static final String ROUTES =
      "apis/gateway.networking.k8s.io/v1/namespaces/llm/httproutes";
  private static final String NAME = "pool-attached";

  private FakeKube kube;
  private Watching watching;

  @BeforeEach
  void setUp() throws IOException {
    kube = new FakeKube();
    watching = new Watching(kube, config());
  }

  @AfterEach
  void tearDown() {
    watching.close();
    kube.close();
  }

  @Test
  void theRouteIsMadeChangedAndTakenAwayAsTheAnnotationIs() {
    kube.serve(ROUTES);
    kube.put(POOLS, attached("name: inference-gateway\\nport: 8081\\n"));
    watching.start();
    watching.until(() -> parent().equals("inference-gateway:8081"));
    JsonNode route = route();
    assertThat(route.at("/spec/rules/0/backendRefs/0").toString())
        .isEqualTo(
            "{\"group\":\"inference.networking.k8s.io\",\"kind\":\"InferencePool\",\"name\":\"pool\"}");
    assertThat(route.at("/spec/rules/0/timeouts/request").asText()).isEqualTo("0s");
    assertThat(route.at("/metadata/ownerReferences/0/uid"))
        .isEqualTo(kube.object(POOLS, "pool").at("/metadata/uid"));
    kube.put(POOLS, attached("{name: other, port: 80}"));
    watching.until(() -> parent().equals("other:80"));
    assertThat(route().at("/metadata/ownerReferences")).hasSize(1);
    kube.put(POOLS, KubeSourceTest.pool("vllm"));
    watching.until(() -> route().isMissingNode());
  }

  @Test
  void anotherChangeOfThePoolLeavesTheRouteAsItIs() {
    kube.serve(ROUTES);
    kube.put(POOLS, attached("{name: gw, port: 80}"));
    watching.start();
    watching.until(() -> parent().equals("gw:80"));
    kube.put(POOLS, attached("{name: gw, port: 80}").replace("8000", "8001"));
    watching.until(() -> requests("GET") == 2);
    kube.put(POOLS, attached("{name: gw, port: 81}"));
    watching.until(() -> parent().equals("gw:81"));
    assertThat(requests("PATCH")).isEqualTo(1);
  }

  @Test
  void aRouteOfThatNameThatSomebodyElseMadeIsLeftAlone() {
    kube.serve(ROUTES);
    kube.put(ROUTES, "{\"metadata\": {\"name\": \"pool-attached\"}, \"spec\": {\"theirs\": true}}");
    kube.put(POOLS, attached("{name: gw, port: 80}"));
    watching.start();
    watching.until(() -> requests("GET") >= 2);
    long before = requests("GET");
    kube.put(POOLS, KubeSourceTest.pool("vllm"));
    watching.until(() -> requests("GET") > before);
    assertThat(route().at("/spec/theirs").asBoolean()).isTrue();
    assertThat(requests("PATCH") + requests("DELETE") + requests("POST")).isZero();
  }

  @Test
  void aRightThatIsGrantedLaterIsUsed() {
    kube.serve(ROUTES);
    kube.refuse("httproutes", 403);
    kube.put(POOLS, attached("{name: gw, port: 80}"));
    watching.start();
    watching.until(() -> requests("GET") >= 1);
    kube.allow("httproutes");
    watching.until(() -> parent().equals("gw:80"));
  }

  @Test
  void aRouteThatWasOursGoesAlsoWhenTheAnnotationWentWhileWeWereAway() {
    kube.serve(ROUTES);
    kube.put(
        ROUTES,
        "{\"metadata\": {\"name\": \"pool-attached\","
            + " \"labels\": {\"app.kubernetes.io/managed-by\": \"pickwick\"}}}");
    kube.put(POOLS, KubeSourceTest.pool("vllm"));
    watching.start();
    watching.until(() -> route().isMissingNode());
  }

  private long requests(String method) {
    return kube.requests().stream()
        .filter(request -> request.startsWith(method + " ") && request.contains("httproutes"))
        .count();
  }

  private String parent() {
    JsonNode parent = route().at("/spec/parentRefs/0");
    return parent.path("name").asText() + ":" + parent.path("port").asText();
  }

  private JsonNode route() {
    return kube.object(ROUTES, NAME);
  }

  private static String attached(String to) {
    return KubeSourceTest.pool("vllm")
        .replace(
            "{\"name\": \"pool\"}",
            "{\"name\": \"pool\", \"annotations\": {\"%s\": \"%s\"}}"
                .formatted(PoolAnnotations.ATTACH_TO, to));
  }

  private static KubeConfig config() {
    return new KubeConfig(
        Optional.of("llm"),
        "pool",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        true,
        Optional.empty(),
        Watching.QUICK);
  }
}
