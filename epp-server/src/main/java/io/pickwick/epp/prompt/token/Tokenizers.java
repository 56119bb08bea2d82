package io.pickwick.epp.prompt.token;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the tokenizers of models. */
public final class Tokenizers {
  private static final Logger log = LoggerFactory.getLogger(Tokenizers.class);
  private static final String FILE = "tokenizer.json";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String LARGE_FILE_POINTER = "version https://git-lfs";

  private static final JsonMapper JSON = mapper();

  private Tokenizers() {}

  /**
   * Opens a model's tokenizer; nothing is ever downloaded. Byte-level models get a {@link
   * BytePairTokenizer}, all others a {@link NativeTokenizer}.
   *
   * @param path the directory of a model with its {@code tokenizer.json} and, if it has one, {@code
   *     tokenizer_config.json}; or the {@code tokenizer.json} itself
   * @throws TokenizerException if there is none or it can't be used
   */
  public static Tokenizer load(Path path) throws TokenizerException {
    Source source = Source.read(path);
    try {
      BytePairModel model = BytePairReader.read(source.effective());
      log.info(
          "Tokenizer opened: file={} kind=\"byte-level BPE\" added_tokens={}",
          source.file(),
          model.added().size());
      return new BytePairTokenizer(model);
    } catch (UnsupportedModelException e) {
      Tokenizer tokenizer = openNative(source);
      log.info(
          "Tokenizer opened: file={} kind=native reason=\"{}\"", source.file(), e.getMessage());
      return tokenizer;
    }
  }

  /**
   * Opens a model's tokenizer with the native library whatever its kind, as a check on {@link
   * #load}.
   *
   * @throws TokenizerException if there is none, it can't be used or the library doesn't load
   */
  public static NativeTokenizer loadNative(Path path) throws TokenizerException {
    return openNative(Source.read(path));
  }

  private static NativeTokenizer openNative(Source source) throws TokenizerException {
    try {
      return NativeTokenizer.of(
          JSON.writeValueAsBytes(source.effective()), source.file().toString());
    } catch (JsonProcessingException e) {
      throw new TokenizerException("cannot write %s anew: %s".formatted(source.file(), e), e);
    }
  }

  private static JsonMapper mapper() {
    JsonMapper mapper = JsonMapper.builder().build();
    mapper
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build());
    return mapper;
  }

  /**
   * A model's files as read.
   *
   * @param effective the tokenizer with what its configuration adds
   */
  private record Source(Path file, JsonNode effective) {
    static Source read(Path path) throws TokenizerException {
      Path file = Files.isDirectory(path) ? path.resolve(FILE) : path;
      if (!Files.isRegularFile(file)) {
        throw new TokenizerException(
            "there is no %s; give the directory of the model that holds the tokenizer.json that"
                    .formatted(file)
                + " the model server uses"
                + slow(file));
      }
      JsonNode root = json(file);
      if (!root.path("model").isObject()) {
        throw new TokenizerException(
            "%s has no \"model\": it is not a Hugging Face tokenizer.json".formatted(file));
      }
      Path config = file.resolveSibling(CONFIG);
      return new Source(
          file, Files.isRegularFile(config) ? TokenizerConfig.apply(root, json(config)) : root);
    }

    private static String slow(Path file) {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        for (String other : new String[] {"tokenizer.model", "tekken.json", "vocab.json"}) {
          if (Files.isRegularFile(directory.resolve(other))) {
            return " (there is a %s: save it once with transformers' save_pretrained, which writes"
                    .formatted(other)
                + " a tokenizer.json)";
          }
        }
      }
      return "";
    }

    private static JsonNode json(Path file) throws TokenizerException {
      byte[] bytes;
      try {
        bytes = Files.readAllBytes(file);
      } catch (IOException e) {
        throw new TokenizerException("cannot read %s: %s".formatted(file, e), e);
      }
      String start =
          new String(
              bytes,
              0,
              Math.min(bytes.length, LARGE_FILE_POINTER.length()),
              StandardCharsets.UTF_8);
      if (start.equals(LARGE_FILE_POINTER)) {
        throw new TokenizerException(
            "%s is only a pointer to a large file; run git lfs pull where it comes from"
                .formatted(file));
      }
      try {
        return JSON.readTree(bytes);
      } catch (JsonProcessingException e) {
        throw new TokenizerException(
            "%s is not valid JSON at line %d, column %d: %s"
                .formatted(
                    file,
                    e.getLocation().getLineNr(),
                    e.getLocation().getColumnNr(),
                    e.getOriginalMessage()),
            e);
      } catch (IOException e) {
        throw new TokenizerException("cannot read %s: %s".formatted(file, e), e);
      }
    }
  }
}
