package io.pickwick.kube;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pickwick.resource.Meta;
import io.pickwick.resource.PodFacts;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads pods, of which most is passed over unread. */
final class PodReader implements ObjectReader<PodFacts> {
  private static final com.fasterxml.jackson.databind.ObjectReader PODS =
      JsonMapper.builder().build().readerFor(Pod.class);

  /** Annotations of other groups come and go and say nothing about endpoints. */
  private static final List<String> GROUPS = List.of("llm-d.ai/", "inference.networking.");

  private final String namespace;

  PodReader(String namespace) {
    this.namespace = namespace;
  }

  @Override
  public Seen<PodFacts> read(JsonParser parser) throws IOException {
    Pod pod = PODS.readValue(parser);
    Metadata metadata = pod.metadata;
    if (metadata == null || metadata.name == null) {
      throw new IOException("a pod without a name came");
    }
    String uid = orEmpty(metadata.uid);
    // A pod's generation and creation time are those of its meta; its spec is not for us.
    PodFacts facts =
        new PodFacts(
            new Meta(
                "v1",
                "Pod",
                namespace,
                metadata.name,
                uid,
                0,
                metadata.creationTimestamp == null
                    ? Instant.EPOCH
                    : Instant.parse(metadata.creationTimestamp),
                known(metadata.labels),
                annotations(known(metadata.annotations))),
            addresses(pod.status),
            isReady(pod.status),
            metadata.deletionTimestamp != null);
    return new Seen<>(metadata.name, uid, 0, orEmpty(metadata.resourceVersion), facts, () -> facts);
  }

  private static List<String> addresses(@Nullable Status status) {
    if (status == null) {
      return List.of();
    }
    List<String> addresses = new ArrayList<>();
    for (Address address : Objects.requireNonNullElse(status.podIPs, List.<Address>of())) {
      if (address.ip != null) {
        addresses.add(address.ip);
      }
    }
    if (addresses.isEmpty() && status.podIP != null) {
      addresses.add(status.podIP);
    }
    return addresses;
  }

  private static boolean isReady(@Nullable Status status) {
    if (status == null || status.conditions == null) {
      return false;
    }
    for (Condition condition : status.conditions) {
      if ("Ready".equals(condition.type)) {
        return "True".equals(condition.status);
      }
    }
    return false;
  }

  private static Map<String, String> annotations(Map<String, String> all) {
    Map<String, String> ours = new HashMap<>();
    all.forEach((key, value) -> {
      if (GROUPS.stream().anyMatch(key::startsWith)) {
        ours.put(key, value);
      }
    });
    return ours;
  }

  private static Map<String, String> known(@Nullable Map<String, @Nullable String> texts) {
    if (texts == null) {
      return Map.of();
    }
    Map<String, String> known = HashMap.newHashMap(texts.size());
    texts.forEach((key, value) -> known.put(key, orEmpty(value)));
    return known;
  }

  private static String orEmpty(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Pod(@Nullable Metadata metadata, @Nullable Status status) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Metadata(
      @Nullable String name,
      @Nullable String uid,
      @Nullable String resourceVersion,
      @Nullable String creationTimestamp,
      @Nullable String deletionTimestamp,
      @Nullable Map<String, @Nullable String> labels,
      @Nullable Map<String, @Nullable String> annotations) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Status(
      @Nullable String podIP,
      @Nullable List<Address> podIPs,
      @Nullable List<Condition> conditions) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Address(@Nullable String ip) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Condition(@Nullable String type, @Nullable String status) {}
}
