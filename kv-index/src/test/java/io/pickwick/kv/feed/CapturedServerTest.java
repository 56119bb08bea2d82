package io.pickwick.kv.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pickwick.kv.event.AdapterTag;
import io.pickwick.kv.event.BatchDecoder;
import io.pickwick.kv.event.Captured;
import io.pickwick.kv.event.EngineKeys;
import io.pickwick.kv.hash.ExtraForm;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashAlgorithm;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.hash.TokenChain;
import io.pickwick.kv.index.BlockIndex;
import io.pickwick.kv.index.KvIndex;
import io.pickwick.kv.index.MediumWeights;
import io.pickwick.kv.index.NaiveIndex;
import io.pickwick.kv.index.PrefixMatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * What running servers published, put into the index, foretells for every captured request the
 * cached tokens that the server itself reported for it.
 */
class CapturedServerTest {
  static final List<String> FOLDERS = Captured.FOLDERS;

  private static final long SEPARATOR = PromptKeys.separator("tiny", "");

  /**
   * Requests that nobody can foretell from the events before them, by the end of folder and step,
   * and why.
   */
  private static final Map<String, String> EXCLUDED =
      Map.of(
          "full/logprobs-repeat", "a request for prompt_logprobs reads nothing from the cache",
          "full/n2", "the second sample of the prompt hits what the first has just stored",
          "/after-reset", "that the cache was emptied comes in the request's own batch",
          "evict/preempt", "six requests at once, of which the prompts were not kept",
          "full/concurrent-same", "four requests at once: see fourAtOnce",
          "full/reset", "no request of a model");

  /** One publisher per rank, each in a slot of its own, so that each can be asked for. */
  private static final class Server {
    private final BlockIndex index;
    private final HashScheme scheme;
    private final List<Captured.Frame> frames;
    private final Map<Integer, EventApplier> ranks = new HashMap<>();
    private final BatchDecoder decoder = new BatchDecoder();
    private int applied;

    Server(BlockIndex index, String folder) {
      this.index = index;
      this.scheme = scheme(folder);
      this.frames = Captured.frames(folder);
    }

    private static HashScheme scheme(String folder) {
      HashAlgorithm algorithm =
          folder.contains("sha256-default")
              ? HashAlgorithm.SHA256
              : folder.contains("xxhash_cbor")
                  ? HashAlgorithm.XXHASH_CBOR
                  : HashAlgorithm.SHA256_CBOR;
      Optional<String> seed = folder.contains("noseed") ? Optional.empty() : Optional.of("0");
      return folder.startsWith("vllm-0.22.1/")
          ? new HashScheme(algorithm, seed, 16, ExtraForm.ofVersion("0.22.1"))
          : new HashScheme(algorithm, seed, 32, ExtraForm.ofVersion("0.32.0"));
    }

    private void apply() {
      byte[] payload = frames.get(applied).payload();
      applied++;
      EventApplier applier =
          ranks.computeIfAbsent(
              BatchDecoder.rankOf(payload, 0, payload.length),
              rank ->
                  new EventApplier(
                      rank, 0, index.open(rank, 0), new EngineKeys(SEPARATOR), FeedListener.NONE));
      assertThat(decoder.decode(payload, 0, payload.length, applier).unreadable()).isZero();
    }

    /** Applies all messages before a request's own. */
    void applyBefore(JsonNode request) {
      if (!request.get("events").isEmpty()) {
        while (!isOwn(request, frames.get(applied))) {
          apply();
        }
      }
    }

    /** Applies a request's own messages. */
    void applyOwn(JsonNode request) {
      while (applied < frames.size() && isOwn(request, frames.get(applied))) {
        apply();
      }
    }

    private static boolean isOwn(JsonNode request, Captured.Frame frame) {
      for (JsonNode event : request.get("events")) {
        if (event.isArray()
            ? event.get(0).asInt() == frame.port() && event.get(1).asLong() == frame.sequence()
            : event.asLong() == frame.sequence()) {
          return true;
        }
      }
      return false;
    }

    int predicted(JsonNode request, int[] tokens, int rank) {
      boolean adapted = request.get("model").asText().equals("sql-lora");
      Optional<ExtraKeys.Adapter> adapter =
          adapted
              ? Optional.of(new ExtraKeys.Adapter("sql-lora", 1, "models/lora-sql"))
              : Optional.empty();
      ExtraKeys extra =
          new ExtraKeys(adapter, List.of(), request.path("salt").asText(), Optional.empty());
      TokenChain chain = new TokenChain(scheme, extra, SEPARATOR);
      chain.add(tokens, 0, tokens.length);
      PrefixMatch match = new PrefixMatch();
      match.reset(2);
      index.match(chain.hits(), AdapterTag.of(adapted ? "sql-lora" : ""), match);
      return match.tokens(rank);
    }
  }

  private static int[] tokens(JsonNode prompt) {
    int[] tokens = new int[prompt.size()];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = prompt.get(i).asInt();
    }
    return tokens;
  }

  private static boolean isExcluded(String folder, JsonNode request) {
    String which = folder + "/" + request.get("step").asText();
    return EXCLUDED.keySet().stream().anyMatch(which::endsWith);
  }

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void foretellsEveryRequestByTheNaiveIndex(String folder) {
    foretell(new Server(new NaiveIndex(MediumWeights.standard()), folder), folder);
  }

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void foretellsEveryRequestByTheIndex(String folder) {
    foretell(new Server(new KvIndex(MediumWeights.standard()), folder), folder);
  }

  private static void foretell(Server server, String folder) {
    List<String> compared = new ArrayList<>();
    for (JsonNode request : Captured.requests(folder)) {
      if (request.has("events")) {
        server.applyBefore(request);
      }
      if (!isExcluded(folder, request)) {
        String which = folder + "/" + request.get("step").asText();
        List<Integer> ranks = new ArrayList<>();
        request.path("ranks").forEach(rank -> ranks.add(rank.asInt()));
        for (int rank : ranks.isEmpty() ? List.of(0) : ranks) {
          int predicted = 0;
          for (JsonNode prompt : request.get("prompts")) {
            predicted += server.predicted(request, tokens(prompt), rank);
          }
          assertThat(predicted).as("%s on rank %d", which, rank).isEqualTo(cached(request));
        }
        compared.add(which);
      }
      if (request.has("events")) {
        server.applyOwn(request);
      }
    }
    assertThat(compared).hasSizeGreaterThanOrEqualTo(folder.endsWith("full") ? 24 : 6);
    assertThat(server.ranks.values())
        .allSatisfy(applier -> {
          assertThat(applier.unknownBlocks()).isZero();
          assertThat(applier.ignoredBlocks()).isZero();
          assertThat(applier.stateLost()).isFalse();
        });
  }

  private static int cached(JsonNode request) {
    return request.get("cached").asInt();
  }

  /** Of four equal requests at once one computes all blocks and the others find them. */
  @ParameterizedTest
  @CsvSource({"vllm-0.22.1/full, 101, 96", "vllm-0.32.0/full, 197, 192"})
  void fourAtOnce(String folder, int length, int found) {
    Server server = new Server(new KvIndex(MediumWeights.standard()), folder);
    int[] tokens = new int[length];
    for (int i = 0; i < length; i++) {
      tokens[i] = 1200 + i;
    }
    for (JsonNode request : Captured.requests(folder)) {
      if (request.get("step").asText().equals("concurrent-same")) {
        server.applyBefore(request);
        JsonNode asked = ((ObjectNode) request).put("model", "tiny");
        assertThat(server.predicted(asked, tokens, 0)).isZero();
        server.applyOwn(request);
        assertThat(server.predicted(asked, tokens, 0)).isEqualTo(found);
        List<Integer> reported = new ArrayList<>();
        request
            .get("usages")
            .forEach(usage ->
                reported.add(usage.path("prompt_tokens_details").path("cached_tokens").asInt(0)));
        assertThat(reported).containsExactlyInAnyOrder(0, found, found, found);
        return;
      }
    }
    throw new AssertionError("no such step");
  }
}
