package io.pickwick.bench.serve;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Servers' certificates as DER by hand, since the JDK reads certificates but writes none. */
final class Certificates {
  private static final int BOOLEAN = 0x01;
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTETS = 0x04;
  private static final int OBJECT = 0x06;
  private static final int UTF8 = 0x0c;
  private static final int UTC_TIME = 0x17;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;
  private static final int VERSION = 0xa0;
  private static final int EXTENSIONS = 0xa3;
  private static final byte[] ECDSA_SHA256 = {
    0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x04, 0x03, 0x02
  };
  private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03};
  private static final byte[] ALTERNATIVE_NAME = {0x55, 0x1d, 0x11};

  private static final byte[] BASIC_CONSTRAINTS = {0x55, 0x1d, 0x13};

  private Certificates() {}

  /** A server's keys and what it shows of them. */
  record Shown(KeyPair keys, String name, X509Certificate certificate) {
    SSLContext context() throws Exception {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "server", keys.getPrivate(), new char[0], new X509Certificate[] {certificate});
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    }

    /** As a file that {@code --cacert} takes. */
    Path pem(Path file) throws Exception {
      return Files.writeString(
          file,
          "What comes before is no part of it.\n-----BEGIN CERTIFICATE-----\n"
              + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
              + "\n-----END CERTIFICATE-----\n");
    }
  }

  /**
   * Signed by itself, or by another, for hosts, or for an authority if there are none; in force for
   * a day from so long ago.
   */
  static Shown made(String name, Optional<Shown> issuer, Duration ago, String... hosts)
      throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair keys = generator.generateKeyPair();
    Instant from = Instant.now().minus(ago);
    byte[] algorithm = der(SEQUENCE, der(OBJECT, ECDSA_SHA256));
    byte[] signed =
        der(
            SEQUENCE,
            der(VERSION, der(INTEGER, new byte[] {2})),
            der(INTEGER, BigInteger.valueOf(System.nanoTime()).toByteArray()),
            algorithm,
            subject(issuer.map(Shown::name).orElse(name)),
            der(SEQUENCE, time(from), time(from.plus(Duration.ofDays(1)))),
            subject(name),
            keys.getPublic().getEncoded(),
            extensions(hosts));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(issuer.map(Shown::keys).orElse(keys).getPrivate());
    signature.update(signed);
    byte[] bytes = der(SEQUENCE, signed, algorithm, der(BIT_STRING, new byte[1], signature.sign()));
    return new Shown(
        keys,
        name,
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(bytes)));
  }

  private static byte[] subject(String name) {
    return der(
        SEQUENCE,
        der(
            SET,
            der(
                SEQUENCE,
                der(OBJECT, COMMON_NAME),
                der(UTF8, name.getBytes(StandardCharsets.UTF_8)))));
  }

  private static byte[] extensions(String... hosts) {
    List<byte[]> names = Stream.of(hosts).map(Certificates::host).toList();
    byte[] extension =
        names.isEmpty()
            ? der(
                SEQUENCE,
                der(OBJECT, BASIC_CONSTRAINTS),
                der(OCTETS, der(SEQUENCE, der(BOOLEAN, new byte[] {-1}))))
            : der(
                SEQUENCE,
                der(OBJECT, ALTERNATIVE_NAME),
                der(OCTETS, der(SEQUENCE, names.toArray(byte[][]::new))));
    return der(EXTENSIONS, der(SEQUENCE, extension));
  }

  private static byte[] host(String host) {
    return Character.isDigit(host.charAt(0))
        ? der(IP_ADDRESS, InetAddress.ofLiteral(host).getAddress())
        : der(DNS_NAME, host.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] time(Instant instant) {
    String text =
        DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT)
            .format(instant.atOffset(ZoneOffset.UTC));
    return der(UTC_TIME, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] der(int tag, byte[]... contents) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] one : contents) {
      content.writeBytes(one);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(content.size() + 4);
    out.write(tag);
    if (content.size() > 0xff) {
      out.write(0x82);
      out.write(content.size() >>> 8);
    } else if (content.size() > 0x7f) {
      out.write(0x81);
    }
    out.write(content.size());
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }
}
