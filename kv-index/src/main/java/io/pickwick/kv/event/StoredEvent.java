package io.pickwick.kv.event;

/** The {@code BlockStored} event that a {@link BatchDecoder} is at; filled anew for each. */
final class StoredEvent implements StoredBlocks {
  private final MsgpackReader tokenReader = new MsgpackReader();

  final HashList hashes = new HashList();
  boolean hasParent;
  long parent;
  int blockSize;
  byte[] payload = new byte[0];
  int payloadEnd;
  int tokensAt;
  int tokens;
  Medium medium = Medium.GPU;
  int group;
  boolean kindTold;
  boolean fullAttention;
  String loraName = "";
  long loraId;
  boolean extraKeys;
  boolean session;

  private int[] ids = new int[64];
  private boolean idsRead;

  /** Back to an event of which nothing is told. */
  void reset() {
    hashes.clear();
    hasParent = false;
    parent = 0;
    blockSize = 0;
    tokens = 0;
    idsRead = false;
    medium = Medium.GPU;
    group = 0;
    kindTold = false;
    fullAttention = true;
    loraName = "";
    loraId = -1;
    extraKeys = false;
    session = false;
  }

  @Override
  public int count() {
    return hashes.count();
  }

  @Override
  public long hash(int block) {
    return hashes.get(block);
  }

  @Override
  public boolean hasParent() {
    return hasParent;
  }

  @Override
  public long parent() {
    return parent;
  }

  @Override
  public int blockSize() {
    return blockSize;
  }

  @Override
  public int tokens() {
    return tokens;
  }

  @Override
  public int token(int position) {
    if (!idsRead) {
      readIds();
    }
    return ids[position];
  }

  /** Tokens are read when first asked for: who keys by the engine's hashes never asks. */
  private void readIds() {
    if (ids.length < tokens) {
      ids = new int[Math.max(tokens, 2 * ids.length)];
    }
    tokenReader.over(payload, tokensAt, payloadEnd - tokensAt);
    for (int i = 0; i < tokens; i++) {
      ids[i] = (int) tokenReader.integer();
    }
    idsRead = true;
  }

  @Override
  public Medium medium() {
    return medium;
  }

  @Override
  public int group() {
    return group;
  }

  @Override
  public boolean fullAttention() {
    return fullAttention;
  }

  @Override
  public boolean kindTold() {
    return kindTold;
  }

  @Override
  public String loraName() {
    return loraName;
  }

  @Override
  public long loraId() {
    return loraId;
  }

  @Override
  public boolean hasExtraKeys() {
    return extraKeys;
  }

  /*
   * What a report looks like. vLLM (block_pool.py, 0.26 on) makes it of the same fields as a store:
   * it always starts at the prompt's first block, so it has no parent, and it is of the engine's own
   * medium. The session does not tell them apart, since every store of a request with a session
   * carries it too; but a store with a parent is certainly no report. What is left, a first run with
   * a session, is taken as a report: a block that was not held counts once either way, and if it was
   * held, one copy too few only hides a block early, where one too many would show it for ever.
   */
  @Override
  public boolean reported() {
    return session && !hasParent && medium == Medium.GPU;
  }
}
