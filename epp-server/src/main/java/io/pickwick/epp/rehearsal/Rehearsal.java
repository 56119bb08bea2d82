package io.pickwick.epp.rehearsal;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.pickwick.epp.decide.PoolDecider;
import io.pickwick.epp.extproc.EventLoops;
import io.pickwick.epp.extproc.ExtProcConfig;
import io.pickwick.epp.extproc.ExtProcServer;
import io.pickwick.epp.extproc.Health;
import io.pickwick.epp.extproc.Tls;
import io.pickwick.epp.telemetry.RequestMetrics;
import io.pickwick.pool.DeclaredEndpoint;
import io.pickwick.pool.Pool;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a few hundred requests of its own making through the whole request path before others come,
 * so that the first of those do not wait for the JVM to load and compile it.
 *
 * <p>They go to an external processor of their own at the loopback address, and are decided by a
 * pool, histories and an index of their own, all of which is dropped at the end: nothing of them is
 * told in metrics or logs. It ends after a given time at the latest, however far it got.
 */
public final class Rehearsal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
  private static final int REQUESTS = 400;
  private static final int AT_A_TIME = 4;
  private static final int ENDPOINTS = 8;
  private static final int PORT = 8000;
  private static final int BLOCK_TOKENS = 16;
  private static final int BLOCKS = 30_000;

  private static final MethodDescriptor<byte[], byte[]> PROCESS =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodType.BIDI_STREAMING)
          .setFullMethodName(Health.EXT_PROC + "/Process")
          .setRequestMarshaller(new Plain())
          .setResponseMarshaller(new Plain())
          .build();

  private final long mostNanos;
  private final int requests;
  private final LongSupplier nanos;
  private final Thread thread;
  private final AtomicInteger answered = new AtomicInteger();
  private volatile long startNanos;
  private volatile boolean started;
  private volatile boolean over;

  /** Makes what requests are decided by, of endpoints that no real request meets. */
  public interface Staging {
    /** A stage of its own. */
    Stage stage(Supplier<List<Endpoint>> endpoints) throws IOException;
  }

  /** Messages as they are. */
  private static final class Plain implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * One that has not started.
   *
   * @param most how long it may take; zero for none at all
   * @param model whom requests ask for; empty for any name
   */
  public Rehearsal(Duration most, String model, Staging staging, LongSupplier nanos) {
    this(most, REQUESTS, model, staging, nanos);
  }

  Rehearsal(Duration most, int requests, String model, Staging staging, LongSupplier nanos) {
    this.mostNanos = most.toNanos();
    this.requests = requests;
    this.nanos = nanos;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("rehearsal")
            .unstarted(() -> run(new Script(model), staging));
    this.over = most.isZero();
  }

  /** Begins, on a thread of its own. */
  public void start() {
    startNanos = nanos.getAsLong();
    started = true;
    if (!over) {
      thread.start();
    }
  }

  /** Whether it is worth waiting for: it has not ended, and has time left. */
  public boolean goesOn() {
    return !over && (!started || left() > 0);
  }

  /** How many requests were answered. */
  int answered() {
    return answered.get();
  }

  private long left() {
    return mostNanos - (nanos.getAsLong() - startNanos);
  }

  private void run(Script script, Staging staging) {
    try (EventLoops loops = EventLoops.of(2)) {
      Pool pool = pool();
      Stage stage = staging.stage(() -> pool.snapshot().endpoints());
      PoolDecider decider =
          new PoolDecider(
              pool::snapshot,
              stage::policy,
              new RequestMetrics(new PrometheusRegistry(), ""),
              nanos,
              () -> ThreadLocalRandom.current().nextDouble(),
              new PoolDecider.Settings(true, false, false));
      ExtProcConfig standard = ExtProcConfig.on(0);
      ExtProcConfig config =
          new ExtProcConfig(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
              new Tls.Plaintext(),
              standard.maxMessageBytes(),
              standard.maxBodyBytes(),
              standard.maxHeldBytes(),
              standard.requestDeadline(),
              standard.responseIdle());
      try (ExtProcServer server =
          ExtProcServer.start(
              config, decider, stage.readers(), new Health(() -> true), loops, nanos)) {
        play(script, server.port());
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("Could not warm up; the first requests will be slow", e);
    } catch (InterruptedException e) {
      LOG.debug("Warming up ends early", e);
    } finally {
      over = true;
    }
  }

  private void play(Script script, int port) throws InterruptedException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .usePlaintext()
            .directExecutor()
            .build();
    try {
      Semaphore turns = new Semaphore(AT_A_TIME);
      for (int i = 0; i < requests && takesTurn(turns, 1); i++) {
        new Exchange(channel.newCall(PROCESS, CallOptions.DEFAULT), script, turns)
            .begin(script.request(i));
      }
      takesTurn(turns, AT_A_TIME);
      // From here on nobody waits, however long it takes to clean up.
      over = true;
    } finally {
      channel.shutdownNow();
    }
  }

  private boolean takesTurn(Semaphore turns, int count) throws InterruptedException {
    return turns.tryAcquire(count, Math.max(0, left()), TimeUnit.NANOSECONDS);
  }

  private Pool pool() {
    Pool pool = new Pool();
    List<DeclaredEndpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < ENDPOINTS; i++) {
      endpoints.add(
          new DeclaredEndpoint("default", "warm-up-" + i, "192.0.2." + (i + 1), PORT, Map.of()));
    }
    pool.apply(endpoints);
    for (Endpoint endpoint : pool.snapshot().endpoints()) {
      endpoint
          .load()
          .observe(new Gauges(nanos.getAsLong(), 0, 1, 0.5, BLOCK_TOKENS, BLOCKS, LoraState.NONE));
    }
    return pool;
  }

  /** One request, from its headers to the end of its response. */
  private final class Exchange extends ClientCall.Listener<byte[]> {
    private final ClientCall<byte[], byte[]> call;
    private final Script script;
    private final Semaphore turns;
    private boolean picked;

    Exchange(ClientCall<byte[], byte[]> call, Script script, Semaphore turns) {
      this.call = call;
      this.script = script;
      this.turns = turns;
    }

    void begin(List<byte[]> messages) {
      call.start(this, new Metadata());
      call.request(Integer.MAX_VALUE);
      messages.forEach(call::sendMessage);
    }

    @Override
    public void onMessage(byte[] message) {
      if (!picked) {
        picked = true;
        script.response().forEach(call::sendMessage);
        call.halfClose();
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (status.isOk()) {
        answered.incrementAndGet();
      }
      turns.release();
    }
  }

  @Override
  public void close() {
    over = true;
    thread.interrupt();
  }
}
