package io.pickwick.kv.hash;

import io.pickwick.kv.hash.ExtraKeys.Adapter;
import io.pickwick.kv.hash.ExtraKeys.MediaSpan;
import java.util.List;

/**
 * Writes the extra keys of one request's blocks, which come in ascending order: adapter, media,
 * salt, embeddings, as {@code generate_block_hash_extra_keys} of vLLM has them.
 */
final class BlockExtras {
  private final ExtraForm form;
  private final ExtraKeys keys;
  private final List<MediaSpan> media;
  private final boolean none;
  private final Sha256 embedsHash;
  private final byte[] embedsDigest;
  private int passed;

  /**
   * @param embedsHash what embeddings are hashed with; lent
   */
  BlockExtras(ExtraForm form, ExtraKeys keys, Sha256 embedsHash) {
    this.form = form;
    this.keys = keys;
    this.media = keys.media();
    this.none = keys.isNone();
    this.embedsHash = embedsHash;
    this.embedsDigest = new byte[embedsHash.length()];
  }

  /** Writes the extra keys of the block of the tokens {@code [start, end)}. */
  void write(Preimage target, int start, int end) {
    if (none) {
      target.none();
      return;
    }
    boolean salted = start == 0 && !keys.cacheSalt().isEmpty();
    int items =
        (keys.adapter().isPresent() ? 1 : 0)
            + media(start, end)
            + (salted ? 1 : 0)
            + (keys.embeds().isPresent() ? 1 : 0);
    if (items == 0) {
      target.none();
      return;
    }
    target.open(items);
    if (keys.adapter().isPresent()) {
      writeAdapter(target, keys.adapter().get());
    }
    writeMedia(target, start, end);
    if (salted) {
      writeSalt(target);
    }
    if (keys.embeds().isPresent()) {
      writeEmbeds(target, keys.embeds().get(), start, end);
    }
    target.close(items);
  }

  private void writeAdapter(Preimage target, Adapter adapter) {
    switch (form) {
      case NUMBERED -> target.number(adapter.id());
      case NAMED, DIGESTED, POSITIONED -> target.text(adapter.name());
      case TAGGED -> {
        target.open(3);
        target.tag("lora");
        target.text(adapter.name());
        target.text(adapter.path());
        target.close(3);
      }
    }
  }

  private void writeSalt(Preimage target) {
    if (form == ExtraForm.TAGGED) {
      target.open(2);
      target.tag("cache_salt");
      target.text(keys.cacheSalt());
      target.close(2);
    } else {
      target.text(keys.cacheSalt());
    }
  }

  private void writeEmbeds(Preimage target, PromptEmbeds embeds, int start, int end) {
    switch (form) {
      case NUMBERED, NAMED -> embeds.write(target, start, end);
      case DIGESTED, POSITIONED -> writeDigest(target, embeds, start, end);
      case TAGGED -> {
        target.open(2);
        target.tag("prompt_embeds");
        writeDigest(target, embeds, start, end);
        target.close(2);
      }
    }
  }

  private void writeDigest(Preimage target, PromptEmbeds embeds, int start, int end) {
    embeds.digest(embedsHash, start, end, embedsDigest);
    target.bytes(embedsDigest, 0, embedsDigest.length);
  }

  /** How many media the block has; forgets those that ended before it. */
  private int media(int start, int end) {
    int count = 0;
    while (passed < media.size() && media.get(passed).end() <= start) {
      passed++;
    }
    for (int i = first(start); i < media.size() && media.get(i).offset() < end; i++) {
      if (media.get(i).end() > start) {
        count++;
        if (media.get(i).end() > end) {
          break;
        }
      }
    }
    return count;
  }

  private void writeMedia(Preimage target, int start, int end) {
    for (int i = first(start); i < media.size() && media.get(i).offset() < end; i++) {
      MediaSpan span = media.get(i);
      if (span.end() > start) {
        writeMedium(target, span, start);
        if (span.end() > end) {
          break;
        }
      }
    }
  }

  /** As in vLLM, a block after the end of the last medium has none, whatever ends later. */
  private int first(int start) {
    return media.isEmpty() || media.getLast().end() <= start ? media.size() : passed;
  }

  private void writeMedium(Preimage target, MediaSpan span, int start) {
    switch (form) {
      case NUMBERED, NAMED, DIGESTED -> target.text(span.identifier());
      case POSITIONED -> {
        target.open(2);
        target.text(span.identifier());
        target.number(span.offset() - start);
        target.close(2);
      }
      case TAGGED -> {
        target.open(3);
        target.tag("mm");
        target.text(span.identifier());
        target.number(span.offset() - start);
        target.close(3);
      }
    }
  }
}
