package io.pickwick.epp.extproc;

import static io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.grpc.stub.ClientCalls;
import io.pickwick.epp.prompt.PromptReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ports as they stand open: TLS, certificates that change, health. */
class ServingTest {
  @TempDir Path directory;

  private final EventLoops loops = EventLoops.of(1);
  private final AtomicBoolean synced = new AtomicBoolean(true);
  private final Health health = new Health(synced::get);

  @AfterEach
  void stop() {
    loops.close();
  }

  private ExtProcServer start(Tls tls) throws IOException {
    ExtProcConfig usual = Picker.config();
    return ExtProcServer.start(
        usual.withTls(tls),
        new RecordingDecider(),
        PromptReader::none,
        health,
        loops,
        System::nanoTime);
  }

  private void write(KeyPair pair, String name) throws IOException, GeneralSecurityException {
    Certificate certificate = SelfSigned.certificate(pair, name, Instant.now(), Duration.ofDays(1));
    Files.writeString(directory.resolve("tls.crt"), pem("CERTIFICATE", certificate.getEncoded()));
    Files.writeString(
        directory.resolve("tls.key"), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
  }

  private static String pem(String type, byte[] der) {
    String base64 =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n";
  }

  /** The name on the certificate that a port shows. */
  private static String shown(int port) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustAll()}, null);
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
        socket.startHandshake();
        X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        return leaf.getSubjectX500Principal().getName();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket) {}

    @Override
    public void checkClientTrusted(
        X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

    @Override
    public void checkServerTrusted(
        X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static FakeProxy trusting(int port) throws IOException {
    return new FakeProxy(
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .sslContext(
                GrpcSslContexts.forClient()
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .build()));
  }

  private static void assertServes(FakeProxy proxy) {
    FakeProxy.Stream stream = proxy.open();
    stream.send(FakeProxy.post("/v1/models", NONE, NONE));
    assertThat(stream.next().hasRequestHeaders()).isTrue();
    stream.cancel();
  }

  @Test
  void selfSignedByDefault() throws IOException {
    try (ExtProcServer server = start(new Tls.SelfSigned());
        FakeProxy proxy = trusting(server.port())) {
      assertServes(proxy);
      assertThat(shown(server.port())).isEqualTo("CN=pickwick");
    }
  }

  @Test
  void aSelfSignedCertificateVerifiesByItsOwnKey() throws GeneralSecurityException {
    KeyPair pair = SelfSigned.keyPair();
    Instant now = Instant.parse("2026-11-21T07:00:00Z");
    X509Certificate certificate = SelfSigned.certificate(pair, "näme", now, Duration.ofDays(3650));
    certificate.verify(pair.getPublic());
    assertThat(certificate.getVersion()).isEqualTo(3);
    assertThat(certificate.getNotBefore().toInstant())
        .isEqualTo(Instant.parse("2026-11-21T06:00:00Z"));
    assertThat(certificate.getNotAfter().toInstant()).isEqualTo(now.plus(Duration.ofDays(3650)));
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=näme");
  }

  @Test
  void aNewCertificateIsTakenAndABrokenOneIsNot() throws IOException, GeneralSecurityException {
    write(SelfSigned.keyPair(), "first");
    try (ExtProcServer server = start(new Tls.Files(directory, Duration.ofMillis(10)));
        FakeProxy proxy = trusting(server.port())) {
      assertServes(proxy);
      assertThat(shown(server.port())).isEqualTo("CN=first");
      Files.writeString(directory.resolve("tls.crt"), "no certificate");
      assertThat(shown(server.port())).isEqualTo("CN=first");
      write(SelfSigned.keyPair(), "second");
      Waiting.until("the new one is shown", () -> shown(server.port()).equals("CN=second"));
      assertServes(proxy);
    }
  }

  @Test
  void certificateAndKeyMustFit() throws IOException, GeneralSecurityException {
    write(SelfSigned.keyPair(), "first");
    String key = Files.readString(directory.resolve("tls.key"));
    write(SelfSigned.keyPair(), "second");
    Files.writeString(directory.resolve("tls.key"), key);
    assertThatThrownBy(() -> start(new Tls.Files(directory, Duration.ZERO)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tls.key is not the key of tls.crt");
  }

  @Test
  void missingOrWrongFilesAreSaidClearly() throws IOException {
    assertThatThrownBy(() -> start(new Tls.Files(directory, Duration.ZERO)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tls.crt");
    Files.writeString(directory.resolve("tls.crt"), "x");
    Files.writeString(directory.resolve("tls.key"), "x");
    assertThatThrownBy(() -> start(new Tls.Files(directory, Duration.ZERO)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("PKCS#8");
  }

  private static String health(Channel channel, String service) {
    MethodDescriptor<byte[], byte[]> check =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("grpc.health.v1.Health/Check")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    byte[] name = service.getBytes(StandardCharsets.UTF_8);
    byte[] request = new byte[name.length + 2];
    request[0] = 0x0a;
    request[1] = (byte) name.length;
    System.arraycopy(name, 0, request, 2, name.length);
    try {
      byte[] answer =
          ClientCalls.blockingUnaryCall(
              channel, check, CallOptions.DEFAULT, name.length == 0 ? new byte[0] : request);
      assertThat(answer[0]).isEqualTo((byte) 0x08);
      return answer[1] == 1 ? "SERVING" : "NOT_SERVING";
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode().toString();
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
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

  @Test
  void healthUnderAllNamesOnBothPorts() throws IOException {
    try (ExtProcServer server = start(new Tls.Plaintext());
        HealthServer healthServer = HealthServer.start(Picker.loopback(), health, loops);
        FakeProxy own = new FakeProxy(healthServer.port());
        FakeProxy shared = new FakeProxy(server.port())) {
      for (FakeProxy proxy : new FakeProxy[] {own, shared}) {
        for (String name : new String[] {"", "readiness", "inference-extension", Health.EXT_PROC}) {
          synced.set(true);
          assertThat(health(proxy.channel(), name)).as(name).isEqualTo("SERVING");
          synced.set(false);
          assertThat(health(proxy.channel(), name)).as(name).isEqualTo("NOT_SERVING");
        }
        assertThat(health(proxy.channel(), "liveness")).isEqualTo("SERVING");
        assertThat(health(proxy.channel(), "nobody")).isEqualTo("NOT_FOUND");
      }
      synced.set(true);
      health.drain();
      assertThat(health(own.channel(), "readiness")).isEqualTo("NOT_SERVING");
      assertThat(health(own.channel(), "liveness")).isEqualTo("SERVING");
    }
  }

  @Test
  void aTakenPortIsAnError() throws IOException {
    try (ExtProcServer server = start(new Tls.Plaintext())) {
      assertThatThrownBy(() ->
              HealthServer.start(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()),
                  health,
                  loops))
          .isInstanceOf(IOException.class);
    }
  }
}
