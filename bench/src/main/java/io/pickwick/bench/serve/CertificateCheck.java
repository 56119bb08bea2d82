package io.pickwick.bench.serve;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** The JDK's way, with words; what it trusts by itself has to be in force, too. */
final class CertificateCheck extends X509ExtendedTrustManager {
  private static final String EITHER_WAY = "or check nothing with --insecure";

  private final X509ExtendedTrustManager standard;

  CertificateCheck(X509ExtendedTrustManager standard) {
    this.standard = standard;
  }

  private interface Check {
    void run() throws CertificateException;
  }

  private static void verify(X509Certificate[] chain, Check check) throws CertificateException {
    X509Certificate leaf = chain[0];
    try {
      // The JDK does not look at the times of a certificate that is itself an authority's.
      leaf.checkValidity();
    } catch (CertificateExpiredException | CertificateNotYetValidException e) {
      throw new RefusedException(
          "its certificate (%s) is in force from %s to %s only; renew it, %s"
              .formatted(
                  leaf.getSubjectX500Principal(),
                  leaf.getNotBefore().toInstant(),
                  leaf.getNotAfter().toInstant(),
                  EITHER_WAY),
          e);
    }
    try {
      check.run();
    } catch (CertificateException e) {
      // What verifies the chain says why by a cause or a class of its own, what compares the names
      // does not.
      boolean misnamed = e.getClass() == CertificateException.class && e.getCause() == null;
      throw new RefusedException(
          misnamed
              ? "its certificate is for %s; ask it by such a name, %s"
                  .formatted(names(leaf), EITHER_WAY)
              : ("its certificate (%s, issued by %s) is not trusted; give its authority's with"
                      + " --cacert FILE, %s")
                  .formatted(
                      leaf.getSubjectX500Principal(), leaf.getIssuerX500Principal(), EITHER_WAY),
          e);
    }
  }

  private static String names(X509Certificate leaf) {
    try {
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      if (names != null && !names.isEmpty()) {
        return names.stream()
            .map(name -> String.valueOf(name.get(1)))
            .collect(Collectors.joining(", "));
      }
    } catch (CertificateParsingException e) {
      // Then it has none to be told.
    }
    return leaf.getSubjectX500Principal() + " and names no host";
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
      throws CertificateException {
    verify(chain, () -> standard.checkServerTrusted(chain, type, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    verify(chain, () -> standard.checkServerTrusted(chain, type, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    verify(chain, () -> standard.checkServerTrusted(chain, type));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
      throws CertificateException {
    standard.checkClientTrusted(chain, type, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
      throws CertificateException {
    standard.checkClientTrusted(chain, type, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    standard.checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return standard.getAcceptedIssuers();
  }

  /** A certificate that is not believed; the message is for people. */
  static final class RefusedException extends CertificateException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
