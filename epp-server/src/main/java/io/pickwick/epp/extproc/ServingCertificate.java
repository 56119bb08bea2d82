package io.pickwick.epp.extproc;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate that the ext_proc port shows, and where it comes from.
 *
 * <p>Files are looked at again and again: a new pair that fits together serves all handshakes from
 * then on; one that does not is refused with a log line, and the old one stays.
 */
final class ServingCertificate implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServingCertificate.class);

  private final @Nullable Keys keys;
  private final @Nullable ScheduledExecutorService watch;

  private ServingCertificate(@Nullable Keys keys, @Nullable ScheduledExecutorService watch) {
    this.keys = keys;
    this.watch = watch;
  }

  /**
   * The certificate of a setting.
   *
   * @throws IOException when its files cannot be read, or make no valid pair
   */
  static ServingCertificate of(Tls tls) throws IOException {
    return switch (tls) {
      case Tls.Plaintext plaintext -> new ServingCertificate(null, null);
      case Tls.SelfSigned selfSigned -> new ServingCertificate(new Keys(selfSigned()), null);
      case Tls.Files files -> ofFiles(files);
    };
  }

  private static Identity selfSigned() throws IOException {
    try {
      KeyPair pair = SelfSigned.keyPair();
      X509Certificate certificate =
          SelfSigned.certificate(pair, "pickwick", Instant.now(), Duration.ofDays(3650));
      return new Identity(new X509Certificate[] {certificate}, pair.getPrivate());
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot make a self-signed certificate", e);
    }
  }

  private static ServingCertificate ofFiles(Tls.Files files) throws IOException {
    byte[] found = contents(files.directory());
    Keys keys = new Keys(identity(found, files.directory()));
    if (files.check().isZero()) {
      return new ServingCertificate(keys, null);
    }
    ScheduledExecutorService watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("certificate").factory());
    Check check = new Check(files.directory(), keys, found);
    long millis = Math.max(1, files.check().toMillis());
    var _ = watch.scheduleWithFixedDelay(check, millis, millis, TimeUnit.MILLISECONDS);
    return new ServingCertificate(keys, watch);
  }

  /** Looks whether the files changed. */
  private static final class Check implements Runnable {
    private final Path directory;
    private final Keys keys;
    private byte[] seen;

    Check(Path directory, Keys keys, byte[] seen) {
      this.directory = directory;
      this.keys = keys;
      this.seen = seen;
    }

    @Override
    public void run() {
      try {
        byte[] found = contents(directory);
        if (Arrays.equals(found, seen)) {
          return;
        }
        seen = found;
        Identity fresh = identity(found, directory);
        keys.identity = fresh;
        LOG.info(
            "Serving a new certificate from {}, valid until {}",
            directory,
            fresh.chain[0].getNotAfter().toInstant());
      } catch (IOException e) {
        LOG.warn("Keeping the old certificate: {}", e.getMessage());
      }
    }
  }

  private static byte[] contents(Path directory) throws IOException {
    byte[] certificate = Files.readAllBytes(directory.resolve("tls.crt"));
    byte[] key = Files.readAllBytes(directory.resolve("tls.key"));
    byte[] both = Arrays.copyOf(certificate, certificate.length + 1 + key.length);
    both[certificate.length] = '\n';
    System.arraycopy(key, 0, both, certificate.length + 1, key.length);
    return both;
  }

  /** Reads a PEM text with a certificate chain, leaf first, and its private key in PKCS#8. */
  private static Identity identity(byte[] pem, Path directory) throws IOException {
    try {
      String text = new String(pem, StandardCharsets.US_ASCII);
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> chain = new ArrayList<>();
      for (byte[] der : blocks(text, "CERTIFICATE")) {
        chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      }
      List<byte[]> key = blocks(text, "PRIVATE KEY");
      if (chain.isEmpty() || key.size() != 1) {
        throw new IOException(
            directory
                + ": tls.crt needs a PEM CERTIFICATE and tls.key one PEM PRIVATE KEY (PKCS#8;"
                + " convert with: openssl pkcs8 -topk8 -nocrypt)");
      }
      PrivateKey secret =
          KeyFactory.getInstance(chain.getFirst().getPublicKey().getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(key.getFirst()));
      requirePair(chain.getFirst(), secret, directory);
      return new Identity(chain.toArray(new X509Certificate[0]), secret);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(directory + ": no usable certificate: " + e.getMessage(), e);
    }
  }

  private static List<byte[]> blocks(String pem, String type) {
    String begin = "-----BEGIN " + type + "-----";
    String end = "-----END " + type + "-----";
    List<byte[]> blocks = new ArrayList<>();
    int from = pem.indexOf(begin);
    while (from >= 0) {
      int to = pem.indexOf(end, from);
      if (to < 0) {
        throw new IllegalArgumentException(type + " is cut short");
      }
      blocks.add(Base64.getMimeDecoder().decode(pem.substring(from + begin.length(), to)));
      from = pem.indexOf(begin, to);
    }
    return blocks;
  }

  /** Files that are being replaced may belong to two pairs for a moment. */
  private static void requirePair(X509Certificate certificate, PrivateKey key, Path directory)
      throws GeneralSecurityException, IOException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> "EdDSA";
        };
    byte[] probe = {1, 2, 3};
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(key);
    signer.update(probe);
    byte[] signed = signer.sign();
    Signature verifier = Signature.getInstance(algorithm);
    verifier.initVerify(certificate.getPublicKey());
    verifier.update(probe);
    if (!verifier.verify(signed)) {
      throw new IOException(directory + ": tls.key is not the key of tls.crt");
    }
  }

  /** Makes the server speak TLS, unless it is to speak in the clear. */
  void secure(NettyServerBuilder builder) throws IOException {
    Keys shown = keys;
    if (shown != null) {
      builder.sslContext(GrpcSslContexts.configure(SslContextBuilder.forServer(shown)).build());
    }
  }

  @Override
  public void close() {
    ScheduledExecutorService watching = watch;
    if (watching != null) {
      watching.shutdownNow();
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // the key manager's own currency
  private record Identity(X509Certificate[] chain, PrivateKey key) {}

  /** Shows whatever certificate is current at each handshake. */
  private static final class Keys extends X509ExtendedKeyManager {
    private static final String ALIAS = "serving";

    volatile Identity identity;

    Keys(Identity identity) {
      this.identity = identity;
    }

    @Override
    public String chooseEngineServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return ALIAS;
    }

    @Override
    public String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return ALIAS;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return identity.chain;
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return identity.key;
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return new String[0];
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }
  }
}
