package io.pickwick.bench.feed;

import io.pickwick.bench.events.MsgpackWriter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
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
    private final MsgpackWriter out = new MsgpackWriter();
    private final Random random = new Random(1);
    private final List<Place> places = new ArrayList<>();
    private final int stampAt;
    private final byte[] encoded;

    Form(boolean goesOn, boolean removes) {
      out.array(3);
      out.float64(0);
      out.array((removes ? BlockChains.STORED : 0) + 1 + BlockChains.DECODING);
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
      out.integer(0);
      encoded = out.toByteArray();
    }

    private int prefill(boolean goesOn) {
      stored(0, BlockChains.PREFILL);
      if (goesOn) {
        hash(Whose.LAST, BlockChains.PREFILL - 1);
      } else {
        out.nil();
      }
      tokenHead(BlockChains.PREFILL);
      int stamp = out.length() + 1;
      out.uint32(0);
      tokens(BlockChains.PREFILL * BlockChains.BLOCK_TOKENS - 1);
      rest(BlockChains.PREFILL);
      return stamp;
    }

    private void decoded(int block) {
      stored(block, 1);
      hash(Whose.LAST, block);
      tokenHead(1);
      tokens(BlockChains.BLOCK_TOKENS);
      rest(1);
    }

    private void stored(int first, int blocks) {
      out.map(11);
      out.text("type");
      out.text("BlockStored");
      out.text("block_hashes");
      out.array(blocks);
      for (int i = 0; i < blocks; i++) {
        hash(Whose.THIS, first + i);
      }
      out.text("parent_block_hash");
    }

    private void tokenHead(int blocks) {
      out.text("token_ids");
      out.array(blocks * BlockChains.BLOCK_TOKENS);
    }

    private void tokens(int count) {
      for (int i = 0; i < count; i++) {
        out.integer(random.nextInt(150_000));
      }
    }

    private void rest(int blocks) {
      out.text("block_size");
      out.integer(BlockChains.BLOCK_TOKENS);
      out.text("lora_id");
      out.nil();
      out.text("medium");
      out.text("GPU");
      out.text("lora_name");
      out.nil();
      out.text("extra_keys");
      out.array(blocks);
      for (int i = 0; i < blocks; i++) {
        out.nil();
      }
      out.text("group_idx");
      out.integer(0);
      out.text("kv_cache_spec_kind");
      out.text("full_attention");
    }

    private void removed(int block) {
      out.map(4);
      out.text("type");
      out.text("BlockRemoved");
      out.text("block_hashes");
      out.array(1);
      hash(Whose.OLDEST, block);
      out.text("medium");
      out.text("GPU");
      out.text("group_idx");
      out.integer(0);
    }

    /** Room for a hash, of which the last eight bytes are filled in. */
    private void hash(Whose whose, int block) {
      byte[] digest = new byte[HASH_BYTES];
      random.nextBytes(digest);
      out.binary(digest);
      places.add(new Place(out.length() - Long.BYTES, whose, block));
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
