package io.pickwick.kv.hash;

import java.util.List;
import java.util.Optional;

/**
 * What tells a request's blocks from those of the same tokens in other requests.
 *
 * @param adapter the LoRA adapter; enters every block
 * @param media what placeholder tokens stand for, ascending by offset; each enters the blocks that
 *     it overlaps
 * @param cacheSalt the client's salt, empty if there is none; enters the first block
 * @param embeds the prompt's embeddings when they came in place of tokens; enter every block
 */
public record ExtraKeys(
    Optional<Adapter> adapter,
    List<MediaSpan> media,
    String cacheSalt,
    Optional<PromptEmbeds> embeds) {
  /** Nothing but tokens. */
  public static final ExtraKeys NONE =
      new ExtraKeys(Optional.empty(), List.of(), "", Optional.empty());

  /** Copies the media. */
  public ExtraKeys {
    media = List.copyOf(media);
    for (int i = 1; i < media.size(); i++) {
      if (media.get(i - 1).offset() > media.get(i).offset()) {
        throw new IllegalArgumentException("media must ascend by offset: " + media);
      }
    }
  }

  /** A salt and nothing else. */
  public static ExtraKeys ofSalt(String cacheSalt) {
    return new ExtraKeys(Optional.empty(), List.of(), cacheSalt, Optional.empty());
  }

  /** An adapter and nothing else. */
  public static ExtraKeys ofAdapter(Adapter adapter) {
    return new ExtraKeys(Optional.of(adapter), List.of(), "", Optional.empty());
  }

  /** Whether there is nothing but tokens. */
  public boolean isNone() {
    return adapter.isEmpty() && media.isEmpty() && cacheSalt.isEmpty() && embeds.isEmpty();
  }

  /** Whether the first tokens of a prompt are hashed the same with these and the others. */
  boolean agrees(ExtraKeys others, int tokens) {
    return adapter.equals(others.adapter)
        && cacheSalt.equals(others.cacheSalt)
        && embeds.equals(others.embeds)
        && startingBefore(tokens).equals(others.startingBefore(tokens));
  }

  private List<MediaSpan> startingBefore(int tokens) {
    return media.stream().takeWhile(span -> span.offset() < tokens).toList();
  }

  /**
   * A LoRA adapter; which of the three enters a hash is a matter of {@link ExtraForm}.
   *
   * @param name as requests write it in {@code model}
   * @param id the number that the engine gave it; zero if not known
   * @param path where the engine loaded it from, verbatim ({@code root} in {@code /v1/models});
   *     empty if not known
   */
  public record Adapter(String name, int id, String path) {
    /** Whether all that this form hashes is known. */
    public boolean knownTo(ExtraForm form) {
      return switch (form) {
        case NUMBERED -> id != 0;
        case NAMED, DIGESTED, POSITIONED -> true;
        case TAGGED -> !path.isEmpty();
      };
    }
  }

  /**
   * One image, video or sound among the prompt's tokens.
   *
   * @param identifier the engine's name for its content, {@code mm_hash}
   * @param offset the position of its first placeholder token, from 0
   * @param length how many tokens stand for it
   */
  public record MediaSpan(String identifier, int offset, int length) {
    /** Refuses negative positions. */
    public MediaSpan {
      if (offset < 0 || length < 0) {
        throw new IllegalArgumentException(
            "a medium can't be at %d with %d tokens".formatted(offset, length));
      }
    }

    /** The position after its last placeholder token. */
    public int end() {
      return Math.addExact(offset, length);
    }
  }
}
