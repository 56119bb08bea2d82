package io.pickwick.bench.feed;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Writes batches as vLLM from 0.24 on does, events as maps and hashes of 32 bytes, by filling the
 * hashes and times into a batch that was encoded before: publishing has to be much cheaper than
 * what it measures.
 */
final class MessageWriter {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final int HASH_BYTES = 32;

  private final int holdMessages;
  private final Form[] forms = new Form[4];

  /** Which message stored a block. */
  private enum Whose {
    THIS,
    LAST,
    OLDEST
  }

  private record Place(int at, Whose whose, int block) {}

  /** A batch without its hashes and times, and where they go. */
  private static final class Form {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);
    private final Random random = new Random(1);
    private final List<Place> places = new ArrayList<>();
    private final int stampAt;
    private final byte[] encoded;

    Form(boolean goesOn, boolean removes) {
      try {
        out.writeByte(0x93);
        out.writeByte(0xcb);
        out.writeDouble(0);
        array((removes ? BlockChains.STORED : 0) + 1 + BlockChains.DECODING);
        if (removes) {
          // An engine frees the end of a chain before its beginning.
          for (int i = BlockChains.STORED - 1; i >= 0; i--) {
            removed(i);
          }
        }
        stampAt = prefill(goesOn);
        for (int i = BlockChains.PREFILL; i < BlockChains.STORED; i++) {
          decoded(i);
        }
        out.writeByte(0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      encoded = bytes.toByteArray();
    }

    private int prefill(boolean goesOn) throws IOException {
      stored(0, BlockChains.PREFILL);
      if (goesOn) {
        hash(Whose.LAST, BlockChains.PREFILL - 1);
      } else {
        out.writeByte(0xc0);
      }
      tokenHead(BlockChains.PREFILL);
      int stamp = out.size() + 1;
      out.writeByte(0xce);
      out.writeInt(0);
      tokens(BlockChains.PREFILL * BlockChains.BLOCK_TOKENS - 1);
      rest(BlockChains.PREFILL);
      return stamp;
    }

    private void decoded(int block) throws IOException {
      stored(block, 1);
      hash(Whose.LAST, block);
      tokenHead(1);
      tokens(BlockChains.BLOCK_TOKENS);
      rest(1);
    }

    private void stored(int first, int blocks) throws IOException {
      out.writeByte(0x8b);
      text("type");
      text("BlockStored");
      text("block_hashes");
      array(blocks);
      for (int i = 0; i < blocks; i++) {
        hash(Whose.THIS, first + i);
      }
      text("parent_block_hash");
    }

    private void tokenHead(int blocks) throws IOException {
      text("token_ids");
      array(blocks * BlockChains.BLOCK_TOKENS);
    }

    private void tokens(int count) throws IOException {
      for (int i = 0; i < count; i++) {
        int token = random.nextInt(150_000);
        if (token < 0x80) {
          out.writeByte(token);
        } else if (token < 0x100) {
          out.writeByte(0xcc);
          out.writeByte(token);
        } else if (token < 0x1_0000) {
          out.writeByte(0xcd);
          out.writeShort(token);
        } else {
          out.writeByte(0xce);
          out.writeInt(token);
        }
      }
    }

    private void rest(int blocks) throws IOException {
      text("block_size");
      out.writeByte(BlockChains.BLOCK_TOKENS);
      text("lora_id");
      out.writeByte(0xc0);
      text("medium");
      text("GPU");
      text("lora_name");
      out.writeByte(0xc0);
      text("extra_keys");
      array(blocks);
      for (int i = 0; i < blocks; i++) {
        out.writeByte(0xc0);
      }
      text("group_idx");
      out.writeByte(0);
      text("kv_cache_spec_kind");
      text("full_attention");
    }

    private void removed(int block) throws IOException {
      out.writeByte(0x84);
      text("type");
      text("BlockRemoved");
      text("block_hashes");
      array(1);
      hash(Whose.OLDEST, block);
      text("medium");
      text("GPU");
      text("group_idx");
      out.writeByte(0);
    }

    /** Room for a hash, of which the last eight bytes are filled in. */
    private void hash(Whose whose, int block) throws IOException {
      out.writeByte(0xc4);
      out.writeByte(HASH_BYTES);
      byte[] head = new byte[HASH_BYTES];
      random.nextBytes(head);
      out.write(head);
      places.add(new Place(out.size() - Long.BYTES, whose, block));
    }

    private void text(String text) throws IOException {
      out.writeByte(0xa0 | text.length());
      out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void array(int size) throws IOException {
      if (size < 16) {
        out.writeByte(0x90 | size);
      } else {
        out.writeByte(0xdc);
        out.writeShort(size);
      }
    }
  }

  /** For publishers that hold the blocks of so many messages. */
  MessageWriter(int holdMessages) {
    this.holdMessages = holdMessages;
    for (int i = 0; i < forms.length; i++) {
      forms[i] = new Form((i & 1) != 0, (i & 2) != 0);
    }
  }

  /**
   * A message's payload.
   *
   * @param seconds when it was made, since the epoch
   * @param stamp a time of no more than 31 bits, told as the prefill's first token
   */
  byte[] write(int publisher, long message, double seconds, int stamp) {
    boolean goesOn = message % BlockChains.MESSAGES_PER_PROMPT != 0;
    boolean removes = message >= holdMessages;
    Form form = forms[(goesOn ? 1 : 0) + (removes ? 2 : 0)];
    byte[] payload = form.encoded.clone();
    LONGS.set(payload, 2, Double.doubleToRawLongBits(seconds));
    INTS.set(payload, form.stampAt, stamp);
    for (Place place : form.places) {
      long whose =
          switch (place.whose()) {
            case THIS -> message;
            case LAST -> message - 1;
            case OLDEST -> message - holdMessages;
          };
      LONGS.set(payload, place.at(), BlockChains.hash(publisher, whose, place.block()));
    }
    return payload;
  }
}
