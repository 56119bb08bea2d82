package io.pickwick.kv.feed;

import io.pickwick.kv.event.BlockKeys;
import java.util.function.Supplier;

/**
 * An endpoint whose KV events are wanted.
 *
 * @param slot the endpoint's slot
 * @param name what people call it
 * @param address its IP address, without brackets
 * @param port the port it serves HTTP on, by which a topic can name it
 * @param keys makes what turns its blocks into keys, once for each rank
 */
public record FeedSource(
    int slot, String name, String address, int port, Supplier<BlockKeys> keys) {
  /** One that is called by its address and port. */
  public FeedSource(int slot, String address, int port, Supplier<BlockKeys> keys) {
    this(slot, address + ":" + port, address, port, keys);
  }
}
