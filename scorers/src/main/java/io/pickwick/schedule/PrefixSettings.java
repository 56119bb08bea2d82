package io.pickwick.schedule;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a configuration says of estimated prefix matching; absent where it says nothing.
 *
 * @param blockCharacters characters per block
 * @param maxBlocks blocks of a prompt that are looked at
 * @param maxTokens tokens of a prompt that are looked at; outweighs the blocks
 * @param capacityBlocks blocks remembered per endpoint
 * @param autoTune whether block size and capacity follow what the endpoints tell
 */
public record PrefixSettings(
    OptionalInt blockCharacters,
    OptionalInt maxBlocks,
    OptionalInt maxTokens,
    OptionalInt capacityBlocks,
    Optional<Boolean> autoTune) {
  /** Nothing was said. */
  public static final PrefixSettings UNSAID =
      new PrefixSettings(
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          Optional.empty());

  /** These, and where they say nothing, the others. */
  public PrefixSettings or(PrefixSettings others) {
    return new PrefixSettings(
        blockCharacters.isPresent() ? blockCharacters : others.blockCharacters,
        maxBlocks.isPresent() ? maxBlocks : others.maxBlocks,
        maxTokens.isPresent() ? maxTokens : others.maxTokens,
        capacityBlocks.isPresent() ? capacityBlocks : others.capacityBlocks,
        autoTune.or(() -> others.autoTune));
  }
}
