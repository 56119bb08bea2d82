package io.pickwick.bench.envoy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What one Envoy is started with: its listeners, the endpoint picker and the model servers.
 *
 * <p>{@link #bootstrap} writes it as the static bootstrap of Envoy 1.38 and newer. The route has no
 * timeout; connections that fail are retried twice with override_host, each try on the next host of
 * the pick. Bodies above a listener's buffer limit are not retried.
 *
 * @param adminPort where the admin pages listen on 127.0.0.1; zero lets the kernel choose
 * @param pickers the {@code ip:port} of the picker, or of its replicas; of several only those are
 *     asked whose gRPC health check says that they serve
 * @param pickerTls whether the picker is spoken to in TLS; its certificate is not verified
 * @param endpoints the {@code ip:port} of the model servers, the hosts of {@link
 *     Routing#OVERRIDE_HOST}
 * @param models the {@code ip:port} of model servers with a route of their own, by the model that
 *     the picker tells in {@code x-gateway-model-name}
 * @param listeners at least one
 */
public record EnvoyConfig(
    int adminPort,
    List<String> pickers,
    boolean pickerTls,
    List<String> endpoints,
    Map<String, String> models,
    List<Listener> listeners) {

  /** Copies the lists. */
  public EnvoyConfig {
    pickers = List.copyOf(pickers);
    endpoints = List.copyOf(endpoints);
    models = Map.copyOf(models);
    listeners = List.copyOf(listeners);
    if (listeners.isEmpty()) {
      throw new IllegalArgumentException("an Envoy without a listener serves nobody");
    }
  }

  /** A configuration on ports that the kernel chooses, plain-text to the picker. */
  public static EnvoyConfig of(String picker, List<String> endpoints, Listener... listeners) {
    return new EnvoyConfig(0, List.of(picker), false, endpoints, Map.of(), List.of(listeners));
  }

  /** The same with TLS to the picker. */
  public EnvoyConfig withPickerTls() {
    return new EnvoyConfig(adminPort, pickers, true, endpoints, models, listeners);
  }

  /** The same with other replicas of the picker; some may not be there yet. */
  public EnvoyConfig withPickers(List<String> replicas) {
    return new EnvoyConfig(adminPort, replicas, pickerTls, endpoints, models, listeners);
  }

  /** The same with routes of their own for these models. */
  public EnvoyConfig withModels(Map<String, String> servers) {
    return new EnvoyConfig(adminPort, pickers, pickerTls, endpoints, servers, listeners);
  }

  /** The bootstrap as YAML, with its access log, one JSON object a line, at the given place. */
  public String bootstrap(Path accessLog) {
    String listenerList =
        listeners.stream()
            .map(listener -> listener(listener, models, accessLog))
            .collect(Collectors.joining());
    return """
    node: { id: pickwick-bench, cluster: pickwick-bench }
    admin:
      address: { socket_address: { address: 127.0.0.1, port_value: %d } }
    static_resources:
      listeners:
    %s  clusters:
      - name: picker
        type: STATIC
        connect_timeout: 5s
        circuit_breakers:
          thresholds: [ { max_connections: 40000, max_pending_requests: 40000, max_requests: 40000 } ]
        typed_extension_protocol_options:
          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
            explicit_http_config: { http2_protocol_options: {} }
    %s%s    load_assignment:
          cluster_name: picker
          endpoints:
          - lb_endpoints:%s
      - name: model_servers_original_dst
        type: ORIGINAL_DST
        lb_policy: CLUSTER_PROVIDED
        connect_timeout: 2s
        circuit_breakers:
          thresholds: [ { max_connections: 40000, max_pending_requests: 40000, max_requests: 40000 } ]
        typed_extension_protocol_options:
          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
            explicit_http_config: { http_protocol_options: { enable_trailers: true } }
        original_dst_lb_config:
          use_http_header: true
          http_header_name: x-gateway-destination-endpoint
      - name: model_servers
        type: STATIC
        connect_timeout: 2s
        circuit_breakers:
          thresholds: [ { max_connections: 40000, max_pending_requests: 40000, max_requests: 40000, max_retries: 1000 } ]
        typed_extension_protocol_options:
          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
            explicit_http_config: { http_protocol_options: { enable_trailers: true } }
        load_balancing_policy:
          policies:
          - typed_extension_config:
              name: envoy.load_balancing_policies.override_host
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost
                override_host_sources:
                - metadata: { key: envoy.lb, path: [ { key: x-gateway-destination-endpoint } ] }
                selected_host_key: { key: envoy.lb, path: [ { key: x-gateway-destination-endpoint-served } ] }
                fallback_policy:
                  policies:
                  - typed_extension_config:
                      name: envoy.load_balancing_policies.least_request
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest
        load_assignment:
          cluster_name: model_servers
          endpoints:
          - lb_endpoints:%s
    %s\
    """
        .formatted(
            adminPort,
            listenerList.indent(2),
            pickerTls ? TLS : "",
            pickers.size() > 1 ? HEALTH : "",
            hosts(pickers),
            hosts(endpoints),
            models.entrySet().stream()
                .map(model -> cluster(model.getKey(), model.getValue()).indent(2))
                .collect(Collectors.joining()));
  }

  private static String cluster(String model, String server) {
    return """
    - name: "model %1$s"
      type: STATIC
      connect_timeout: 2s
      load_assignment:
        cluster_name: "model %1$s"
        endpoints:
        - lb_endpoints:
          - endpoint: { address: %2$s }
    """
        .formatted(model, socketAddress(server));
  }

  private static String route(String model) {
    return """
    - match: { prefix: "/", headers: [ { name: x-gateway-model-name, string_match: { exact: "%1$s" } } ] }
      route: { cluster: "model %1$s", timeout: 0s, idle_timeout: 3600s }
    """
        .formatted(model);
  }

  private static final String TLS =
      """
          transport_socket:
            name: envoy.transport_sockets.tls
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
              common_tls_context: { alpn_protocols: [h2], validation_context: {} }
      """;

  // A replica that ends must be known to do so before its drain delay is over.
  private static final String HEALTH =
      """
          health_checks:
          - timeout: 2s
            interval: 1s
            no_traffic_interval: 1s
            healthy_threshold: 1
            unhealthy_threshold: 2
            grpc_health_check: { service_name: envoy.service.ext_proc.v3.ExternalProcessor }
          common_lb_config: { healthy_panic_threshold: { value: 0 } }
      """;

  private static final String STRIP =
      """
            early_header_mutation_extensions:
            - name: envoy.http.early_header_mutation.header_mutation
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation
                mutations:
                - remove: x-gateway-destination-endpoint
      """;

  private static final String RETRY =
      """
                    retry_policy: { retry_on: "connect-failure,refused-stream", num_retries: 2 }
      """;

  private static String listener(Listener listener, Map<String, String> models, Path accessLog) {
    return """
    - name: %1$s
      address: { socket_address: { address: 127.0.0.1, port_value: %2$d } }
      per_connection_buffer_limit_bytes: %3$d
      filter_chains:
      - filters:
        - name: envoy.filters.network.http_connection_manager
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: %1$s
            codec_type: AUTO
            use_remote_address: true
            preserve_external_request_id: true
            stream_idle_timeout: 3600s
            http_protocol_options: { enable_trailers: true }
    %4$s        access_log:
            - name: envoy.access_loggers.file
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                path: "%5$s"
                log_format:
                  json_format:
                    listener: %1$s
                    request_id: "%%REQ(X-REQUEST-ID)%%"
                    path: "%%REQ(:PATH)%%"
                    code: "%%RESPONSE_CODE%%"
                    details: "%%RESPONSE_CODE_DETAILS%%"
                    flags: "%%RESPONSE_FLAGS%%"
                    upstream: "%%UPSTREAM_HOST%%"
                    attempts: "%%UPSTREAM_REQUEST_ATTEMPT_COUNT%%"
                    pick: "%%DYNAMIC_METADATA(envoy.lb:x-gateway-destination-endpoint)%%"
                    served: "%%DYNAMIC_METADATA(envoy.lb:x-gateway-destination-endpoint-served)%%"
                    usage: "%%DYNAMIC_METADATA(epp.usage)%%"
                    input_tokens: "%%DYNAMIC_METADATA(epp.usage:input_tokens)%%"
                    output_tokens: "%%DYNAMIC_METADATA(epp.usage:output_tokens)%%"
                    cached_tokens: "%%DYNAMIC_METADATA(epp.usage:cached_tokens)%%"
                    duration_ms: "%%DURATION%%"
            route_config:
              name: local
              virtual_hosts:
              - name: llm
                domains: ["*"]
                routes:
    %16$s            - match: { prefix: "/" }
                  route:
                    cluster: %6$s
                    timeout: 0s
                    idle_timeout: 3600s
    %7$s        http_filters:
            - name: envoy.filters.http.ext_proc
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor
                grpc_service:
                  envoy_grpc: { cluster_name: picker, authority: picker.local }
                failure_mode_allow: %8$b
                observability_mode: %9$b
                status_on_error: { code: ServiceUnavailable }
                message_timeout: %10$ss
                processing_mode:
                  request_header_mode: SEND
                  request_body_mode: %11$s
                  request_trailer_mode: %12$s
                  response_header_mode: %13$s
                  response_body_mode: %14$s
                  response_trailer_mode: %15$s
                metadata_options:
                  forwarding_namespaces: { untyped: ["envoy.lb", "envoy.lb.subset_hint"] }
                  receiving_namespaces: { untyped: ["envoy.lb", "epp.usage"] }
            - name: envoy.filters.http.router
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
    """
        .formatted(
            listener.name(),
            listener.port(),
            listener.bufferLimitBytes(),
            listener.stripDestination() ? STRIP.indent(2) : "",
            accessLog.toAbsolutePath(),
            listener.routing().cluster(),
            listener.routing() == Routing.OVERRIDE_HOST ? RETRY.indent(2) : "",
            listener.failOpen(),
            listener.observability(),
            listener.messageTimeout().toMillis() / 1000.0,
            listener.request(),
            trailers(listener.request()),
            listener.responseHeaders() ? "SEND" : "SKIP",
            listener.response(),
            trailers(listener.response()),
            models.keySet().stream()
                .map(model -> route(model).indent(12))
                .collect(Collectors.joining()));
  }

  /** Full duplex is only accepted with trailers; nobody reads them elsewhere. */
  private static String trailers(BodyMode mode) {
    return mode == BodyMode.FULL_DUPLEX_STREAMED ? "SEND" : "SKIP";
  }

  private static String hosts(List<String> endpoints) {
    if (endpoints.isEmpty()) {
      return " []";
    }
    return endpoints.stream()
        .map(endpoint -> "\n        - endpoint: { address: " + socketAddress(endpoint) + " }")
        .collect(Collectors.joining());
  }

  private static String socketAddress(String hostPort) {
    int colon = hostPort.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("not an ip:port: " + hostPort);
    }
    String host = hostPort.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    int port = Integer.parseInt(hostPort.substring(colon + 1));
    return "{ socket_address: { address: \"" + host + "\", port_value: " + port + " } }";
  }
}
