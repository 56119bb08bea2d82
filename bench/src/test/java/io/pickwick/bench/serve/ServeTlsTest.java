package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.serve.Certificates.Shown;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Targets of https: those that are believed, those that are not, and those that are none. */
class ServeTlsTest {
  private static final String LOAD = "random:requests=8,input=5,output=2,rate=400";
  private static final Duration NEW = Duration.ofHours(1);
  private static final Duration OLD = Duration.ofDays(30);
  private static final String HERE = "127.0.0.1";

  @TempDir private Path directory;

  private static WireServer server(Shown shown) throws Exception {
    return WireServer.start(
        (_, _, _) -> WireServer.tokens(2), WireServer.Shake.tls(shown.context()));
  }

  private static String target(WireServer server) {
    return "s=https://127.0.0.1:" + server.port();
  }

  /** One or two lines without anything of this program's inside. */
  private static void refused(ServeRun run, WireServer server, String... words) {
    assertThat(run.status()).as(run.err()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("The target s can't be reached at https://127.0.0.1:" + server.port() + ": ")
        .contains(words)
        .contains("Nothing was measured.")
        .doesNotContainPattern("Exception|java\\.|javax\\.|sun\\.|PKIX");
    assertThat(run.err().lines()).hasSizeLessThanOrEqualTo(2);
    assertThat(server.requests()).isZero();
  }

  @Test
  void aCertificateOfAPrivateAuthorityIsTrusted() throws Exception {
    Shown authority = Certificates.made("our authority", Optional.empty(), NEW);
    Path file = authority.pem(directory.resolve("ca.pem"));
    try (WireServer server =
        server(Certificates.made("server", Optional.of(authority), NEW, "other.example", HERE))) {
      ServeRun run = ServeRun.of(target(server), LOAD, "--cacert", file.toString());
      assertThat(run.status()).as(run.err()).isZero();
      assertThat(run.out()).contains("failed:                                  none of 8");
      // In turn, on connections that last.
      assertThat(server.connections()).isLessThan(9);
    }
  }

  @Test
  void aCertificateThatIsNamedItselfIsTrusted() throws Exception {
    Shown own = Certificates.made("server", Optional.empty(), NEW, HERE);
    try (WireServer server = server(own)) {
      String file = own.pem(directory.resolve("own.pem")).toString();
      ServeRun run = ServeRun.of(target(server), LOAD, "--cacert", file, "--cold");
      assertThat(run.status()).as(run.err()).isZero();
      assertThat(run.out()).contains("failed:                                  none of 8");
      assertThat(server.connections()).isEqualTo(9);
    }
  }

  @Test
  void aCertificateThatNobodyVouchesForIsRefused() throws Exception {
    Shown other = Certificates.made("our authority", Optional.empty(), NEW);
    String file = other.pem(directory.resolve("ca.pem")).toString();
    try (WireServer server = server(Certificates.made("server", Optional.empty(), NEW, HERE))) {
      String words =
          "its certificate (CN=server, issued by CN=server) is not trusted; give its authority's"
              + " with --cacert FILE, or check nothing with --insecure.";
      refused(ServeRun.of(target(server), LOAD), server, words);
      refused(ServeRun.of(target(server), LOAD, "--cacert", file), server, words);
    }
  }

  @Test
  void aCertificateForAnotherHostIsRefused() throws Exception {
    Shown own = Certificates.made("127.0.0.1", Optional.empty(), NEW, "other.example", "10.1.2.3");
    String file = own.pem(directory.resolve("own.pem")).toString();
    try (WireServer server = server(own)) {
      refused(
          ServeRun.of(target(server), LOAD, "--cacert", file),
          server,
          "its certificate is for other.example, 10.1.2.3; ask it by such a name");
    }
  }

  @Test
  void aCertificateThatHasExpiredIsRefused() throws Exception {
    Shown authority = Certificates.made("our authority", Optional.empty(), NEW);
    Shown own = Certificates.made("server", Optional.empty(), OLD, HERE);
    expired(own, own);
    expired(Certificates.made("server", Optional.of(authority), OLD, HERE), authority);
  }

  private void expired(Shown shown, Shown trusted) throws Exception {
    Path file = trusted.pem(directory.resolve("ca.pem"));
    try (WireServer server = server(shown)) {
      refused(
          ServeRun.of(target(server), LOAD, "--cacert", file.toString()),
          server,
          "its certificate (CN=server) is in force from ",
          " only; renew it, or check nothing with --insecure");
    }
  }

  @Test
  void anotherAuthorityOfThatNameVouchesForNobody() throws Exception {
    Shown authority = Certificates.made("our authority", Optional.empty(), NEW);
    Shown forged = Certificates.made("our authority", Optional.empty(), NEW);
    String file = authority.pem(directory.resolve("ca.pem")).toString();
    try (WireServer server = server(Certificates.made("server", Optional.of(forged), NEW, HERE))) {
      refused(
          ServeRun.of(target(server), LOAD, "--cacert", file),
          server,
          "its certificate (CN=server, issued by CN=our authority) is not trusted");
    }
  }

  @Test
  void insecureTakesWhateverIsShown() throws Exception {
    try (WireServer server =
        server(Certificates.made("server", Optional.empty(), OLD, "other.example"))) {
      ServeRun run = ServeRun.of(target(server), LOAD, "--insecure");
      assertThat(run.status()).as(run.err()).isZero();
      assertThat(run.out()).contains("failed:                                  none of 8");
    }
  }

  @Test
  void aPeerThatIsSilentIsGivenUpBeforeTheRun() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (WireServer server =
        WireServer.start(
            (_, _, _) -> WireServer.tokens(2),
            (_, socket) -> {
              never.await();
              return socket;
            })) {
      ServeRun ready = ServeRun.of(target(server), LOAD, "--ready-timeout-seconds", "1");
      assertThat(ready.status()).isEqualTo(2);
      assertThat(ready.err())
          .contains("The target s does not answer a first request")
          .contains("within 1 s (--ready-timeout-seconds); there was no connection by then");
      refused(
          ServeRun.of(
              target(server),
              LOAD,
              "--ready-timeout-seconds",
              "2",
              "--connect-timeout-seconds",
              "0.2"),
          server,
          "it has not answered the TLS handshake in time (--connect-timeout-seconds)");
      assertThat(server.requests()).isZero();
    }
  }

  @Test
  void aHandshakeThatDoesNotEndIsStoppedByTheTimeout() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    WireServer.Shake tls =
        WireServer.Shake.tls(Certificates.made("server", Optional.empty(), NEW, HERE).context());
    WireServer.Shake halves =
        (number, socket) -> {
          if (number % 2 == 1) {
            never.await();
          }
          return tls.take(number, socket);
        };
    try (WireServer server = WireServer.start((_, _, _) -> WireServer.tokens(2), halves)) {
      ServeRun run =
          ServeRun.of(
              target(server),
              LOAD,
              "--insecure",
              "--cold",
              "--timeout-seconds",
              "2",
              "--connect-timeout-seconds",
              "600");
      assertThat(run.status()).as(run.err()).isZero();
      assertThat(run.out()).contains("4 of 8: 4 × timed out", "there was no connection by then");
    }
  }

  @Test
  void aPeerThatClosesInTheMidstIsTold() throws Exception {
    try (WireServer server =
        WireServer.start(
            (_, _, _) -> WireServer.tokens(2),
            (_, socket) -> {
              assertThat(socket.getInputStream().read()).isEqualTo(0x16);
              socket.close();
              return new Socket();
            })) {
      refused(
          ServeRun.of(target(server), LOAD, "--ready-timeout-seconds", "2"),
          server,
          "it closed the connection in the midst of the TLS handshake");
    }
  }

  @Test
  void aServerInTheClearIsToldFromOneInTls() throws Exception {
    try (WireServer server =
        WireServer.start((_, _, _) -> WireServer.tokens(2), ServeTlsTest::badRequest)) {
      refused(
          ServeRun.of(target(server), LOAD, "--ready-timeout-seconds", "2"),
          server,
          "it does not speak TLS; write http://");
    }
    try (WireServer server = server(Certificates.made("server", Optional.empty(), NEW, HERE))) {
      ServeRun run = ServeRun.of("s=" + server.url(), LOAD, "--ready-timeout-seconds", "2");
      assertThat(run.status()).isEqualTo(2);
      assertThat(run.err()).contains("an answer in TLS; write https://");
    }
  }

  @Test
  void filesWithoutCertificatesAreRefused() throws IOException {
    Path empty = Files.createFile(directory.resolve("empty.pem"));
    Path other =
        Files.writeString(directory.resolve("other.pem"), "-----BEGIN CERTIFICATE-----\nx");
    for (String[] one :
        new String[][] {
          {empty.toString(), "holds no certificates that can be read; it is to be PEM"},
          {other.toString(), "holds no certificates that can be read; it is to be PEM"},
          {directory.toString(), "can't be read"},
          {directory.resolve("none").toString(), "can't be read: there is no "}
        }) {
      ServeRun run = ServeRun.of("https://127.0.0.1:1", LOAD, "--cacert", one[0]);
      assertThat(run.status()).isEqualTo(2);
      assertThat(run.err())
          .contains("--cacert " + one[0] + " " + one[1])
          .doesNotContain("Exception", "java.");
      assertThat(run.err().lines()).hasSize(1);
    }
  }

  /** What a server in the clear says to a greeting that it does not understand. */
  private static Socket badRequest(int number, Socket socket) throws IOException {
    assertThat(socket.getInputStream().read()).isEqualTo(0x16);
    socket
        .getOutputStream()
        .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    return socket;
  }
}
