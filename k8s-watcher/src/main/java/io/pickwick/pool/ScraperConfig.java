package io.pickwick.pool;

import java.time.Duration;
import java.util.Map;

/**
 * How endpoints are asked for their metrics.
 *
 * @param refreshInterval the fastest pace, for endpoints with requests of ours
 * @param idleInterval the pace of the others
 * @param scrapesPerSecond what all endpoints together are asked at most; paces stretch to hold it
 * @param timeout what one scrape may take from connecting to its last byte
 * @param path where the page is
 * @param port its port; zero for the endpoint's own
 * @param https whether to speak TLS. The certificate is not verified, as is the custom of the
 *     field: pods have self-signed ones for no name. So it hides the page from passive listeners
 *     and proves nothing about who answers
 * @param maxPageBytes the largest page; a longer one is cut off and is no answer
 * @param headers further request headers, for example {@code Authorization}
 */
public record ScraperConfig(
    Duration refreshInterval,
    Duration idleInterval,
    int scrapesPerSecond,
    Duration timeout,
    String path,
    int port,
    boolean https,
    long maxPageBytes,
    Map<String, String> headers) {
  /** The defaults of every part. */
  public static final ScraperConfig DEFAULTS =
      new ScraperConfig(
          Duration.ofMillis(50),
          Duration.ofSeconds(1),
          200,
          Duration.ofSeconds(1),
          "/metrics",
          0,
          false,
          8 << 20,
          Map.of());

  /** Refuses what could not be asked for. */
  public ScraperConfig {
    positive("the refresh interval", refreshInterval);
    positive("the idle interval", idleInterval);
    positive("the timeout of a scrape", timeout);
    if (scrapesPerSecond < 1) {
      throw new IllegalArgumentException("scrapes per second must be at least 1");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("the metrics port must be from 0 to 65535, not " + port);
    }
    if (maxPageBytes < 1) {
      throw new IllegalArgumentException("the largest page must be at least 1 byte");
    }
    if (!path.startsWith("/") || !isPlain(path) || path.indexOf(' ') >= 0) {
      throw new IllegalArgumentException(
          "the metrics path must start with \"/\" and hold no blanks: \"" + path + "\"");
    }
    headers = Map.copyOf(headers);
    headers.forEach((name, value) -> {
      if (name.isEmpty() || !isPlain(name) || !isPlain(value) || name.indexOf(':') >= 0) {
        throw new IllegalArgumentException("not a header: \"" + name + "\"");
      }
    });
  }

  private static void positive(String what, Duration duration) {
    if (duration.isNegative() || duration.isZero()) {
      throw new IllegalArgumentException(what + " must be longer than zero, not " + duration);
    }
  }

  private static boolean isPlain(String text) {
    return text.chars().allMatch(c -> c >= ' ' && c < 127);
  }
}
