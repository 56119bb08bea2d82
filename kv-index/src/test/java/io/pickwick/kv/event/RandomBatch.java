package io.pickwick.kv.event;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Batches of every shape that a version has or may get, and of some that none should have. */
final class RandomBatch {
  private static final MsgpackTree.Nil NIL = new MsgpackTree.Nil();

  private final RandomGenerator random;

  RandomBatch(RandomGenerator random) {
    this.random = random;
  }

  byte[] next() {
    List<Object> events = new ArrayList<>();
    int size = random.nextInt(random.nextInt(10) == 0 ? 40 : 6);
    for (int i = 0; i < size; i++) {
      events.add(event());
    }
    return MsgpackWriter.write(batch(events), random);
  }

  private Object batch(List<Object> events) {
    Object rank = random.nextInt(3) == 0 ? NIL : random.nextInt(300);
    if (random.nextInt(8) == 0) {
      Map<Object, Object> map = new LinkedHashMap<>();
      List<String> keys =
          new ArrayList<>(List.of("ts", "events", "data_parallel_rank", "type", "later"));
      Collections.shuffle(keys, new java.util.Random(random.nextLong()));
      for (String key : keys) {
        switch (key) {
          case "ts" -> map.put(key, 1.5);
          case "events" -> map.put(key, events);
          case "data_parallel_rank" -> map.put(key, rank);
          default -> map.put(key, anything(2));
        }
      }
      return map;
    }
    List<Object> list = new ArrayList<>();
    list.add(random.nextInt(20) == 0 ? anything(1) : (Object) 1.5);
    list.add(events);
    if (random.nextInt(5) != 0) {
      list.add(rank);
    }
    if (list.size() == 3 && random.nextInt(10) == 0) {
      list.add(anything(2));
    }
    return list;
  }

  private Object event() {
    Object event =
        switch (random.nextInt(12)) {
          case 0 -> Arrays.asList("BlockMoved", anything(2));
          case 1 -> anything(3);
          case 2 ->
              random.nextBoolean()
                  ? List.of("AllBlocksCleared")
                  : Map.of("type", "AllBlocksCleared");
          case 3, 4, 5 -> removed();
          default -> stored();
        };
    return random.nextInt(12) == 0 ? spoiled(event) : event;
  }

  /** One value put somewhere it does not belong. */
  private Object spoiled(Object event) {
    if (event instanceof List<?> list && !list.isEmpty()) {
      List<Object> bad = new ArrayList<>(list);
      bad.set(random.nextInt(bad.size()), anything(2));
      return bad;
    }
    if (event instanceof Map<?, ?> map && !map.isEmpty()) {
      Map<Object, Object> bad = new LinkedHashMap<>(map);
      Object key = new ArrayList<>(bad.keySet()).get(random.nextInt(bad.size()));
      bad.put(key, anything(2));
      return bad;
    }
    return event;
  }

  private Object removed() {
    Map<Object, Object> fields = new LinkedHashMap<>();
    fields.put("type", "BlockRemoved");
    fields.put("block_hashes", hashes());
    fields.put("medium", orNil(medium()));
    fields.put("group_idx", orNil(random.nextInt(3)));
    return shaped(fields, 2);
  }

  private Object stored() {
    List<Object> hashes = hashes();
    int blockSize = List.of(1, 4, 16, 32).get(random.nextInt(4));
    List<Object> tokens = new ArrayList<>();
    int span = hashes.size() * blockSize * (random.nextInt(5) == 0 ? 3 : 1);
    for (int i = 0; i < span; i++) {
      tokens.add(random.nextInt(random.nextBoolean() ? 200 : 200_000));
    }
    List<Object> extra = new ArrayList<>();
    for (int i = 0; i < hashes.size(); i++) {
      extra.add(random.nextBoolean() ? NIL : List.of("salt", List.of("image", -12)));
    }
    Map<Object, Object> fields = new LinkedHashMap<>();
    fields.put("type", "BlockStored");
    fields.put("block_hashes", hashes);
    fields.put("parent_block_hash", orNil(hash()));
    fields.put("token_ids", orNil(tokens));
    fields.put("block_size", orNil(blockSize));
    fields.put("lora_id", orNil(random.nextInt(9)));
    fields.put("medium", orNil(medium()));
    fields.put("lora_name", orNil("adapter-" + random.nextInt(4)));
    fields.put("extra_keys", orNil(extra));
    fields.put("group_idx", orNil(random.nextInt(3)));
    fields.put(
        "kv_cache_spec_kind",
        orNil(
            List.of("full_attention", "mla_attention", "sink_full_attention", "mamba", "")
                .get(random.nextInt(5))));
    fields.put("kv_cache_spec_sliding_window", orNil(128));
    fields.put("locality", "LOCAL");
    fields.put("ownership", "fs");
    fields.put("session_id", orNil(random.nextBoolean() ? "s-1" : ""));
    return shaped(fields, 1 + random.nextInt(12));
  }

  /** The fields as an array that ends somewhere, or as a map that leaves out what is nil. */
  private Object shaped(Map<Object, Object> fields, int last) {
    if (random.nextBoolean()) {
      List<Object> values = new ArrayList<>(fields.values());
      List<Object> array =
          new ArrayList<>(values.subList(0, Math.min(values.size(), Math.max(2, last + 1))));
      if (array.size() > 7 && random.nextInt(6) == 0) {
        array.set(7, Map.of("lora_name", "from-map", "cache_salt", "s", "page", 1));
      }
      return array;
    }
    List<Object> keys = new ArrayList<>(fields.keySet());
    if (random.nextBoolean()) {
      Collections.shuffle(keys, new java.util.Random(random.nextLong()));
    }
    Map<Object, Object> map = new LinkedHashMap<>();
    for (Object key : keys) {
      if (!(fields.get(key) instanceof MsgpackTree.Nil) || random.nextInt(3) == 0) {
        map.put(key, fields.get(key));
      }
      if (random.nextInt(20) == 0) {
        map.put(
            random.nextBoolean() ? (Object) random.nextInt(5) : "field_" + map.size(), anything(2));
      }
    }
    return map;
  }

  private Object orNil(Object value) {
    return random.nextInt(4) == 0 ? NIL : value;
  }

  private String medium() {
    return List.of("GPU", "gpu", "CPU", "cpu", "CPU_PINNED", "STORAGE", "OBJ", "MOON", "")
        .get(random.nextInt(9));
  }

  private List<Object> hashes() {
    List<Object> hashes = new ArrayList<>();
    int size = random.nextInt(random.nextInt(10) == 0 ? 200 : 5);
    for (int i = 0; i < size; i++) {
      hashes.add(hash());
    }
    return hashes;
  }

  private Object hash() {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextInt(300) - 150;
      case 1 -> random.nextLong();
      case 2 -> {
        byte[] digest = new byte[List.of(8, 16, 32, 300).get(random.nextInt(4))];
        random.nextBytes(digest);
        yield digest;
      }
      default -> new MsgpackWriter.Unsigned(random.nextLong());
    };
  }

  private Object anything(int depth) {
    return switch (random.nextInt(depth == 0 ? 7 : 10)) {
      case 0 -> NIL;
      case 1 -> random.nextLong();
      case 2 -> "text";
      case 3 -> true;
      case 4 -> 0.25;
      case 5 -> new byte[random.nextInt(12)];
      case 6 -> extension();
      case 7 -> List.of();
      case 8 -> Map.of(anything(0), anything(depth - 1));
      default -> List.of(anything(depth - 1), anything(depth - 1));
    };
  }

  private MsgpackWriter.Raw extension() {
    return switch (random.nextInt(4)) {
      case 0 -> new MsgpackWriter.Raw("d40501");
      case 1 -> new MsgpackWriter.Raw("c702050101");
      case 2 -> new MsgpackWriter.Raw("c800010501");
      default -> new MsgpackWriter.Raw("ca00000000");
    };
  }
}
