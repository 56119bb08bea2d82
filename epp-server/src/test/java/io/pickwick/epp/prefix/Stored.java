package io.pickwick.epp.prefix;

import io.pickwick.kv.event.Medium;
import io.pickwick.kv.event.StoredBlocks;
import io.pickwick.kv.hash.ExtraKeys;
import io.pickwick.kv.hash.HashScheme;
import io.pickwick.kv.hash.TokenChain;
import java.util.Arrays;
import java.util.stream.IntStream;

/** An event that is made by hand. */
final class Stored implements StoredBlocks {
  private final int[] tokens;
  private final int blockSize;
  private final long[] hashes;
  private String adapter = "";
  private boolean extra;
  private boolean parent;
  private boolean full = true;
  private Medium medium = Medium.GPU;

  private Stored(int[] tokens, int blockSize, long[] hashes) {
    this.tokens = tokens;
    this.blockSize = blockSize;
    this.hashes = hashes;
  }

  static Stored of(int[] tokens, int blockSize, long first) {
    return new Stored(tokens, blockSize, new long[] {first});
  }

  static Stored of(int[] tokens, HashScheme scheme, ExtraKeys keys) {
    TokenChain chain = new TokenChain(scheme, keys, 0);
    chain.add(tokens, 0, tokens.length);
    long[] hashes = IntStream.range(0, chain.blocks()).mapToLong(chain::raw).toArray();
    int[] covered = Arrays.copyOf(tokens, chain.blocks() * scheme.blockSize());
    Stored stored = new Stored(covered, scheme.blockSize(), hashes);
    return keys.adapter().map(lora -> stored.adapter(lora.name())).orElse(stored);
  }

  Stored adapter(String name) {
    adapter = name;
    extra = true;
    return this;
  }

  Stored salted() {
    extra = true;
    return this;
  }

  Stored after(long hash) {
    parent = hash != 0;
    return this;
  }

  Stored in(Medium other) {
    medium = other;
    return this;
  }

  Stored partial() {
    full = false;
    return this;
  }

  @Override
  public int count() {
    return hashes.length;
  }

  @Override
  public long hash(int block) {
    return hashes[block];
  }

  @Override
  public boolean hasParent() {
    return parent;
  }

  @Override
  public long parent() {
    return 0;
  }

  @Override
  public int blockSize() {
    return blockSize;
  }

  @Override
  public int tokens() {
    return tokens.length;
  }

  @Override
  public int token(int position) {
    return tokens[position];
  }

  @Override
  public Medium medium() {
    return medium;
  }

  @Override
  public int group() {
    return 0;
  }

  @Override
  public boolean fullAttention() {
    return full;
  }

  @Override
  public boolean kindTold() {
    return true;
  }

  @Override
  public String loraName() {
    return adapter;
  }

  @Override
  public long loraId() {
    return adapter.isEmpty() ? -1 : 1;
  }

  @Override
  public boolean hasExtraKeys() {
    return extra;
  }

  @Override
  public boolean reported() {
    return false;
  }
}
