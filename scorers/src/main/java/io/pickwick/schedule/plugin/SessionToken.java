package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.PluginProvider.Parameter;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.spec.Spec;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;

/**
 * The field's stateless session: a header whose value is the base64 of {@code namespace/name} of
 * the endpoint that served last; given with each response, brought back with the next request.
 *
 * @param header its lower-case name
 */
record SessionToken(String header) {
  static final String HEADER = "x-session-token";

  static final List<Parameter> PARAMETERS =
      List.of(
          new Parameter(
              "strategy", "encoded_endpoint_header", "How sessions are kept; this one only."),
          new Parameter(
              "encodedEndpointHeaderConfig", "{header: x-session-token}", "The header's name."));

  static SessionToken read(Spec parameters) {
    parameters
        .get("strategy")
        .ifPresent(strategy -> {
          if (!strategy.text().equals("encoded_endpoint_header")) {
            throw strategy.mistake("this version knows encoded_endpoint_header only");
          }
        });
    return new SessionToken(
        parameters
            .get("encodedEndpointHeaderConfig")
            .map(spec -> spec.only("header"))
            .flatMap(spec -> spec.get("header"))
            .map(spec -> spec.text().toLowerCase(Locale.ROOT))
            .orElse(HEADER));
  }

  /** The endpoint's {@code namespace/name} that the request brings; empty when it brings none. */
  String wanted(ScheduleRequest request) {
    String token = request.headers().apply(header);
    if (token.isEmpty()) {
      return "";
    }
    try {
      return new String(Base64.getDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // A token that is not ours is a session that has not begun.
      return "";
    }
  }

  static boolean names(String wanted, Endpoint endpoint) {
    String namespace = endpoint.namespace();
    int slash = namespace.length();
    return wanted.length() == slash + 1 + endpoint.name().length()
        && wanted.startsWith(namespace)
        && wanted.charAt(slash) == '/'
        && wanted.endsWith(endpoint.name());
  }

  /** Tells the reply's header that brings the next request back to the endpoint. */
  void give(Endpoint endpoint, BiConsumer<String, String> headers) {
    String name = endpoint.namespace() + "/" + endpoint.name();
    headers.accept(
        header, Base64.getEncoder().encodeToString(name.getBytes(StandardCharsets.UTF_8)));
  }
}
