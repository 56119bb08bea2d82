package io.pickwick.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the API server who the bearer of a token is (TokenReview), and whether the cluster's RBAC
 * lets them read a page of ours (SubjectAccessReview of a {@code nonResourceURL}), as
 * controller-runtime's filter of metrics does.
 *
 * <p>Blocks its caller while it asks. Our own account needs what the ClusterRole {@code
 * system:auth-delegator} grants.
 */
public final class AccessReview {
  // Answers are kept for a while, by a hash of the token: who scrapes every ten seconds is asked
  // about once a minute. Good and bad ones are kept apart, so that many bad tokens drive out no
  // good one; and only a few questions are under way at a time, so that they do not drown the API
  // server either.

  private static final Logger log = LoggerFactory.getLogger(AccessReview.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String TOKENS = "apis/authentication.k8s.io/v1/tokenreviews";
  private static final String SUBJECTS = "apis/authorization.k8s.io/v1/subjectaccessreviews";
  private static final String MEND =
      "; to let us ask: kubectl create clusterrolebinding pickwick-auth"
          + " --clusterrole=system:auth-delegator --serviceaccount=NAMESPACE:NAME";
  private static final Duration GOOD = Duration.ofMinutes(1);
  private static final Duration BAD = Duration.ofSeconds(10);
  private static final int MOST_KEPT = 256;
  private static final int LONGEST_TOKEN = 1 << 14;
  private static final int MOST_ASKED = 4;
  private static final Duration QUEUE = Duration.ofSeconds(5);

  private final ApiServer api;
  private final LongSupplier nanos;
  private final Semaphore asking = new Semaphore(MOST_ASKED);
  private final AtomicBoolean troubled = new AtomicBoolean();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Kept> good = new Recent();
  private final Map<String, Kept> bad = new Recent();

  /** What became of a question. */
  public enum Access {
    /** They may. */
    ALLOWED,
    /** Nobody knows this token. */
    UNKNOWN,
    /** The token is good, but its bearer may not. */
    DENIED,
    /** The API server did not say. */
    UNANSWERED
  }

  AccessReview(ApiServer api, LongSupplier nanos) {
    this.api = api;
    this.nanos = nanos;
  }

  /**
   * Whether the bearer of a token may.
   *
   * @param verb the HTTP method in lower case
   * @param path the page's path
   */
  public Access ask(String token, String verb, String path) {
    if (token.isEmpty() || token.length() > LONGEST_TOKEN) {
      return Access.UNKNOWN;
    }
    String key = verb + ' ' + path + ' ' + hash(token);
    Optional<Access> kept = kept(key);
    if (kept.isPresent()) {
      return kept.get();
    }
    try {
      if (!asking.tryAcquire(QUEUE.toMillis(), TimeUnit.MILLISECONDS)) {
        return Access.UNANSWERED;
      }
      try {
        Access access = review(token, verb, path);
        keep(key, access);
        if (troubled.compareAndSet(true, false)) {
          log.info("the API server says again who may read our pages");
        }
        return access;
      } finally {
        asking.release();
      }
    } catch (ApiRefusal e) {
      tell(e.code() == 403 ? e.words() + MEND : e.words(), e);
    } catch (IOException e) {
      tell(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      log.debug("interrupted while asking", e);
      Thread.currentThread().interrupt();
    }
    return Access.UNANSWERED;
  }

  private Access review(String token, String verb, String path)
      throws IOException, ApiRefusal, InterruptedException {
    ObjectNode question = question("authentication.k8s.io/v1", "TokenReview");
    question.putObject("spec").put("token", token);
    JsonNode identified = api.post(TOKENS, question).path("status");
    if (!identified.path("authenticated").asBoolean()) {
      return Access.UNKNOWN;
    }
    JsonNode user = identified.path("user");
    ObjectNode access = question("authorization.k8s.io/v1", "SubjectAccessReview");
    ObjectNode spec = access.putObject("spec");
    spec.put("user", user.path("username").asText());
    for (String fact : new String[] {"uid", "groups", "extra"}) {
      if (user.has(fact)) {
        spec.set(fact, user.get(fact));
      }
    }
    spec.putObject("nonResourceAttributes").put("path", path).put("verb", verb);
    JsonNode said = api.post(SUBJECTS, access).path("status");
    if (said.path("allowed").asBoolean()) {
      return Access.ALLOWED;
    }
    log.info("denied: user={} verb={} path={}", user.path("username").asText(), verb, path);
    return Access.DENIED;
  }

  private void tell(String trouble, Exception e) {
    log.debug("no answer about access", e);
    if (troubled.compareAndSet(false, true)) {
      log.warn("the API server does not say who may read our pages, so nobody may: {}", trouble);
    }
  }

  private Optional<Access> kept(String key) {
    lock.lock();
    try {
      for (Map<String, Kept> side : List.of(good, bad)) {
        Kept kept = side.get(key);
        if (kept != null) {
          if (nanos.getAsLong() - kept.until < 0) {
            return Optional.of(kept.access);
          }
          side.remove(key);
        }
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  private void keep(String key, Access access) {
    lock.lock();
    try {
      boolean allowed = access == Access.ALLOWED;
      long until = nanos.getAsLong() + (allowed ? GOOD : BAD).toNanos();
      (allowed ? good : bad).put(key, new Kept(access, until));
    } finally {
      lock.unlock();
    }
  }

  private static ObjectNode question(String apiVersion, String kind) {
    return MAPPER.createObjectNode().put("apiVersion", apiVersion).put("kind", kind);
  }

  private static String hash(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }

  private record Kept(Access access, long until) {}

  /** The answers that were used last. */
  private static final class Recent extends LinkedHashMap<String, Kept> {
    private static final long serialVersionUID = 1L;

    Recent() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Kept> eldest) {
      return size() > MOST_KEPT;
    }
  }
}
