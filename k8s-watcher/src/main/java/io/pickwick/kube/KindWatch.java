package io.pickwick.kube;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pickwick.kube.KubeConfig.Timing;
import io.pickwick.kube.KubeStatus.State;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what is known of one kind in one namespace equal to what the API server has. */
final class KindWatch<T> implements AutoCloseable {
  // One thread lists all objects page by page, then watches from the list's resourceVersion on, for
  // ever. A watch that ends, as the API server ends each after some minutes, goes on from the last
  // resourceVersion that was seen. What goes wrong, and what becomes of it:
  //
  //   410                      the resourceVersion is too old: all is listed anew
  //   403, 401; 404            DENIED; MISSING: tried again with growing pauses, for ever
  //   429, 5xx, no connection  STALE once synced: the same; a Retry-After is heeded
  //   no word for long         the connection is taken for dead, and the watch goes on over another
  //   what is no JSON, twice   STALE: all is listed anew
  //
  // None of these takes anything away from what is known. Objects leave in two ways only: by a word
  // of the watch, or by not standing in a list that was read to its end. A list that is empty where
  // there was something is believed when a second one after a pause says so too, because a thousand
  // pods that are served a second too long harm nobody, and none at all harms everybody.
  //
  // An older version of a kind's API is read only where the API server does not have a newer one.

  private static final Logger log = LoggerFactory.getLogger(KindWatch.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * An object may be as deep as an API server takes it: who reads it says how much of it counts.
   */
  private static final JsonFactory JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(100_000).build())
                  .build())
          .getFactory();

  private static final int PAGE = 500;
  private static final int GONE = 410;
  private static final int WATCH_SECONDS = 300;

  private final WatchedKind<T> kind;
  private final String namespace;
  private final String selector;
  private final ApiServer api;
  private final Timing timing;
  private final RetryPace pace;
  private final LongSupplier nanos;
  private final Runnable changed;
  private final Copies<T> copies;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final AtomicLong lists = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private volatile Standing standing = new Standing(State.SYNCING, "", "");
  private volatile boolean tried;
  private volatile boolean synced;
  private volatile @Nullable Long heardAt;
  private volatile @Nullable InputStream open;

  // Only the thread's:
  private String cursor = "";
  private String brokenAt = "";
  private int oldest;
  private int setbacks;
  private boolean watching;

  /**
   * @param selector which objects, as query parameters such as {@code labelSelector=app%3Dvllm};
   *     empty for all
   * @param pace how long to wait after failures
   * @param nanos now
   * @param changed is told, in the watch's own thread, after anything changed
   * @param threads makes the one thread
   */
  KindWatch(
      WatchedKind<T> kind,
      String namespace,
      String selector,
      ApiServer api,
      Timing timing,
      RetryPace pace,
      LongSupplier nanos,
      Runnable changed,
      ThreadFactory threads) {
    this.kind = kind;
    this.namespace = namespace;
    this.selector = selector.isEmpty() ? "" : "&" + selector;
    this.api = api;
    this.timing = timing;
    this.pace = pace;
    this.nanos = nanos;
    this.changed = changed;
    this.copies = new Copies<>(kind.name(), namespace);
    this.oldest = kind.versions().size() - 1;
    this.thread = threads.newThread(this::run);
  }

  /** The query that chooses by labels. */
  static String byLabels(Map<String, String> labels) {
    StringBuilder selector = new StringBuilder();
    new TreeMap<>(labels)
        .forEach((key, value) -> {
          selector.append(selector.isEmpty() ? "" : ",").append(key).append('=').append(value);
        });
    return "labelSelector=" + encoded(selector.toString());
  }

  /** The query that chooses by name. */
  static String byName(String name) {
    return "fieldSelector=" + encoded("metadata.name=" + name);
  }

  void start() {
    thread.start();
  }

  /** Whether all objects were read once. */
  boolean synced() {
    return synced;
  }

  /** Whether it is known what there is, even if that is no such kind. */
  boolean answered() {
    return synced || standing.state == State.MISSING;
  }

  /** Whether reading was tried to some end, be it a good one or not. */
  boolean tried() {
    return tried;
  }

  Copies<T> copies() {
    return copies;
  }

  /** The path of the objects in the version that is read. */
  String path() {
    String version = standing.version;
    return kind.path(version.isEmpty() ? kind.versions().getFirst() : version, namespace);
  }

  KubeStatus.Kind status() {
    Standing now = standing;
    Long heard = heardAt;
    return new KubeStatus.Kind(
        kind.name(),
        kind.group(),
        now.version,
        now.state,
        now.trouble,
        copies.size(),
        Optional.ofNullable(heard).map(at -> Duration.ofNanos(nanos.getAsLong() - at)),
        copies.changes(),
        lists.get(),
        failures.get(),
        copies.mistakes());
  }

  /** Gives up a connection over which nothing was heard for too long. */
  void checkSilence() {
    InputStream stream = open;
    Long heard = heardAt;
    if (stream != null && heard != null && nanos.getAsLong() - heard > timing.silence().toNanos()) {
      log.debug("nothing heard, taking up the watch anew: kind={}", kind.resource());
      shut(stream);
    }
  }

  @Override
  public void close() {
    closing.countDown();
    InputStream stream = open;
    if (stream != null) {
      shut(stream);
    }
    thread.interrupt();
  }

  private void run() {
    while (closing.getCount() > 0) {
      try {
        step();
      } catch (InterruptedException e) {
        log.debug("watch interrupted: kind={}", kind.resource(), e);
        return;
      }
    }
  }

  private void step() throws InterruptedException {
    long began = nanos.getAsLong();
    watching = false;
    Duration pause;
    try {
      if (cursor.isEmpty()) {
        cursor = list();
        began = nanos.getAsLong();
      }
      watch();
      pause = afterWatch(began);
    } catch (ApiRefusal e) {
      pause = e.code() == GONE ? afterGone(began) : afterRefusal(e);
    } catch (IOException e) {
      log.debug("reading failed: kind={}", kind.resource(), e);
      boolean stuck = e instanceof JsonProcessingException && brokeHereBefore();
      pause = watching && !stuck ? afterWatch(began) : afterFailure(e, began);
    } catch (RuntimeException e) {
      if (closing.getCount() == 0) {
        log.debug("closed while reading: kind={}", kind.resource(), e);
        return;
      }
      // Whatever the API server says, the next thing that it says must still be heard.
      log.error("reading failed: kind={}", kind.resource(), e);
      cursor = "";
      pause = afterFailure(e, began);
    }
    noteTried();
    pause(pause);
  }

  private String list() throws IOException, ApiRefusal, InterruptedException {
    Listing<T> listing = fetchKnownVersion();
    if (listing.objects.isEmpty() && copies.size() > 0) {
      log.info("an empty list where there was something, asking again: kind={}", kind.resource());
      pause(pace.pause(1));
      listing = fetchKnownVersion();
    }
    lists.incrementAndGet();
    boolean changes = copies.replace(listing.objects) || !synced;
    synced = true;
    tried = true;
    stand(State.SYNCED, listing.version, "");
    if (changes) {
      changed.run();
    }
    return listing.cursor;
  }

  private Listing<T> fetchKnownVersion() throws IOException, ApiRefusal, InterruptedException {
    for (int i = 0; ; i++) {
      try {
        Listing<T> listing = fetch(kind.versions().get(i));
        oldest = i;
        return listing;
      } catch (ApiRefusal e) {
        if (e.code() != 404 || i >= oldest) {
          throw e;
        }
      }
    }
  }

  private Listing<T> fetch(String version) throws IOException, ApiRefusal, InterruptedException {
    String path = kind.path(version, namespace);
    try {
      Listing<T> listing = new Listing<>(version);
      do {
        String rest = listing.rest.isEmpty() ? "" : "&continue=" + encoded(listing.rest);
        read(path + "?limit=" + PAGE + selector + rest, listing);
      } while (!listing.rest.isEmpty());
      return listing;
    } catch (ApiRefusal e) {
      if (e.code() != GONE) {
        throw e;
      }
      // The pages grew too old while they were read; in one piece they cannot.
      Listing<T> listing = new Listing<>(version);
      read(path + "?limit=0" + selector, listing);
      return listing;
    }
  }

  private void read(String path, Listing<T> listing)
      throws IOException, ApiRefusal, InterruptedException {
    try (InputStream body = opened(path);
        JsonParser parser = JSON.createParser(kind.reader().sifted(body))) {
      need(parser.nextToken(), JsonToken.START_OBJECT);
      listing.rest = "";
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String field = parser.currentName();
        JsonToken value = parser.nextToken();
        if (field.equals("metadata")) {
          JsonNode metadata = MAPPER.readTree(parser);
          listing.rest = metadata.path("continue").asText("");
          listing.cursor = metadata.path("resourceVersion").asText("");
        } else if (field.equals("items") && value == JsonToken.START_ARRAY) {
          while (parser.nextToken() == JsonToken.START_OBJECT) {
            listing.objects.add(kind.reader().read(parser));
            heard();
          }
          need(parser.currentToken(), JsonToken.END_ARRAY);
        } else {
          parser.skipChildren();
        }
      }
      need(parser.currentToken(), JsonToken.END_OBJECT);
      if (listing.cursor.isEmpty()) {
        throw new IOException("a list without resourceVersion came");
      }
    } finally {
      open = null;
    }
  }

  private void watch() throws IOException, ApiRefusal, InterruptedException {
    String version = kind.versions().get(oldest);
    String path =
        kind.path(version, namespace)
            + "?watch=1&allowWatchBookmarks=true&timeoutSeconds="
            + (WATCH_SECONDS + pace.random().nextInt(WATCH_SECONDS))
            + "&resourceVersion="
            + encoded(cursor)
            + selector;
    try (InputStream body = opened(path);
        JsonParser parser = JSON.createParser(kind.reader().sifted(body))) {
      watching = true;
      stand(State.SYNCED, version, "");
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        event(parser);
        heard();
      }
    } finally {
      open = null;
    }
  }

  private void event(JsonParser parser) throws IOException, ApiRefusal {
    String type = "";
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      if (field.equals("type")) {
        type = parser.getText();
      } else if (field.equals("object")) {
        object(type, parser);
      } else {
        parser.skipChildren();
      }
    }
    need(parser.currentToken(), JsonToken.END_OBJECT);
  }

  private void object(String type, JsonParser parser) throws IOException, ApiRefusal {
    boolean changes = false;
    switch (type) {
      case "ADDED", "MODIFIED" -> {
        Seen<T> seen = kind.reader().read(parser);
        changes = copies.put(seen);
        cursor = seen.version();
      }
      case "DELETED" -> {
        Seen<T> seen = kind.reader().read(parser);
        changes = copies.remove(seen.name());
        cursor = seen.version();
      }
      case "BOOKMARK" -> {
        JsonNode bookmark = MAPPER.readTree(parser);
        cursor = bookmark.path("metadata").path("resourceVersion").asText(cursor);
      }
      case "ERROR" -> {
        JsonNode status = MAPPER.readTree(parser);
        throw new ApiRefusal(
            status.path("code").asInt(500), status.path("message").asText(), Duration.ZERO);
      }
      default -> throw new IOException("an event of no known type came: \"" + type + "\"");
    }
    if (changes) {
      changed.run();
    }
  }

  private InputStream opened(String path) throws IOException, ApiRefusal, InterruptedException {
    InputStream body = api.open(path);
    heard();
    open = body;
    if (closing.getCount() == 0) {
      body.close();
      throw new InterruptedException("closed");
    }
    return body;
  }

  /** A watch that lived for a while and ended is nothing bad; one that ends at once is. */
  private Duration afterWatch(long began) {
    return livedLong(began) ? Duration.ZERO : pace.pause(setbacks);
  }

  private Duration afterGone(long began) {
    log.debug("too far behind, listing anew: kind={}", kind.resource());
    cursor = "";
    return livedLong(began) || setbacks == 1 ? Duration.ZERO : pace.pause(setbacks - 1);
  }

  /** Whether the last watch came no further either; going on from there leads nowhere. */
  private boolean brokeHereBefore() {
    boolean again = cursor.equals(brokenAt);
    brokenAt = again ? "" : cursor;
    if (again) {
      cursor = "";
    }
    return again;
  }

  private Duration afterFailure(Exception cause, long began) {
    failures.incrementAndGet();
    livedLong(began);
    String trouble = words(cause);
    // An API server that can't be reached is told once, for all kinds.
    if (cause instanceof JsonProcessingException && !standing.trouble.equals(trouble)) {
      log.warn("what the API server tells of {} can't be read: {}", kind.resource(), trouble);
    }
    stand(synced ? State.STALE : State.SYNCING, "", trouble);
    return pace.pause(setbacks);
  }

  private Duration afterRefusal(ApiRefusal refusal) {
    failures.incrementAndGet();
    setbacks++;
    State state =
        switch (refusal.code()) {
          case 401, 403 -> State.DENIED;
          case 404 -> State.MISSING;
          default -> synced ? State.STALE : State.SYNCING;
        };
    if (state == State.DENIED || state == State.MISSING) {
      // What may have happened until we may read again is in no watch.
      cursor = "";
    }
    String trouble = Mend.of(kind, namespace, refusal);
    Standing before = standing;
    stand(state, "", trouble);
    if (before.state != state || !before.trouble.equals(trouble)) {
      if (state == State.MISSING && !kind.needed()) {
        log.info("{}", trouble);
      } else {
        log.warn("{}; all else goes on", trouble);
      }
    }
    Duration pause = pace.pause(setbacks);
    Duration asked = refusal.retryAfter();
    Duration most = pace.longest();
    return asked.compareTo(pause) <= 0 ? pause : asked.compareTo(most) > 0 ? most : asked;
  }

  /** Counts a setback, unless it comes after a time long enough to begin counting anew. */
  private boolean livedLong(long began) {
    boolean lived = watching && nanos.getAsLong() - began >= timing.firstPause().toNanos();
    setbacks = lived ? 0 : setbacks + 1;
    return lived;
  }

  private void stand(State state, String version, String trouble) {
    Standing before = standing;
    standing = new Standing(state, version.isEmpty() ? before.version : version, trouble);
    if (state == State.SYNCED && before.state != State.SYNCED) {
      log.info("in sync: kind={} version={} objects={}", kind.resource(), version, copies.size());
    }
  }

  private void noteTried() {
    if (!tried) {
      tried = true;
      changed.run();
    }
  }

  private void heard() {
    heardAt = nanos.getAsLong();
  }

  private void pause(Duration pause) throws InterruptedException {
    if (closing.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new InterruptedException("closed");
    }
  }

  private static String words(Exception e) {
    if (e instanceof JsonProcessingException wrong) {
      return wrong.getOriginalMessage();
    }
    return e.getMessage() + (e.getCause() == null ? "" : ": " + e.getCause());
  }

  private static void need(@Nullable JsonToken token, JsonToken wanted) throws IOException {
    if (token != wanted) {
      throw new IOException("the answer breaks off: " + token + " in the place of " + wanted);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static void shut(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      log.debug("closing failed", e);
    }
  }

  private record Standing(State state, String version, String trouble) {}

  /** What was read of a list so far. */
  private static final class Listing<T> {
    final String version;
    final List<Seen<T>> objects = new ArrayList<>();
    String cursor = "";
    String rest = "";

    Listing(String version) {
      this.version = version;
    }
  }
}
