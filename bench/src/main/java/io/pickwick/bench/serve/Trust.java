package io.pickwick.bench.serve;

import io.pickwick.bench.command.Faults;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Which servers' certificates are believed, and why a handshake with one has failed. */
final class Trust {
  private static final int MOST_BYTES = 16 << 20;

  private final SSLSocketFactory factory;
  private final boolean checksName;

  private Trust(X509ExtendedTrustManager manager, boolean checksName)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {manager}, null);
    this.factory = context.getSocketFactory();
    this.checksName = checksName;
  }

  /**
   * What curl's options of these names mean.
   *
   * @param authorities certificates in PEM that are trusted instead of the JDK's
   * @param insecure whether any certificate of any name will do
   * @throws ServeException if that file has none
   */
  static Trust of(Optional<Path> authorities, boolean insecure) throws ServeException {
    Optional<KeyStore> store = Optional.empty();
    if (authorities.isPresent()) {
      store = Optional.of(read(authorities.get()));
    }
    try {
      return insecure
          ? new Trust(new Anything(), /* checksName= */ false)
          : new Trust(new CertificateCheck(standard(store)), /* checksName= */ true);
    } catch (GeneralSecurityException e) {
      throw new ServeException("TLS is not to be had of this JDK.", e);
    }
  }

  private static KeyStore read(Path file) throws ServeException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES);
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes));
      for (Certificate one : all) {
        store.setCertificateEntry(Integer.toString(store.size()), one);
      }
      if (store.size() > 0) {
        return store;
      }
    } catch (IOException e) {
      throw new ServeException(
          "--cacert %s can't be read: %s.".formatted(file, Faults.words(e)), e);
    } catch (GeneralSecurityException e) {
      throw noCertificates(file, Optional.of(e));
    }
    throw noCertificates(file, Optional.empty());
  }

  private static ServeException noCertificates(Path file, Optional<Exception> cause) {
    ServeException refused =
        new ServeException(
            "--cacert %s holds no certificates that can be read; it is to be PEM, with lines of"
                    .formatted(file)
                + " BEGIN CERTIFICATE.");
    cause.ifPresent(refused::addSuppressed);
    return refused;
  }

  /** The JDK's own way to verify, by its own authorities if there are no others. */
  private static X509ExtendedTrustManager standard(Optional<KeyStore> store)
      throws GeneralSecurityException {
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(store.orElse(null));
    for (TrustManager one : managers.getTrustManagers()) {
      if (one instanceof X509ExtendedTrustManager manager) {
        return manager;
      }
    }
    throw new GeneralSecurityException("There is no trust manager for X.509.");
  }

  /**
   * Shakes hands on a connection.
   *
   * @param patience milliseconds between two of the server's words; 0 for any
   * @throws IOException with words on what was wrong, and what mends it; a {@link
   *     NotTrustedException} if that is its certificate
   */
  SSLSocket secure(Socket plain, Target target, int patience) throws IOException {
    try {
      plain.setSoTimeout(patience);
      SSLSocket socket =
          (SSLSocket) factory.createSocket(plain, target.host(), target.port(), true);
      if (checksName) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
      }
      socket.startHandshake();
      plain.setSoTimeout(0);
      return socket;
    } catch (IOException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof CertificateCheck.RefusedException) {
          throw new NotTrustedException(String.valueOf(cause.getMessage()), e);
        }
      }
      throw new IOException(words(e), e);
    }
  }

  /** The server has shown a certificate that is not believed. */
  static final class NotTrustedException extends IOException {
    private static final long serialVersionUID = 1L;

    NotTrustedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static String words(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return "it has not answered the TLS handshake in time (--connect-timeout-seconds); is that"
            + " port one of https?";
      }
      if (cause instanceof EOFException || cause instanceof SocketException) {
        return "it closed the connection in the midst of the TLS handshake; is that port one of"
            + " https?";
      }
    }
    String said = Faults.words(failure);
    return said.contains("Unsupported or unrecognized SSL message")
        ? "it does not speak TLS; write http:// if it is to be asked in the clear"
        : "the TLS handshake failed: " + said;
  }

  /** Whatever a server shows. */
  private static final class Anything extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket) {}

    @Override
    public void checkServerTrusted(
        X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket) {}

    @Override
    public void checkClientTrusted(
        X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
