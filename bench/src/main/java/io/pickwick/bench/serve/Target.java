package io.pickwick.bench.serve;

import io.pickwick.bench.command.VisibleText;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Where requests go to.
 *
 * @param name how it is called in the report
 * @param url its scheme, host, port and, if it has one, the path before {@code /v1}
 */
record Target(String name, URI url) {

  /**
   * Reads {@code name=http://host:port}, or the URL alone, which then is the name.
   *
   * @throws ServeException if it is no such URL
   */
  static Target parse(String text) throws ServeException {
    int equals = text.indexOf('=');
    int scheme = text.indexOf("://");
    boolean named = equals > 0 && (scheme < 0 || equals < scheme);
    String given = named ? text.substring(equals + 1) : text;
    String address = given.contains("://") ? given : "http://" + given;
    while (address.endsWith("/")) {
      address = address.substring(0, address.length() - 1);
    }
    if (address.endsWith("/v1")) {
      address = address.substring(0, address.length() - "/v1".length());
    }
    URI url;
    try {
      url = new URI(address);
    } catch (URISyntaxException e) {
      throw new ServeException("The target %s has no URL: %s.".formatted(text, e.getMessage()), e);
    }
    String kind = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
    if (!kind.equals("http") && !kind.equals("https")) {
      throw new ServeException(
          "The target %s is neither http nor https; write it as NAME=http://HOST:PORT."
              .formatted(text));
    }
    if (url.getHost() == null || url.getRawQuery() != null || url.getRawFragment() != null) {
      throw new ServeException(
          "The target %s needs a host and has no query; write it as NAME=http://HOST:PORT."
              .formatted(text));
    }
    String name = named ? text.substring(0, equals) : given;
    if (!VisibleText.isPlain(name)) {
      throw new ServeException(
          "The target %s has a name with control characters; leave them out.".formatted(text));
    }
    return new Target(name, url);
  }

  boolean tls() {
    return "https".equalsIgnoreCase(url.getScheme());
  }

  /** The host to connect to, an IPv6 address without brackets. */
  String host() {
    String host = url.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  int port() {
    return url.getPort() >= 0 ? url.getPort() : tls() ? 443 : 80;
  }

  /** The field {@code Host}. */
  String authority() {
    return url.getPort() >= 0 ? url.getHost() + ":" + url.getPort() : url.getHost();
  }

  /** A path below its URL, as sent. */
  String path(String below) {
    return url.getRawPath() + below;
  }
}
