package io.pickwick.epp.prompt.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizersTest {
  @TempDir Path directory;

  @Test
  void aDirectoryOrTheFileItselfWillDo() throws Exception {
    Files.copy(Samples.file("gpt2"), directory.resolve("tokenizer.json"));
    int[] fromDirectory = Samples.encode(Tokenizers.load(directory), "Hello world", true);
    int[] fromFile =
        Samples.encode(Tokenizers.load(directory.resolve("tokenizer.json")), "Hello world", true);
    assertThat(fromDirectory).isEqualTo(fromFile).isNotEmpty();
  }

  @Test
  void aMissingFileIsNamedWithWhatToDo() throws Exception {
    assertThatThrownBy(() -> Tokenizers.load(directory))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining(directory.resolve("tokenizer.json").toString())
        .hasMessageContaining("give the directory of the model");
    Files.writeString(directory.resolve("tokenizer.model"), "x");
    assertThatThrownBy(() -> Tokenizers.load(directory))
        .hasMessageContaining("tokenizer.model")
        .hasMessageContaining("save_pretrained");
  }

  @Test
  void brokenJsonIsNamedWithItsPlace() throws Exception {
    write("tokenizer.json", "{\n  \"model\": {,}\n}");
    assertThatThrownBy(() -> Tokenizers.load(directory))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("tokenizer.json is not valid JSON at line 2, column 13");
    write("tokenizer.json", "");
    assertThatThrownBy(() -> Tokenizers.load(directory)).isInstanceOf(TokenizerException.class);
    write("tokenizer.json", "[1]");
    assertThatThrownBy(() -> Tokenizers.load(directory))
        .hasMessageContaining("not a Hugging Face tokenizer.json");
  }

  @Test
  void aPointerToALargeFileIsToldApart() throws Exception {
    write("tokenizer.json", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n");
    assertThatThrownBy(() -> Tokenizers.load(directory))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("git lfs pull");
  }

  @Test
  void whatNobodyCanReadIsRefused() throws Exception {
    write("tokenizer.json", "{\"model\": {\"type\": \"Magic\"}}");
    assertThatThrownBy(() -> Tokenizers.load(directory))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("tokenizer.json")
        .hasMessageContaining("native tokenizer library");
  }

  @Test
  void theConfigurationDecidesWhatStandsAroundAText() throws Exception {
    Files.copy(Samples.file("llama3"), directory.resolve("tokenizer.json"));
    int begin = Tokenizers.load(directory).before()[0];
    write(
        "tokenizer_config.json",
        "{\"add_bos_token\": false, \"bos_token\": \"<|begin_of_text|>\"}");
    assertThat(Tokenizers.load(directory).before()).isEmpty();
    write(
        "tokenizer_config.json",
        """
        {"add_bos_token": true, "add_eos_token": true,
         "bos_token": {"content": "<|begin_of_text|>"}, "eos_token": "<|eot_id|>"}
        """);
    Tokenizer tokenizer = Tokenizers.load(directory);
    assertThat(tokenizer.before()).containsExactly(begin);
    assertThat(tokenizer.after()).isEqualTo(Samples.encode(tokenizer, "<|eot_id|>", false));
    write("tokenizer_config.json", "{\"bos_token\": \"<|eot_id|>\"}");
    assertThat(Tokenizers.load(directory).before()).containsExactly(begin);
  }

  @Test
  void theConfigurationAddsTokens() throws Exception {
    Files.copy(Samples.file("llama3"), directory.resolve("tokenizer.json"));
    int next = Samples.encode(Tokenizers.load(directory), "<|end_header_id|>", false)[0] + 1;
    write(
        "tokenizer_config.json",
        """
        {"added_tokens_decoder": {"9999": {"content": "<later>", "special": false},
          "2501": {"content": "<|eot_id|>", "special": true, "lstrip": true},
          "9998": {"content": "<sooner>", "special": true, "rstrip": true}},
         "pad_token": "<pad>", "additional_special_tokens": ["<|eot_id|>", "<extra>"]}
        """);
    Tokenizer tokenizer = Tokenizers.load(directory);
    assertThat(Samples.encode(tokenizer, "<sooner>  <later><pad><extra>", false))
        .containsExactly(next, next + 1, next + 2, next + 3);
    assertThat(tokenizer.text(next + 2)).contains("<pad>");
    // A token that is known keeps its flags.
    assertThat(Samples.encode(tokenizer, " <|eot_id|>", false)).hasSize(2);
  }

  @Test
  void numbersThatTheLibraryWouldNotGiveAreNotTrusted() throws Exception {
    ObjectNode root = read("gpt2");
    ((ObjectNode) root.path("added_tokens").path(0)).put("id", 7777);
    write("tokenizer.json", new ObjectMapper().writeValueAsString(root));
    Tokenizer tokenizer;
    try {
      tokenizer = Tokenizers.load(directory);
    } catch (TokenizerException e) {
      assertThat(e).hasMessageContaining("native");
      return;
    }
    assertThat(tokenizer).isInstanceOf(NativeTokenizer.class);
  }

  @Test
  void partsThatAreNotKnownGoToTheLibrary() throws Exception {
    for (String change :
        new String[] {
          "{\"normalizer\": {\"type\": \"NFKC\"}}",
          "{\"post_processor\": {\"type\": \"RobertaProcessing\", \"sep\": [\"a\", 1],"
              + " \"cls\": [\"b\", 2], \"trim_offsets\": true, \"add_prefix_space\": false}}",
          "{\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\","
              + " \"pattern\": {\"Regex\": \"\\\\p{Greek}+\"}, \"behavior\": \"Isolated\","
              + " \"invert\": false}, {\"type\": \"ByteLevel\", \"add_prefix_space\": false,"
              + " \"trim_offsets\": true, \"use_regex\": false}]}}"
        }) {
      ObjectNode root = read("gpt2");
      root.setAll((ObjectNode) new ObjectMapper().readTree(change));
      assertThatThrownBy(() -> BytePairReader.read(root))
          .as(change)
          .isInstanceOf(UnsupportedModelException.class);
    }
  }

  private static ObjectNode read(String name) throws IOException {
    return (ObjectNode) new ObjectMapper().readTree(Files.readAllBytes(Samples.file(name)));
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(directory.resolve(name), content);
  }
}
