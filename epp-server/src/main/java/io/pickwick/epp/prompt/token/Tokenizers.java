package io.pickwick.epp.prompt.token;

import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the tokenizers of models. */
public final class Tokenizers {
  private Tokenizers() {}

  /**
   * Opens a model's tokenizer; nothing is ever downloaded.
   *
   * @param path the directory of a model with its {@code tokenizer.json} and, if it has one, {@code
   *     tokenizer_config.json}; or the {@code tokenizer.json} itself
   * @throws TokenizerException if there is none or it can't be used
   */
  public static Tokenizer load(Path path) throws TokenizerException {
    Path file = Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
    if (!Files.isRegularFile(file)) {
      throw new TokenizerException(
          "there is no %s; give the directory of the model that holds its tokenizer.json, as the"
                  .formatted(file)
              + " model server uses it");
    }
    return NativeTokenizer.open(file);
  }
}
