package io.pickwick.epp.prompt.token;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the byte-level models among the contents of {@code tokenizer.json}. */
final class BytePairReader {
  private static final int MOST_IDS = 1 << 24;
  private static final String NFC = "NFC";

  private final JsonNode root;
  private final JsonNode model;
  private final Map<String, Integer> ids = new HashMap<>();

  private BytePairReader(JsonNode root) {
    this.root = root;
    this.model = root.path("model");
  }

  /**
   * The model that the file describes.
   *
   * @throws UnsupportedModelException if it is of another kind, or some part of it is not one that
   *     is known to give the same ids here
   */
  static BytePairModel read(JsonNode root) throws UnsupportedModelException {
    return new BytePairReader(root).read();
  }

  private BytePairModel read() throws UnsupportedModelException {
    checkModel();
    boolean composes = composes(root.path("normalizer"));
    List<WordPattern> patterns = patterns(root.path("pre_tokenizer"));
    int largest = -1;
    for (Map.Entry<String, JsonNode> entry : model.path("vocab").properties()) {
      int id = entry.getValue().asInt(-1);
      require(id >= 0 && id < MOST_IDS, "token id " + entry.getValue());
      ids.put(entry.getKey(), id);
      largest = Math.max(largest, id);
    }
    List<AddedToken> added = added();
    for (AddedToken token : added) {
      largest = Math.max(largest, token.id());
    }
    byte[][] tokens = new byte[largest + 1][];
    Arrays.fill(tokens, new byte[0]);
    ids.forEach((entry, id) -> tokens[id] = ByteAlphabet.bytes(entry));
    int[] byteIds = byteIds();
    MergeTable table = merges();
    boolean wholeWords = model.path("ignore_merges").asBoolean(false);
    byte[][] named = tokens.clone();
    for (AddedToken token : added) {
      named[token.id()] = token.content().getBytes(StandardCharsets.UTF_8);
    }
    Special special = special(root.path("post_processor"));
    return new BytePairModel(
        new Vocabulary(table, byteIds, tokens, named, wholeWords),
        added,
        composes,
        patterns,
        special.before(),
        special.after());
  }

  private void checkModel() throws UnsupportedModelException {
    String type = model.path("type").asText("BPE");
    require(type.equals("BPE"), "the model is " + type);
    require(model.path("vocab").isObject() && model.path("merges").isArray(), "no merges");
    require(model.path("dropout").asDouble(0) == 0, "merges drop out");
    require(!model.path("byte_fallback").asBoolean(false), "the model falls back to bytes");
    for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      require(model.path(affix).asText("").isEmpty() || model.path(affix).isNull(), affix);
    }
  }

  private int[] byteIds() throws UnsupportedModelException {
    int[] byteIds = new int[256];
    for (int value = 0; value < 256; value++) {
      Integer id = ids.get(String.valueOf(ByteAlphabet.character(value)));
      require(id != null, "the vocabulary has no token for byte " + value);
      byteIds[value] = id == null ? -1 : id;
    }
    return byteIds;
  }

  private MergeTable merges() throws UnsupportedModelException {
    JsonNode merges = model.path("merges");
    MergeTable table = new MergeTable(merges.size());
    int rank = 0;
    for (JsonNode merge : merges) {
      String left;
      String right;
      if (merge.isArray() && merge.size() == 2) {
        left = merge.get(0).asText();
        right = merge.get(1).asText();
      } else {
        String both = merge.asText();
        int space = both.indexOf(' ');
        require(space > 0 && both.indexOf(' ', space + 1) < 0, "merge \"" + both + "\"");
        left = both.substring(0, space);
        right = both.substring(space + 1);
      }
      Integer leftId = ids.get(left);
      Integer rightId = ids.get(right);
      Integer result = ids.get(left + right);
      if (leftId == null || rightId == null || result == null) {
        throw new UnsupportedModelException(
            "merge of \"%s\" and \"%s\" is not in the vocabulary".formatted(left, right));
      }
      table.put(leftId, rightId, rank++, result);
    }
    return table;
  }

  private List<AddedToken> added() throws UnsupportedModelException {
    Map<String, AddedToken> added = new LinkedHashMap<>();
    int largest = -1;
    for (JsonNode token : root.path("added_tokens")) {
      String content = token.path("content").asText();
      int id = token.path("id").asInt(-1);
      require(id >= 0 && id < MOST_IDS, "added token id " + token.path("id"));
      if (content.isEmpty() || added.containsKey(content)) {
        continue;
      }
      // The library numbers tokens itself and only warns if the file disagrees.
      int given = ids.getOrDefault(content, Math.max(largest + 1, ids.size()));
      require(given == id, "added token %s has id %d, not %d".formatted(content, given, id));
      largest = Math.max(largest, id);
      boolean special = token.path("special").asBoolean(false);
      added.put(
          content,
          new AddedToken(
              id,
              content,
              token.path("single_word").asBoolean(false),
              token.path("lstrip").asBoolean(false),
              token.path("rstrip").asBoolean(false),
              token.path("normalized").asBoolean(!special)));
    }
    return List.copyOf(added.values());
  }

  private static boolean composes(JsonNode normalizer) throws UnsupportedModelException {
    if (absent(normalizer)) {
      return false;
    }
    String type = normalizer.path("type").asText();
    if (type.equals(NFC)) {
      return true;
    }
    require(type.equals("Sequence"), "normalizer " + type);
    boolean composes = false;
    for (JsonNode step : normalizer.path("normalizers")) {
      composes |= composes(step);
    }
    return composes;
  }

  private static List<WordPattern> patterns(JsonNode preTokenizer)
      throws UnsupportedModelException {
    List<JsonNode> steps = new ArrayList<>();
    flatten(preTokenizer, steps);
    List<WordPattern> patterns = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      JsonNode step = steps.get(i);
      String type = step.path("type").asText();
      if (i == steps.size() - 1) {
        require(type.equals("ByteLevel"), "pre-tokenizer ends with " + type);
        require(!step.path("add_prefix_space").asBoolean(true), "a space is put before texts");
        if (step.path("use_regex").asBoolean(true)) {
          patterns.add(new Gpt2Words());
        }
        return patterns;
      }
      patterns.add(
          switch (type) {
            case "Split" -> split(step);
            case "Digits" ->
                Run.of(
                    CharacterClass.of(CodePoints.NUMBER),
                    step.path("individual_digits").asBoolean(false) ? 1 : Integer.MAX_VALUE);
            default -> throw new UnsupportedModelException("pre-tokenizer " + type);
          });
    }
    throw new UnsupportedModelException("there is no pre-tokenizer");
  }

  private static void flatten(JsonNode preTokenizer, List<JsonNode> steps) {
    if (preTokenizer.path("type").asText().equals("Sequence")) {
      preTokenizer.path("pretokenizers").forEach(step -> flatten(step, steps));
    } else if (!absent(preTokenizer)) {
      steps.add(preTokenizer);
    }
  }

  private static WordPattern split(JsonNode step) throws UnsupportedModelException {
    String regex = step.path("pattern").path("Regex").asText("");
    Optional<WordPattern> found = pattern(regex);
    if (found.isEmpty()) {
      throw new UnsupportedModelException(
          "pre-tokenizer pattern " + step.path("pattern") + " is not one of the known ones");
    }
    WordPattern pattern = found.get();
    String behavior = step.path("behavior").asText();
    boolean invert = step.path("invert").asBoolean(false);
    boolean isolated = behavior.equals("Isolated");
    // A pattern that leaves nothing out keeps all even if only its matches are kept.
    boolean kept = behavior.equals("Removed") && invert && pattern.coversAll();
    require(isolated || kept, "pre-tokenizer splits as " + behavior + (invert ? " inverted" : ""));
    return pattern;
  }

  private static Optional<WordPattern> pattern(String regex) {
    if (regex.equals(Gpt2Words.REGEX)) {
      return Optional.of(new Gpt2Words());
    }
    if (regex.equals(DeepSeekWords.REGEX)) {
      return Optional.of(new DeepSeekWords());
    }
    return ChatWords.of(regex).or(() -> CasedWords.of(regex)).or(() -> Run.of(regex));
  }

  private static Special special(JsonNode postProcessor) throws UnsupportedModelException {
    if (absent(postProcessor)) {
      return Special.NONE;
    }
    String type = postProcessor.path("type").asText();
    return switch (type) {
      case "ByteLevel" -> Special.NONE;
      case "Sequence" -> sequence(postProcessor.path("processors"));
      case "TemplateProcessing" -> template(postProcessor);
      default -> throw new UnsupportedModelException("post-processor " + type);
    };
  }

  private static Special sequence(JsonNode processors) throws UnsupportedModelException {
    Special found = Special.NONE;
    for (JsonNode step : processors) {
      found = found.around(special(step));
    }
    return found;
  }

  private static Special template(JsonNode processor) throws UnsupportedModelException {
    IdList before = new IdList(4);
    IdList after = new IdList(4);
    boolean text = false;
    for (JsonNode piece : processor.path("single")) {
      JsonNode token = piece.path("SpecialToken");
      if (token.isMissingNode()) {
        require(!text && piece.path("Sequence").path("id").asText().equals("A"), "post-processor");
        text = true;
        continue;
      }
      JsonNode ids = processor.path("special_tokens").path(token.path("id").asText()).path("ids");
      require(ids.isArray(), "post-processor names " + token.path("id"));
      for (JsonNode id : ids) {
        (text ? after : before).accept(id.asInt());
      }
    }
    require(text, "the post-processor leaves the text out");
    return new Special(before.toArray(), after.toArray());
  }

  private static boolean absent(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }

  private static void require(boolean condition, String otherwise)
      throws UnsupportedModelException {
    if (!condition) {
      throw new UnsupportedModelException(otherwise);
    }
  }

  /** What a post-processor puts around a text. */
  @SuppressWarnings("ArrayRecordComponent") // passed on at once, never compared
  private record Special(int[] before, int[] after) {
    static final Special NONE = new Special(new int[0], new int[0]);

    Special around(Special next) {
      IdList first = new IdList(4);
      Arrays.stream(next.before()).forEach(first);
      Arrays.stream(before).forEach(first);
      IdList last = new IdList(4);
      Arrays.stream(after).forEach(last);
      Arrays.stream(next.after()).forEach(last);
      return new Special(first.toArray(), last.toArray());
    }
  }
}
