package io.pickwick.pool;

import io.pickwick.schedule.Endpoint;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Keeps the load of every endpoint of a pool fresh by reading their metrics pages; give it to
 * {@link Pool#listen}.
 */
public final class Scraper implements PoolListener, AutoCloseable {
  private static final long CLOSING_MILLIS = 2_000;

  private final ScraperConfig config;
  private final LongSupplier nanos;
  private final DoubleSupplier random;
  private final ThreadFactory threads;
  private final Optional<SSLSocketFactory> tls;
  private final ScrapeBudget budget;
  private final ScrapeStats stats = new ScrapeStats();
  private final Map<Endpoint, Running> running = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * Makes a scraper.
   *
   * @param nanos the clock that the scheduler uses
   * @param random spreads the scrapes; from 0 to below 1, called by many threads
   * @param threads makes one thread per endpoint; they must be virtual ones, of which an interrupt
   *     ends a blocked read
   */
  public Scraper(
      ScraperConfig config, LongSupplier nanos, DoubleSupplier random, ThreadFactory threads) {
    this.config = config;
    this.nanos = nanos;
    this.random = random;
    this.threads = threads;
    this.tls = config.https() ? Optional.of(trustingFactory()) : Optional.empty();
    this.budget = new ScrapeBudget(config);
  }

  /** What it has done so far. */
  public ScrapeStats stats() {
    return stats;
  }

  @Override
  public void added(Endpoint endpoint) {
    if (closed) {
      return;
    }
    int port = config.port() == 0 ? endpoint.port() : config.port();
    MetricsConnection connection =
        new MetricsConnection(
            new InetSocketAddress(InetAddress.ofLiteral(endpoint.address()), port),
            MetricsConnection.request(config, endpoint.hostPort()),
            config.maxPageBytes(),
            tls,
            nanos,
            stats::read);
    ScrapeLoop loop = new ScrapeLoop(endpoint, config, connection, budget, stats, nanos, random);
    Running begun = new Running(loop, threads.newThread(loop));
    stats.begin(endpoint);
    running.put(endpoint, begun);
    begun.thread().start();
  }

  @Override
  public void removed(Endpoint endpoint) {
    Running ending = running.remove(endpoint);
    if (ending != null) {
      ending.stop();
      stats.end(endpoint);
    }
  }

  @Override
  public void relabelled(Endpoint before, Endpoint after) {
    removed(before);
    added(after);
  }

  /** Stops scraping and waits shortly for the threads to end. */
  @Override
  public void close() {
    closed = true;
    running.values().forEach(Running::stop);
    try {
      for (Running ending : running.values()) {
        ending.thread().join(CLOSING_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    running.keySet().forEach(stats::end);
    running.clear();
  }

  static SSLSocketFactory trustingFactory() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new AnyCertificate()}, null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no TLS", e);
    }
  }

  private record Running(ScrapeLoop loop, Thread thread) {
    void stop() {
      loop.stop();
      thread.interrupt();
    }
  }

  /** Accepts whatever a pod shows; {@link ScraperConfig#https} says why. */
  private static final class AnyCertificate extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
