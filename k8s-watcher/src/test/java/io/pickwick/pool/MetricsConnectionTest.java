package io.pickwick.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.abort;

import io.pickwick.schedule.Gauges;
import io.pickwick.schedule.LoraState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MetricsConnectionTest {
  private static final long CAP = 100_000;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final AtomicLong bytesRead = new AtomicLong();
  private final MetricsPage page = new MetricsPage(Engine.VLLM);

  @Test
  void readsPagesOfAllFramings() throws IOException {
    String head = "HTTP/1.1 200 OK\r\nServer: uvicorn\r\n";
    for (FakePod.Behaviour framing :
        List.of(
            FakePod.page(FakePod.PAGE),
            FakePod.raw(head + "content-LENGTH:" + FakePod.PAGE.length() + "\n\n" + FakePod.PAGE),
            FakePod.raw(head + "Transfer-Encoding: chunked\r\n\r\n" + chunks(7)),
            FakePod.raw(head + "Transfer-Encoding: Chunked\r\n\r\n" + chunks(1000)),
            FakePod.rawThenClose(head + "Connection: close\r\n\r\n" + FakePod.PAGE),
            FakePod.rawThenClose("HTTP/1.0 200 OK\r\n\r\n" + FakePod.PAGE),
            byteByByte(head + "Transfer-Encoding: chunked\r\n\r\n" + chunks(5)))) {
      try (FakePod pod = new FakePod(framing);
          MetricsConnection connection = to(pod.address())) {
        assertThat(get(connection, PATIENCE)).hasValue(seen());
        assertThat(get(connection, PATIENCE)).hasValue(seen());
      }
    }
  }

  @Test
  void keepsTheConnectionAndConnectsAgainWhereThePeerDoesNot() throws IOException {
    try (FakePod pod = new FakePod(FakePod.page(FakePod.PAGE));
        MetricsConnection connection = to(pod.address())) {
      for (int i = 0; i < 3; i++) {
        assertThat(get(connection, PATIENCE)).isPresent();
      }
      assertThat(pod.accepted()).isEqualTo(1);
      pod.behave(
          FakePod.rawThenClose(
              "HTTP/1.1 200 OK\r\nContent-Length: "
                  + FakePod.PAGE.length()
                  + "\r\n\r\n"
                  + FakePod.PAGE));
      for (int i = 0; i < 3; i++) {
        assertThat(get(connection, PATIENCE)).isPresent();
      }
      assertThat(pod.accepted()).isEqualTo(3);
      assertThat(pod.requests()).isEqualTo(6);
    }
  }

  @Test
  void bytesAfterTheAnswerEndTheConnection() throws IOException {
    try (FakePod pod =
            new FakePod(FakePod.raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\nHTTP/1.1"));
        MetricsConnection connection = to(pod.address())) {
      assertThat(get(connection, PATIENCE)).isEmpty();
      assertThat(connection.isOpen()).isFalse();
    }
  }

  @Test
  void refused() throws IOException {
    FakePod pod = new FakePod(FakePod.page(""));
    pod.close();
    assertThat(failure(pod, PATIENCE)).isEqualTo(ScrapeFailure.UNREACHABLE);
  }

  @Test
  void acceptsAndHangs() throws IOException {
    assertThat(failure(connection -> {}, Duration.ofMillis(100))).isEqualTo(ScrapeFailure.TIMEOUT);
  }

  @Test
  void dripsOneByteEvery100Ms() throws IOException {
    assertThat(
            failure(
                connection -> {
                  OutputStream out = connection.getOutputStream();
                  while (!connection.isClosed()) {
                    out.write('H');
                    LockSupport.parkNanos(100_000_000);
                  }
                },
                Duration.ofMillis(350)))
        .isEqualTo(ScrapeFailure.TIMEOUT);
  }

  @Test
  void saysThatItSendsAGigabyte() throws IOException {
    assertThat(failure("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + FakePod.PAGE))
        .isEqualTo(ScrapeFailure.TOO_LARGE);
  }

  @Test
  void sendsAGigabyte() throws IOException {
    for (String framing : List.of("Transfer-Encoding: chunked\r\n\r\n", "\r\n")) {
      bytesRead.set(0);
      String chunk = framing.startsWith("T") ? "400\r\n" + filler(1024) + "\r\n" : filler(1024);
      assertThat(
              failure(
                  connection -> {
                    OutputStream out = connection.getOutputStream();
                    out.write(
                        ("HTTP/1.1 200 OK\r\n" + framing).getBytes(StandardCharsets.US_ASCII));
                    byte[] bytes = chunk.getBytes(StandardCharsets.US_ASCII);
                    for (int i = 0; i < 1 << 20; i++) {
                      out.write(bytes);
                    }
                  },
                  PATIENCE))
          .isEqualTo(ScrapeFailure.TOO_LARGE);
      assertThat(bytesRead.get()).isBetween(CAP, CAP + 40_000);
    }
  }

  @Test
  void headersWithoutEnd() throws IOException {
    for (String endless : List.of("X-More: 1\r\n", "x")) {
      bytesRead.set(0);
      assertThat(
              failure(
                  connection -> {
                    OutputStream out = connection.getOutputStream();
                    out.write("HTTP/1.1 200 OK\r\n".getBytes(StandardCharsets.US_ASCII));
                    byte[] bytes = endless.repeat(1000).getBytes(StandardCharsets.US_ASCII);
                    while (!connection.isClosed()) {
                      out.write(bytes);
                    }
                  },
                  PATIENCE))
          .isEqualTo(ScrapeFailure.MALFORMED);
      assertThat(bytesRead.get()).isLessThan(40_000);
    }
  }

  @Test
  void disappearsInMidPage() throws IOException {
    for (String part :
        List.of(
            "",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + FakePod.PAGE,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + FakePod.PAGE,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunks(1000).replace("0\r\n\r\n", ""),
            "HTTP/1.1 200 OK\r\n\r\n" + FakePod.PAGE + "vllm:kv_cache")) {
      assertThat(failure(FakePod.rawThenClose(part), PATIENCE))
          .as(part)
          .isEqualTo(ScrapeFailure.CUT);
    }
  }

  @Test
  void otherStatuses() throws IOException {
    for (String status : List.of("404 Not Found", "503 Service Unavailable", "204 No Content")) {
      assertThat(failure("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n"))
          .isEqualTo(ScrapeFailure.STATUS);
    }
  }

  @Test
  void answersThatAreNotHttp() throws IOException {
    String chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (String answer :
        List.of(
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1\r\n\r\n",
            "HTTP/1.1 abc\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            chunked + "zz\r\n",
            chunked + "\r\n",
            chunked + "-1\r\n",
            chunked + "123456789\r\n",
            chunked + "3\r\nabcdef\r\n0\r\n\r\n",
            chunked + "0\r\n" + filler(9_000) + "\r\n\r\n",
            chunked + "1;" + filler(9_000) + "\r\n")) {
      assertThat(failure(answer)).as(answer).isEqualTo(ScrapeFailure.MALFORMED);
    }
  }

  @Test
  void speaksIpv6() throws IOException {
    InetAddress loopback = InetAddress.ofLiteral("::1");
    FakePod listening;
    try {
      listening = new FakePod(FakePod.page(FakePod.PAGE), loopback, 0);
    } catch (IOException e) {
      abort("no IPv6 loopback here");
      throw e;
    }
    try (FakePod pod = listening;
        MetricsConnection connection = to(pod.address())) {
      assertThat(get(connection, PATIENCE)).hasValue(seen());
    }
  }

  @Test
  void speaksTlsToWhateverCertificate(@TempDir Path directory) throws Exception {
    Path store = directory.resolve("pod.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "pod",
                "-keyalg",
                "EC",
                "-dname",
                "CN=somebody",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit")
            .redirectErrorStream(true)
            .start();
    keytool.getInputStream().readAllBytes();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    ServerSocket server =
        context
            .getServerSocketFactory()
            .createServerSocket(0, 10, InetAddress.ofLiteral("127.0.0.1"));
    try (FakePod pod = new FakePod(FakePod.page(FakePod.PAGE), server);
        MetricsConnection connection =
            new MetricsConnection(
                pod.address(),
                MetricsConnection.request(ScraperConfig.DEFAULTS, "pod"),
                CAP,
                Optional.of(Scraper.trustingFactory()),
                System::nanoTime,
                bytesRead::addAndGet)) {
      assertThat(get(connection, PATIENCE)).hasValue(seen());
      assertThat(connection.endsWithin(1_000_000)).isFalse();
      assertThat(get(connection, PATIENCE)).hasValue(seen());
      assertThat(pod.accepted()).isEqualTo(1);
    }
  }

  @Test
  void tlsToAPodThatSpeaksNone() throws IOException {
    Optional<SSLSocketFactory> tls = Optional.of(Scraper.trustingFactory());
    try (ServerSocket rude = new ServerSocket(0, 10, InetAddress.ofLiteral("127.0.0.1"))) {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket connection = rude.accept()) {
              connection
                  .getOutputStream()
                  .write("HTTP/1.1 400\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
              connection.getInputStream().readAllBytes();
            } catch (IOException e) {
              // The assertion tells.
            }
          });
      try (MetricsConnection connection =
          new MetricsConnection(
              (InetSocketAddress) rude.getLocalSocketAddress(),
              new byte[1],
              CAP,
              tls,
              System::nanoTime,
              bytesRead::addAndGet)) {
        assertThat(failure(connection, PATIENCE)).isEqualTo(ScrapeFailure.MALFORMED);
      }
    }
  }

  @Test
  void sendsTheHeadersItWasGiven() {
    ScraperConfig config =
        new ScraperConfig(
            PATIENCE,
            PATIENCE,
            1,
            PATIENCE,
            "/m",
            0,
            false,
            1,
            Map.of("Authorization", "Bearer x"));
    assertThat(new String(MetricsConnection.request(config, "[::1]:80"), StandardCharsets.US_ASCII))
        .startsWith("GET /m HTTP/1.1\r\nHost: [::1]:80\r\n")
        .endsWith("\r\nAuthorization: Bearer x\r\n\r\n");
  }

  private Gauges seen() {
    return new Gauges(7, 3, 4, 0, 0, 0, LoraState.NONE);
  }

  private MetricsConnection to(InetSocketAddress address) {
    return new MetricsConnection(
        address,
        MetricsConnection.request(ScraperConfig.DEFAULTS, "pod"),
        CAP,
        Optional.empty(),
        System::nanoTime,
        bytesRead::addAndGet);
  }

  private Optional<Gauges> get(MetricsConnection connection, Duration timeout)
      throws ScrapeException {
    page.reset();
    connection.get(page, System.nanoTime() + timeout.toNanos());
    return page.finish(7);
  }

  private ScrapeFailure failure(String answer) throws IOException {
    return failure(FakePod.raw(answer), PATIENCE);
  }

  private ScrapeFailure failure(FakePod.Behaviour behaviour, Duration timeout) throws IOException {
    try (FakePod pod = new FakePod(behaviour)) {
      return failure(pod, timeout);
    }
  }

  private ScrapeFailure failure(FakePod pod, Duration timeout) {
    try (MetricsConnection connection = to(pod.address())) {
      return failure(connection, timeout);
    }
  }

  private ScrapeFailure failure(MetricsConnection connection, Duration timeout) {
    ScrapeException failure =
        catchThrowableOfType(ScrapeException.class, () -> get(connection, timeout));
    assertThat(failure).isNotNull();
    assertThat(connection.isOpen()).isFalse();
    return failure.failure();
  }

  private static FakePod.Behaviour byteByByte(String text) {
    return connection -> {
      for (byte b : text.getBytes(StandardCharsets.US_ASCII)) {
        connection.getOutputStream().write(b);
      }
    };
  }

  private static String chunks(int size) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < FakePod.PAGE.length(); at += size) {
      String part = FakePod.PAGE.substring(at, Math.min(at + size, FakePod.PAGE.length()));
      text.append(Integer.toHexString(part.length())).append(";x=y\r\n").append(part);
      text.append("\r\n");
    }
    return text.append("0\r\n\r\n").toString();
  }

  private static String filler(int length) {
    return "x".repeat(length);
  }
}
