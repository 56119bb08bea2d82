package io.pickwick.bench.events;

import io.pickwick.bench.engine.CacheObserver;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToIntFunction;
import org.zeromq.ZContext;

/** The KV events of one engine: what it observes of the cache, it publishes at each step's end. */
public final class KvEvents implements AutoCloseable {
  private final StepEvents step;
  private final EventPublisher publisher;
  private final AtomicLong messages = new AtomicLong();

  private KvEvents(StepEvents step, EventPublisher publisher) {
    this.step = step;
    this.publisher = publisher;
  }

  /**
   * Opens the sockets of one engine.
   *
   * @param host what {@code *} stands for in an endpoint
   * @param shift what is added to the ports, the rank not yet counted
   * @param topic the topic as published
   * @param loraIds the numbers of the adapters by name
   * @throws IOException when a port is taken
   */
  public static KvEvents open(
      ZContext context,
      KvEventOptions options,
      String host,
      int shift,
      String topic,
      int rank,
      int blockSize,
      ToIntFunction<String> loraIds,
      InstantSource clock)
      throws IOException {
    boolean binds = options.direction() == KvEventOptions.Direction.BIND;
    String at = KvEventOptions.shifted(options.endpoint(), host, rank + (binds ? shift : 0));
    String replay =
        options.replay().isEmpty()
            ? ""
            : KvEventOptions.shifted(options.replay(), host, rank + shift);
    return new KvEvents(
        new StepEvents(blockSize, loraIds),
        new EventPublisher(context, options, at, replay, topic, rank, clock));
  }

  /** What the engine tells; on the engine's thread. */
  public CacheObserver observer() {
    return step;
  }

  /** Publishes what was observed since the last step; on the engine's thread. */
  public void stepEnded() {
    List<CacheEvent> events = step.take();
    if (!events.isEmpty()) {
      publisher.publish(events);
      messages.incrementAndGet();
    }
  }

  /** How many messages there are so far, published or about to be. */
  public long messages() {
    return messages.get();
  }

  /** Where the events are published. */
  public String endpoint() {
    return publisher.endpoint();
  }

  /** Where replays are answered; empty when they are not. */
  public String replayEndpoint() {
    return publisher.replayEndpoint();
  }

  /** Makes things go wrong with the messages. */
  public void accident(EventAccidents what) {
    publisher.accident(what);
  }

  @Override
  public void close() {
    publisher.close();
  }
}
