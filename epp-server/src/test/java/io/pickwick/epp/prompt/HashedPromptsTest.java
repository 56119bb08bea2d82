package io.pickwick.epp.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.kv.hash.BlockLayout;
import io.pickwick.kv.hash.PromptKeys;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HashedPromptsTest {
  private final HashedPrompts prompts = new HashedPrompts(BlockLayout.standard(), 7);

  @Test
  void equalPromptsHaveEqualKeysHoweverTheyAreCut() {
    PromptKeys whole = keys("a".repeat(300));
    PromptReader pieces = prompts.get();
    for (int i = 0; i < 300; i++) {
      content(pieces, "a");
    }
    assertThat(pieces.keys().toString()).isEqualTo(whole.toString());
    assertThat(whole.count()).isEqualTo(4);
    assertThat(whole.tokens()).isEqualTo(75);
  }

  @Test
  void aHasherThatIsUsedAgainRemembersNothing() {
    String first = keys("b".repeat(300)).toString();
    keys("c".repeat(1_000));
    assertThat(keys("b".repeat(300))).hasToString(first);
  }

  @Test
  void readersOfOneThreadDoNotMix() {
    PromptReader one = prompts.get();
    PromptReader other = prompts.get();
    content(one, "d".repeat(100));
    content(other, "e".repeat(100));
    content(one, "d".repeat(100));
    other.keys();
    assertThat(one.keys()).hasToString(keys("d".repeat(200)).toString());
  }

  @Test
  void aPromptThatStartsAnewKeepsItsContext() {
    PromptReader twice = prompts.get();
    byte[] tools = "tools".getBytes(StandardCharsets.UTF_8);
    twice.context(tools, 0, tools.length);
    content(twice, "f".repeat(200));
    twice.restart();
    content(twice, "g".repeat(200));
    PromptReader once = prompts.get();
    once.context(tools, 0, tools.length);
    content(once, "g".repeat(200));
    assertThat(twice.keys()).hasToString(once.keys().toString());
  }

  @Test
  void nothingReadHasNoKeys() {
    PromptReader nothing = prompts.get();
    nothing.restart();
    assertThat(nothing.keys().count()).isZero();
  }

  @Test
  void keysOfAnotherSeedNeverMatch() {
    PromptReader other = new HashedPrompts(BlockLayout.standard(), 8).get();
    content(other, "h".repeat(100));
    assertThat(other.keys().key(0)).isNotEqualTo(keys("h".repeat(100)).key(0));
  }

  private PromptKeys keys(String text) {
    PromptReader reader = prompts.get();
    content(reader, text);
    return reader.keys();
  }

  private static void content(PromptReader reader, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    reader.content(bytes, 0, bytes.length);
  }
}
