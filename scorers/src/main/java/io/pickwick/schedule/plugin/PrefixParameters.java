package io.pickwick.schedule.plugin;

import io.pickwick.schedule.PluginProvider.Parameter;
import io.pickwick.schedule.PrefixSettings;
import io.pickwick.schedule.spec.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The parameters of estimated prefix matching under all names that the field has given them.
 *
 * <p>Block sizes: {@code hashBlockSize} and {@code blockSize} are characters, {@code
 * blockSizeTokens} is tokens of four characters.
 */
public final class PrefixParameters {
  private static final int CHARACTERS_PER_TOKEN = 4;
  private static final String HASH_BLOCK_SIZE = "hashBlockSize";
  private static final String BLOCK_SIZE = "blockSize";
  private static final String BLOCK_SIZE_TOKENS = "blockSizeTokens";
  private static final String MAX_BLOCKS = "maxPrefixBlocksToMatch";
  private static final String MAX_TOKENS = "maxPrefixTokensToMatch";
  private static final String CAPACITY = "lruCapacityPerServer";
  private static final String AUTO_TUNE = "autoTune";

  /** All of them. */
  public static final List<Parameter> PARAMETERS =
      List.of(
          new Parameter(BLOCK_SIZE_TOKENS, "-", "Tokens per block of the estimation."),
          new Parameter(BLOCK_SIZE, "-", "Characters per block of the estimation."),
          new Parameter(HASH_BLOCK_SIZE, "-", "Characters per block, by its oldest name."),
          new Parameter(MAX_BLOCKS, "-", "Blocks of a prompt that are looked at."),
          new Parameter(MAX_TOKENS, "-", "Tokens of a prompt that are looked at."),
          new Parameter(CAPACITY, "-", "Blocks remembered per endpoint."),
          new Parameter(AUTO_TUNE, "-", "Whether block size and capacity follow the endpoints."));

  private PrefixParameters() {}

  /** The given parameters and these. */
  public static List<Parameter> with(Parameter... own) {
    List<Parameter> all = new ArrayList<>(List.of(own));
    all.addAll(PARAMETERS);
    return List.copyOf(all);
  }

  /** Reads what is said. */
  public static PrefixSettings read(Spec parameters) {
    Optional<Integer> tokens =
        number(parameters, BLOCK_SIZE_TOKENS).map(size -> size * CHARACTERS_PER_TOKEN);
    Optional<Integer> characters =
        tokens
            .or(() -> number(parameters, BLOCK_SIZE))
            .or(() -> number(parameters, HASH_BLOCK_SIZE));
    return new PrefixSettings(
        box(characters),
        box(number(parameters, MAX_BLOCKS)),
        box(number(parameters, MAX_TOKENS)),
        box(number(parameters, CAPACITY)),
        parameters.get(AUTO_TUNE).map(Spec::bool));
  }

  private static Optional<Integer> number(Spec parameters, String key) {
    return parameters.get(key).map(value -> (int) value.integer(1, 100_000_000));
  }

  private static OptionalInt box(Optional<Integer> value) {
    return value.map(OptionalInt::of).orElseGet(OptionalInt::empty);
  }
}
