package io.pickwick.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.resource.InferencePool;
import io.pickwick.resource.PoolAnnotations.Listener;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;

/**
 * Keeps the HTTPRoute that leads a listener of a gateway to the pool, as the pool's annotation
 * {@code attach-to} asks; takes it away when the annotation does.
 *
 * <p>The route belongs to the pool, so that the cluster deletes it with the pool. It is changed
 * only when the annotation changes: what somebody adds to it stays until then. A route of its name
 * that somebody else made is left alone.
 */
final class RouteWriter implements AutoCloseable {
  private static final String VERSION = "gateway.networking.k8s.io/v1";
  private static final String MANAGER = "app.kubernetes.io/managed-by";
  private static final String US = "pickwick";
  private static final String ATTACHED = "pickwick.io/attached";
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ApiServer api;
  private final String routes;
  private final ApiWriter<InferencePool> writer;

  /**
   * @param leads whether it is ours to write
   * @param pace how long to wait after failures
   */
  RouteWriter(
      ApiServer api,
      String namespace,
      BooleanSupplier leads,
      RetryPace pace,
      ThreadFactory threads) {
    this.api = api;
    this.routes = "apis/" + VERSION + "/namespaces/" + namespace + "/httproutes";
    this.writer =
        new ApiWriter<>(
            "the HTTPRoute of attach-to",
            "it needs the Gateway API's CRDs, and get, create, patch and delete on httproutes",
            this::bring,
            leads,
            pace,
            threads);
  }

  void start() {
    writer.start();
  }

  /** Wants the route that this pool asks for, or none. */
  void want(InferencePool pool) {
    writer.want(pool);
  }

  /** Looks again, after we became the leader. */
  void wake() {
    writer.wake();
  }

  @Override
  public void close() {
    writer.close();
  }

  private void bring(InferencePool pool) throws IOException, ApiRefusal, InterruptedException {
    String name = pool.meta().name() + "-attached";
    Optional<JsonNode> there = there(name);
    Optional<ObjectNode> wanted =
        pool.annotations().attachTo().map(listener -> route(name, pool, listener));
    if (there.isEmpty()) {
      if (wanted.isPresent()) {
        JsonNode _ = api.post(routes, wanted.get());
      }
    } else if (there.get().at("/metadata/labels").path(MANAGER).asText().equals(US)) {
      String path = routes + "/" + name;
      if (wanted.isEmpty()) {
        api.delete(path);
      } else if (!attached(wanted.get()).equals(attached(there.get()))) {
        api.patch(path, wanted.get());
      }
    } else if (wanted.isPresent()) {
      throw new ApiRefusal(
          422,
          "the HTTPRoute " + name + " is not ours; delete or rename it, or remove the annotation",
          Duration.ZERO);
    }
  }

  private Optional<JsonNode> there(String name)
      throws IOException, ApiRefusal, InterruptedException {
    try {
      return Optional.of(api.get(routes + "/" + name));
    } catch (ApiRefusal e) {
      // Without the Gateway API it is 404 as well, and then creating one tells.
      if (e.code() == 404) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static ObjectNode route(String name, InferencePool pool, Listener listener) {
    ObjectNode route = JSON.objectNode().put("apiVersion", VERSION).put("kind", "HTTPRoute");
    ObjectNode metadata = route.putObject("metadata").put("name", name);
    metadata.putObject("labels").put(MANAGER, US);
    metadata
        .putObject("annotations")
        .put(ATTACHED, pool.meta().uid() + " " + listener.name() + ":" + listener.port());
    metadata
        .putArray("ownerReferences")
        .addObject()
        .put("apiVersion", pool.meta().apiVersion())
        .put("kind", InferencePool.KIND)
        .put("name", pool.meta().name())
        .put("uid", pool.meta().uid());
    ObjectNode spec = route.putObject("spec");
    spec.putArray("parentRefs")
        .addObject()
        .put("name", listener.name())
        .put("port", listener.port());
    ObjectNode rule = spec.putArray("rules").addObject();
    rule.putArray("backendRefs")
        .addObject()
        .put("group", pool.meta().group())
        .put("kind", InferencePool.KIND)
        .put("name", pool.meta().name());
    // None: a long answer takes minutes.
    rule.putObject("timeouts").put("request", "0s");
    return route;
  }

  private static String attached(JsonNode route) {
    return route.at("/metadata/annotations").path(ATTACHED).asText();
  }
}
