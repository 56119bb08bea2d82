package io.pickwick.kv.event;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a batch says, read through a tree: the oracle of {@link BatchDecoder}. */
final class NaiveBatch {
  private static final List<String> STORED =
      List.of(
          "type",
          "block_hashes",
          "parent_block_hash",
          "token_ids",
          "block_size",
          "lora_id",
          "medium",
          "lora_name",
          "extra_keys",
          "group_idx",
          "kv_cache_spec_kind");
  private static final List<String> REMOVED =
      List.of("type", "block_hashes", "medium", "group_idx");

  final List<Seen> seen = new ArrayList<>();

  private static final class Bad extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private NaiveBatch() {}

  static NaiveBatch read(byte[] payload) {
    NaiveBatch batch = new NaiveBatch();
    ByteBuffer in = ByteBuffer.wrap(payload);
    try {
      batch.outer(in);
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalStateException | Bad e) {
      batch.seen.add(new Seen.Unreadable(true));
    }
    return batch;
  }

  /** The rank alone, whatever the events are like. */
  static int rankOf(byte[] payload) {
    ByteBuffer in = ByteBuffer.wrap(payload);
    try {
      boolean map = MsgpackTree.isMap(in);
      long size = MsgpackTree.header(in, map);
      for (long i = 0; i < size; i++) {
        Object key = map ? MsgpackTree.read(in) : i == 2 ? "data_parallel_rank" : "";
        Object value = MsgpackTree.read(in);
        if (key.equals("data_parallel_rank")) {
          return rank(value);
        }
      }
      return -1;
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalStateException | Bad e) {
      return -1;
    }
  }

  private void outer(ByteBuffer in) {
    if (!MsgpackTree.isMap(in)) {
      long size = MsgpackTree.header(in, false);
      if (size < 2) {
        throw new Bad();
      }
      MsgpackTree.read(in);
      events(in);
      if (size > 2) {
        rank(MsgpackTree.read(in));
      }
      return;
    }
    long size = MsgpackTree.header(in, true);
    boolean told = false;
    for (long i = 0; i < size; i++) {
      Object key = MsgpackTree.read(in);
      if (key.equals("events")) {
        told = true;
        events(in);
      } else if (key.equals("data_parallel_rank")) {
        rank(MsgpackTree.read(in));
      } else {
        MsgpackTree.read(in);
      }
    }
    if (!told) {
      throw new Bad();
    }
  }

  private static int rank(Object value) {
    if (value instanceof MsgpackTree.Nil) {
      return -1;
    }
    BigInteger rank = integer(value);
    return rank.signum() >= 0 && rank.bitLength() < 32 ? rank.intValueExact() : -1;
  }

  private void events(ByteBuffer in) {
    long size = MsgpackTree.header(in, false);
    for (long i = 0; i < size; i++) {
      Object event = MsgpackTree.read(in);
      String tag = "";
      try {
        Map<String, Object> fields = fields(event);
        tag = (String) fields.getOrDefault("type", "");
        seen.add(seen(tag, fields));
      } catch (Bad e) {
        seen.add(new Seen.Unreadable(!storedFor(event)));
      }
    }
  }

  /** Whether an event says it is a store before anything else in it is bad. */
  private static boolean storedFor(Object event) {
    if (event instanceof List<?> list) {
      return !list.isEmpty() && "BlockStored".equals(list.getFirst());
    }
    if (event instanceof MsgpackTree.Pairs pairs) {
      MsgpackTree.Pairs soFar = new MsgpackTree.Pairs(new ArrayList<>());
      String tag = "";
      for (Map.Entry<Object, Object> entry : pairs.entries()) {
        soFar.entries().add(entry);
        try {
          Map<String, Object> fields = fields(soFar);
          tag = (String) fields.getOrDefault("type", "");
          checked(fields);
        } catch (Bad e) {
          break;
        }
      }
      return tag.equals("BlockStored");
    }
    return false;
  }

  private static void checked(Map<String, Object> fields) {
    Map<String, Object> all = new HashMap<>(fields);
    all.putIfAbsent("block_hashes", List.of());
    seen("BlockStored", all);
  }

  /** An event's fields by their names; those that are nil left out. */
  private static Map<String, Object> fields(Object event) {
    Map<String, Object> fields = new HashMap<>();
    if (event instanceof MsgpackTree.Pairs pairs) {
      for (Map.Entry<Object, Object> entry : pairs.entries()) {
        put(fields, entry.getKey(), entry.getValue());
      }
      check(!fields.containsKey("type") || fields.get("type") instanceof String);
      return fields;
    }
    check(event instanceof List<?> list && !list.isEmpty());
    List<?> list = (List<?>) event;
    check(list.getFirst() instanceof String);
    List<String> names =
        switch ((String) list.getFirst()) {
          case "BlockStored" -> STORED;
          case "BlockRemoved" -> REMOVED;
          default -> List.of("type");
        };
    for (int i = 0; i < Math.min(names.size(), list.size()); i++) {
      if (list.get(i) instanceof MsgpackTree.Pairs pairs && names.get(i).equals("lora_name")) {
        for (Map.Entry<Object, Object> entry : pairs.entries()) {
          if (!"type".equals(entry.getKey())) {
            put(fields, entry.getKey(), entry.getValue());
          }
        }
      } else {
        put(fields, names.get(i), list.get(i));
      }
    }
    return fields;
  }

  /** A later one counts, but a nil says nothing; only the parent can be taken back by it. */
  private static void put(Map<String, Object> fields, Object key, Object value) {
    if (key instanceof String name) {
      if (!(value instanceof MsgpackTree.Nil)) {
        fields.put(name, value);
      } else if (name.equals("parent_block_hash")) {
        fields.remove(name);
      } else {
        check(!name.equals("block_hashes") && !name.equals("type"));
      }
    }
  }

  private static Seen seen(String tag, Map<String, Object> fields) {
    return switch (tag) {
      case "BlockStored" -> stored(fields);
      case "BlockRemoved" -> {
        Seen.Stored all = stored(fields);
        yield new Seen.Removed(all.hashes(), all.medium(), all.group());
      }
      case "AllBlocksCleared" -> {
        checked(fields);
        yield new Seen.Cleared();
      }
      default -> throw new Bad();
    };
  }

  private static Seen.Stored stored(Map<String, Object> fields) {
    List<Long> hashes =
        list(fields.getOrDefault("block_hashes", "none")).stream().map(NaiveBatch::hash).toList();
    Object parent = fields.get("parent_block_hash");
    List<Long> parents = parent == null ? List.of() : List.of(hash(parent));
    List<Integer> tokens =
        list(fields.getOrDefault("token_ids", List.of())).stream()
            .map(token -> integer(token).intValue())
            .toList();
    Medium medium = Medium.named(text(fields.getOrDefault("medium", "")));
    Object kind = fields.get("kv_cache_spec_kind");
    boolean full =
        kind == null
            || List.of("full_attention", "mla_attention", "sink_full_attention")
                .contains(text(kind));
    boolean extra =
        list(fields.getOrDefault("extra_keys", List.of())).stream()
            .anyMatch(keys ->
                !(keys instanceof MsgpackTree.Nil)
                    && !(keys instanceof List<?> none && none.isEmpty()));
    boolean session = !text(fields.getOrDefault("session_id", "")).isEmpty();
    return new Seen.Stored(
        hashes,
        parents,
        natural(fields.getOrDefault("block_size", BigInteger.ZERO)),
        tokens,
        medium,
        natural(fields.getOrDefault("group_idx", BigInteger.ZERO)),
        full,
        kind != null,
        text(fields.getOrDefault("lora_name", "")),
        integer(fields.getOrDefault("lora_id", BigInteger.ONE.negate())).longValue(),
        extra,
        session && parent == null && medium == Medium.GPU);
  }

  private static long hash(Object value) {
    if (value instanceof byte[] digest) {
      check(digest.length >= 8);
      return ByteBuffer.wrap(Arrays.copyOfRange(digest, digest.length - 8, digest.length))
          .getLong();
    }
    return integer(value).longValue();
  }

  private static int natural(Object value) {
    BigInteger number = integer(value);
    check(number.signum() >= 0 && number.bitLength() < 32);
    return number.intValueExact();
  }

  private static BigInteger integer(Object value) {
    check(value instanceof BigInteger);
    return (BigInteger) value;
  }

  private static String text(Object value) {
    check(value instanceof String);
    return (String) value;
  }

  private static List<?> list(Object value) {
    check(value instanceof List);
    return (List<?>) value;
  }

  private static void check(boolean holds) {
    if (!holds) {
      throw new Bad();
    }
  }
}
