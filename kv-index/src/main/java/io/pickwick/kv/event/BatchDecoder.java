package io.pickwick.kv.event;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Reads the batches that model servers publish and tells a sink each event, in order.
 *
 * <p>A batch is msgpack: {@code [ts, [event…], data_parallel_rank]}, of which 0.9.0 lacks the last,
 * or a map of the same names. An event is an array that starts with its tag, or a map with the tag
 * under {@code type}; both may come in one batch. The fields and their places are those of vLLM's
 * {@code distributed/kv_events.py}, of every version from 0.9, and of SGLang's {@code
 * disaggregation/kv_events.py}, which may have a map in the adapter's place. Fields that are
 * missing or nil are taken as not told, unknown ones are skipped.
 *
 * <p>An event that is not as it should be is told as unreadable and the others still count, as long
 * as its end can be found; when the bytes themselves break off, the rest of the batch is
 * unreadable.
 *
 * <p>One thread uses it, for any number of batches of any number of publishers; it makes no objects
 * per event or block.
 */
public final class BatchDecoder {
  private static final byte[] STORED = ascii("BlockStored");
  private static final byte[] REMOVED = ascii("BlockRemoved");
  private static final byte[] CLEARED = ascii("AllBlocksCleared");

  private static final byte[] TYPE = ascii("type");
  private static final byte[] BLOCK_HASHES = ascii("block_hashes");
  private static final byte[] PARENT = ascii("parent_block_hash");
  private static final byte[] TOKEN_IDS = ascii("token_ids");
  private static final byte[] BLOCK_SIZE = ascii("block_size");
  private static final byte[] LORA_ID = ascii("lora_id");
  private static final byte[] MEDIUM = ascii("medium");
  private static final byte[] LORA_NAME = ascii("lora_name");
  private static final byte[] EXTRA_KEYS = ascii("extra_keys");
  private static final byte[] GROUP = ascii("group_idx");
  private static final byte[] KIND = ascii("kv_cache_spec_kind");
  private static final byte[] SESSION = ascii("session_id");

  private static final byte[] EVENTS = ascii("events");
  private static final byte[] RANK = ascii("data_parallel_rank");

  private static final byte[] FULL = ascii("full_attention");
  private static final byte[] MLA = ascii("mla_attention");
  private static final byte[] SINK_FULL = ascii("sink_full_attention");

  private static final byte[] GPU = ascii("GPU");
  private static final byte[] CPU = ascii("CPU");

  /** What an event says it is. */
  private enum Tag {
    STORED,
    REMOVED,
    CLEARED,
    UNKNOWN
  }

  private final MsgpackReader in = new MsgpackReader();
  private final Names names = new Names();
  private String otherMediumName = "";
  private Medium otherMedium = Medium.GPU;

  private final StoredEvent fields = new StoredEvent();
  private final RemovedEvent removed = new RemovedEvent(fields);

  private Tag tag = Tag.UNKNOWN;
  private String tagName = "";
  private boolean hashesTold;
  private int events;
  private int unreadable;

  /**
   * What a batch held.
   *
   * @param events how many events the sink was told, the unreadable ones not among them
   * @param unreadable how many times the sink was told that something could not be read
   */
  public record Result(int events, int unreadable) {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Reads {@code payload[off .. off + len)} and tells the sink what it says; never throws for it.
   */
  public Result decode(byte[] payload, int off, int len, EventSink sink) {
    Objects.checkFromIndexSize(off, len, payload.length);
    in.over(payload, off, len);
    fields.payload = payload;
    fields.payloadEnd = off + len;
    events = 0;
    unreadable = 0;
    try {
      batch(sink);
    } catch (MalformedException e) {
      // Only what is around the events comes here.
      unreadable(sink, e, true);
    }
    sink.ended();
    return new Result(events, unreadable);
  }

  /**
   * The data-parallel rank of a batch, without reading its events; -1 when it tells none or can't
   * be read as far as that.
   */
  public static int rankOf(byte[] payload, int off, int len) {
    Objects.checkFromIndexSize(off, len, payload.length);
    MsgpackReader in = new MsgpackReader();
    in.over(payload, off, len);
    try {
      if (in.isArray()) {
        if (in.array() < 3) {
          return -1;
        }
        in.skip();
        in.skip();
        return rank(in);
      }
      long pairs = in.map();
      for (long i = 0; i < pairs; i++) {
        int key = key(in);
        if (key >= 0 && in.is(key, RANK)) {
          return rank(in);
        }
        skipPair(in, key);
      }
      return -1;
    } catch (MalformedException e) {
      return -1;
    }
  }

  private void batch(EventSink sink) {
    if (in.isArray()) {
      long size = in.array();
      if (size < 2) {
        throw MalformedException.MISSING;
      }
      in.skip();
      events(sink);
      if (size > 2) {
        // rankOf tells it; here it only has to be readable.
        rank(in);
      }
      return;
    }
    long pairs = in.map();
    boolean told = false;
    for (long i = 0; i < pairs; i++) {
      int key = key(in);
      if (key >= 0 && in.is(key, RANK)) {
        rank(in);
      } else if (key >= 0 && in.is(key, EVENTS)) {
        told = true;
        events(sink);
      } else {
        skipPair(in, key);
      }
    }
    if (!told) {
      throw MalformedException.MISSING;
    }
  }

  private static int rank(MsgpackReader in) {
    if (in.nil()) {
      return -1;
    }
    long told = in.integer();
    return told >= 0 && told <= Integer.MAX_VALUE ? (int) told : -1;
  }

  private void events(EventSink sink) {
    long size = in.array();
    for (long i = 0; i < size; i++) {
      int from = in.at();
      tag = Tag.UNKNOWN;
      tagName = "";
      boolean whole = true;
      try {
        read();
      } catch (MalformedException e) {
        whole = false;
        in.to(from);
        in.skip();
        // A store that is lost hides blocks; anything else may have said that some are gone.
        unreadable(sink, e, tag != Tag.STORED);
      }
      if (whole) {
        tell(sink);
      }
    }
  }

  private void unreadable(EventSink sink, MalformedException e, boolean stateLost) {
    unreadable++;
    sink.unreadable(e.why(), stateLost);
  }

  private void tell(EventSink sink) {
    switch (tag) {
      case STORED -> sink.stored(fields);
      case REMOVED -> sink.removed(removed);
      case CLEARED -> sink.cleared();
      case UNKNOWN -> {
        unreadable++;
        sink.unreadable("an event of unknown type " + tagName, true);
        return;
      }
    }
    events++;
  }

  /** Reads one event into the fields and goes to its end. */
  private void read() {
    fields.reset();
    hashesTold = false;
    if (in.isMap()) {
      readPairs(in.map(), true);
    } else {
      long size = in.array();
      if (size == 0) {
        throw MalformedException.MISSING;
      }
      readTag();
      for (long i = 1; i < size; i++) {
        readPlace((int) Math.min(i, Integer.MAX_VALUE));
      }
    }
    if (!hashesTold && (tag == Tag.STORED || tag == Tag.REMOVED)) {
      throw MalformedException.MISSING;
    }
  }

  private void readTag() {
    int length = in.text();
    if (in.is(length, STORED)) {
      tag = Tag.STORED;
    } else if (in.is(length, REMOVED)) {
      tag = Tag.REMOVED;
    } else if (in.is(length, CLEARED)) {
      tag = Tag.CLEARED;
    } else {
      tag = Tag.UNKNOWN;
      tagName = name(length);
    }
  }

  /** Reads the value at a place of an array, of which the first is the tag. */
  private void readPlace(int place) {
    switch (tag) {
      case STORED -> {
        switch (place) {
          case 1 -> readHashes();
          case 2 -> readParent();
          case 3 -> readTokens();
          case 4 -> readBlockSize();
          case 5 -> readLoraId();
          case 6 -> readMedium();
          case 7 -> {
            if (in.isMap()) {
              readPairs(in.map(), false);
            } else {
              readLoraName();
            }
          }
          case 8 -> readExtraKeys();
          case 9 -> readGroup();
          case 10 -> readKind();
          default -> in.skip();
        }
      }
      case REMOVED -> {
        switch (place) {
          case 1 -> readHashes();
          case 2 -> readMedium();
          case 3 -> readGroup();
          default -> in.skip();
        }
      }
      case CLEARED, UNKNOWN -> in.skip();
    }
  }

  /** Reads fields by their names, in any order. */
  private void readPairs(long pairs, boolean withTag) {
    for (long i = 0; i < pairs; i++) {
      readNamed(key(in), withTag);
    }
  }

  private void readNamed(int length, boolean withTag) {
    switch (length) {
      case 4 -> {
        if (withTag && in.is(length, TYPE)) {
          readTag();
          return;
        }
      }
      case 6 -> {
        if (in.is(length, MEDIUM)) {
          readMedium();
          return;
        }
      }
      case 7 -> {
        if (in.is(length, LORA_ID)) {
          readLoraId();
          return;
        }
      }
      case 9 -> {
        if (in.is(length, TOKEN_IDS)) {
          readTokens();
          return;
        }
        if (in.is(length, LORA_NAME)) {
          readLoraName();
          return;
        }
        if (in.is(length, GROUP)) {
          readGroup();
          return;
        }
      }
      case 10 -> {
        if (in.is(length, BLOCK_SIZE)) {
          readBlockSize();
          return;
        }
        if (in.is(length, EXTRA_KEYS)) {
          readExtraKeys();
          return;
        }
        if (in.is(length, SESSION)) {
          readSession();
          return;
        }
      }
      case 12 -> {
        if (in.is(length, BLOCK_HASHES)) {
          readHashes();
          return;
        }
      }
      case 17 -> {
        if (in.is(length, PARENT)) {
          readParent();
          return;
        }
      }
      case 18 -> {
        if (in.is(length, KIND)) {
          readKind();
          return;
        }
      }
      default -> {}
    }
    skipPair(in, length);
  }

  private void readHashes() {
    fields.hashes.read(in);
    hashesTold = true;
  }

  private void readParent() {
    fields.hasParent = !in.nil();
    if (fields.hasParent) {
      fields.parent = in.hash();
    }
  }

  private void readTokens() {
    if (in.nil()) {
      return;
    }
    long size = in.array();
    if (size > in.left()) {
      throw MalformedException.TRUNCATED;
    }
    fields.tokensAt = in.at();
    in.integers((int) size);
    fields.tokens = (int) size;
  }

  private void readBlockSize() {
    if (!in.nil()) {
      fields.blockSize = natural();
    }
  }

  private void readLoraId() {
    if (!in.nil()) {
      fields.loraId = in.integer();
    }
  }

  private void readMedium() {
    if (in.nil()) {
      return;
    }
    int length = in.text();
    if (in.is(length, GPU)) {
      fields.medium = Medium.GPU;
    } else if (in.is(length, CPU)) {
      fields.medium = Medium.CPU;
    } else {
      String told = name(length);
      if (!told.equals(otherMediumName)) {
        otherMediumName = told;
        otherMedium = Medium.named(told);
      }
      fields.medium = otherMedium;
    }
  }

  private void readLoraName() {
    if (!in.nil()) {
      fields.loraName = name(in.text());
    }
  }

  private void readExtraKeys() {
    if (in.nil()) {
      return;
    }
    long size = in.array();
    for (long i = 0; i < size; i++) {
      if (!in.nil()) {
        int from = in.at();
        fields.extraKeys |= !in.isArray() || in.array() > 0;
        in.to(from);
        in.skip();
      }
    }
  }

  private void readGroup() {
    if (!in.nil()) {
      fields.group = natural();
    }
  }

  private void readKind() {
    if (in.nil()) {
      return;
    }
    int length = in.text();
    fields.kindTold = true;
    fields.fullAttention = in.is(length, FULL) || in.is(length, MLA) || in.is(length, SINK_FULL);
    if (!fields.fullAttention) {
      in.to(in.at() + length);
    }
  }

  private void readSession() {
    if (!in.nil()) {
      int length = in.text();
      fields.session = length > 0;
      in.to(in.at() + length);
    }
  }

  private int natural() {
    long told = in.integer();
    if (told < 0 || told > Integer.MAX_VALUE) {
      throw MalformedException.RANGE;
    }
    return (int) told;
  }

  /** Goes over a key, whose bytes start here unless it was no string, and its value. */
  private static void skipPair(MsgpackReader in, int key) {
    in.to(in.at() + Math.max(0, key));
    in.skip();
  }

  /** Goes to the bytes of a key; how many they are, or -1 after a key that is no string. */
  private static int key(MsgpackReader in) {
    if (in.isText()) {
      return in.text();
    }
    in.skip();
    return -1;
  }

  private String name(int length) {
    String name = names.of(in.bytes(), in.at(), length);
    in.to(in.at() + length);
    return name;
  }
}
