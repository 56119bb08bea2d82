package io.pickwick.epp.config;

import io.pickwick.kv.feed.FeedConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command line: the flags of the field's endpoint picker under their names and defaults, and a
 * few of our own.
 *
 * <p>Both {@code --flag value} and {@code --flag=value} are read. A flag of the field that can't be
 * acted on is either refused by {@link #mistakes()} or named by {@link #notices()}; none is
 * silently ignored.
 */
@Command(
    name = "pickwick",
    sortOptions = false,
    showDefaultValues = true,
    separator = "=",
    usageHelpAutoWidth = true,
    header = {
      "An endpoint picker for LLM inference.",
      "It sits beside Envoy as an external processor and answers, for each request, which model server of a pool should serve it.",
      ""
    },
    footer = {
      "",
      "Example:",
      "  java -jar pickwick.jar --pool-name demo --endpoints-file endpoints.yaml --secure-serving=false",
      "",
      "with endpoints.yaml:",
      "  endpoints:",
      "  - {name: vllm-0, address: 10.0.0.5, port: 8000}",
      "  - {name: vllm-1, address: 10.0.0.6, port: 8000}",
    })
public final class Flags {
  private static final String BOOL = "<true|false>";
  private static final int MOST_TARGET_PORTS = 8;
  private static final Pattern POD_OF_DEPLOYMENT = Pattern.compile("(.+)-[a-z0-9]+-[a-z0-9]+");

  // ---- the pool
  @Option(
      names = "--pool-name",
      paramLabel = "<name>",
      defaultValue = "",
      description =
          "Name of the InferencePool that this endpoint picker serves; without --endpoints-file, it is watched in Kubernetes.")
  String poolName;

  @Option(
      names = "--pool-namespace",
      paramLabel = "<namespace>",
      defaultValue = "${env:NAMESPACE:-default}",
      description = "Namespace of the pool; by default the environment's NAMESPACE, else default.")
  String poolNamespace;

  @Option(
      names = "--pool-group",
      paramLabel = "<group>",
      defaultValue = "",
      description =
          "API group of the pool; unless said inference.networking.k8s.io, or inference.networking.x-k8s.io where only that has the pool.")
  String poolGroup;

  @Option(
      names = "--endpoints-file",
      paramLabel = "<file>",
      description =
          "YAML or JSON file of the pool's endpoints, read again whenever it changes: endpoints: [{name, namespace, address, port, labels}].")
  @Nullable Path endpointsFile;

  @Option(
      names = "--kubeconfig",
      paramLabel = "<file>",
      description =
          "How to reach Kubernetes; unless said $KUBECONFIG, our pod's service account or ~/.kube/config, the first that is there.")
  @Nullable Path kubeconfig;

  @Option(
      names = "--endpoint-selector",
      paramLabel = "<labels>",
      defaultValue = "",
      description =
          "Serve the pods with these labels, as in app=vllm,role=leader, without an InferencePool; needs --endpoint-target-ports. The pool is then called as our Deployment, by the environment's POD_NAME.")
  String endpointSelector;

  @Option(
      names = "--endpoint-target-ports",
      paramLabel = "<ports>",
      defaultValue = "",
      description = "Ports of those pods, as in 8000,8001: one to eight, each an endpoint.")
  String endpointTargetPorts;

  // ---- how requests are scheduled
  @Option(
      names = "--config-file",
      paramLabel = "<file>",
      description =
          "EndpointPickerConfig to schedule by; without one, by expected time to first token.")
  @Nullable Path configFile;

  @Option(
      names = "--config-text",
      paramLabel = "<yaml>",
      defaultValue = "",
      description = "The same as text; not together with --config-file.")
  String configText;

  @Option(
      names = "--disable-endpoint-subset-filter",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "false",
      description = "Ignore the subset of endpoints that the proxy asks for.")
  boolean disableEndpointSubsetFilter;

  // ---- how cached prefixes are known; all of these are said in the traffic policy, too
  @Option(
      names = "--traffic-policy-file",
      paramLabel = "<file>",
      description =
          "InferenceTrafficPolicy of the pool: whether cached prefixes are estimated or tracked, and how.")
  @Nullable Path trafficPolicyFile;

  @Option(
      names = "--prefix-mode",
      paramLabel = "<estimation|tracking>",
      description =
          "Estimate what endpoints hold, or track it by their KV events; estimation unless the policy, a precise plugin or another flag asks for events.")
  @Nullable String prefixMode;

  @Option(
      names = "--kv-events-endpoint",
      paramLabel = "<tcp://*:port>",
      description =
          "Where endpoints connect to us with their KV events; without one, we connect to each of them.")
  @Nullable String kvEventsEndpoint;

  @Option(
      names = "--kv-events-port",
      paramLabel = "<port>",
      description =
          "Port at which each endpoint publishes its KV events, rank by rank upwards; 5557 unless said.")
  @Nullable Integer kvEventsPort;

  @Option(
      names = "--kv-replay-port",
      paramLabel = "<port>",
      description =
          "Port at which each endpoint replays its last KV events, rank by rank upwards; 5558 unless said, or none when there are several ranks; 0 none, so that what is missed stays missed.")
  @Nullable Integer kvReplayPort;

  @Option(
      names = "--kv-events-ranks",
      paramLabel = "<n>",
      description = "Data-parallel ranks of each endpoint; 1 unless said.")
  @Nullable Integer kvEventsRanks;

  @Option(
      names = "--kv-events-verify-peer",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "true",
      description =
          "Hear an endpoint that connects to us only from the address that its topic names; false only where addresses are translated on the way.")
  boolean kvEventsVerifyPeer;

  @Option(
      names = "--kv-events-curve",
      paramLabel = "<directory>",
      description =
          "Directory of CURVE keys for KV events: public.key, secret.key, and server.key or clients.keys; without one they are plaintext.")
  @Nullable Path kvEventsCurve;

  @Option(
      names = "--block-size",
      paramLabel = "<tokens>",
      description = "Tokens per KV block of the engines; as each endpoint tells unless said.")
  @Nullable Integer blockSize;

  @Option(
      names = "--hash-algorithm",
      paramLabel = "<name>",
      description = "The engines' --prefix-caching-hash-algo; as each endpoint tells unless said.")
  @Nullable String hashAlgorithm;

  @Option(
      names = "--hash-seed",
      paramLabel = "<seed>",
      description =
          "The engines' PYTHONHASHSEED as it is written there; leave it out where it is not set there.")
  @Nullable String hashSeed;

  @Option(
      names = "--base-model",
      paramLabel = "<name>",
      description = "The engines' base model; as each endpoint tells unless said.")
  @Nullable String baseModel;

  @Option(
      names = "--tokenizer",
      paramLabel = "<auto|local|endpoint>",
      description =
          "Where token ids are from: --tokenizer-path, or the endpoints' own /tokenize; auto takes the path where one is given.")
  @Nullable String tokenizer;

  @Option(
      names = "--tokenizer-path",
      paramLabel = "<directory>",
      description = "Directory of the model's tokenizer.json and tokenizer_config.json.")
  @Nullable Path tokenizerPath;

  @Option(
      names = "--speculative-ttl",
      paramLabel = "<duration>",
      description =
          "How long a prompt just routed counts for its endpoint when no KV event confirms it, at most 1m; 2s unless said, 0 never.")
  @Nullable Duration speculativeTtl;

  // ---- ports and TLS
  @Option(
      names = "--grpc-port",
      paramLabel = "<port>",
      defaultValue = "9002",
      description = "Port of the external processor; 0 picks a free one, as for every port.")
  int grpcPort;

  @Option(
      names = "--grpc-health-port",
      paramLabel = "<port>",
      defaultValue = "9003",
      description = "Port of the gRPC health service, always plaintext.")
  int grpcHealthPort;

  @Option(
      names = "--metrics-port",
      paramLabel = "<port>",
      defaultValue = "9090",
      description = "Port of /metrics, /healthz, /readyz and /debug/pool, plaintext.")
  int metricsPort;

  @Option(
      names = "--metrics-endpoint-auth",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      description =
          "Serve /metrics and /debug/pool only to bearers of a token whom the cluster's RBAC lets read them; unless said they are open, and a notice says so (the field's default is true).")
  @Nullable Boolean metricsEndpointAuth;

  @Option(
      names = "--secure-serving",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "true",
      description = "Serve the external processor over TLS.")
  boolean secureServing;

  @Option(
      names = "--cert-path",
      paramLabel = "<directory>",
      defaultValue = "",
      description = "Directory of tls.crt and tls.key; without one the certificate is self-signed.")
  String certPath;

  @Option(
      names = "--enable-cert-reload",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "true",
      description =
          "Take up a changed certificate without a restart (the field's default is false).")
  boolean enableCertReload;

  @Option(
      names = "--health-checking",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "false",
      description =
          "Answer gRPC health checks on the external processor's port as well (always done).")
  boolean healthChecking;

  @Option(
      names = "--ha-enable-leader-election",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "false",
      description =
          "One of several replicas, by a Lease, writes the status of resources; all of them serve at any time.")
  boolean haEnableLeaderElection;

  @Option(
      names = "--attach-routes",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "false",
      description =
          "Keep the HTTPRoute to the pool that its annotation attach-to asks for; for gateways that know InferencePools.")
  boolean attachRoutes;

  @Option(
      names = "--grpc-max-recv-msg-size",
      paramLabel = "<bytes>",
      defaultValue = "67108864",
      description = "Largest message taken from Envoy; keep it above Envoy's buffer limit.")
  int grpcMaxRecvMsgSize;

  @Option(
      names = "--event-loops",
      paramLabel = "<n>",
      defaultValue = "0",
      description = "Threads that serve streams; 0 means one per core, at most 8.")
  int eventLoops;

  // ---- limits
  @Option(
      names = "--request-timeout",
      paramLabel = "<duration>",
      defaultValue = "30s",
      description =
          "Longest wait for the next piece of a request before it is answered 503; 0 waits for ever.")
  Duration requestTimeout;

  @Option(
      names = "--max-request-bytes",
      paramLabel = "<bytes>",
      defaultValue = "67108864",
      description = "Largest request body; a larger one is answered 413.")
  long maxRequestBytes;

  @Option(
      names = "--max-held-bytes",
      paramLabel = "<bytes>",
      defaultValue = "0",
      description =
          "Request bytes held at one time over all streams, above which requests are answered 503; 0 means half of the heap.")
  long maxHeldBytes;

  @Option(
      names = "--drain-delay",
      paramLabel = "<duration>",
      defaultValue = "3s",
      description =
          "How long new requests are still served after SIGTERM, while readiness is already false, so that the proxies can learn of it.")
  Duration drainDelay;

  @Option(
      names = "--drain-timeout",
      paramLabel = "<duration>",
      defaultValue = "30s",
      description = "How long running streams may go on after SIGTERM.")
  Duration drainTimeout;

  @Option(
      names = "--warm-up",
      paramLabel = "<duration>",
      defaultValue = "2s",
      description =
          "How long, at most, requests of our own making go through the request path before readiness, so that the first real ones do not wait for the JVM to compile it; 0 sends none.")
  Duration warmUp;

  // ---- the endpoints' metrics
  @Option(
      names = "--refresh-metrics-interval",
      paramLabel = "<duration>",
      defaultValue = "50ms",
      description =
          "Fastest pace at which a busy endpoint is scraped; idle ones and large pools are scraped less often.")
  Duration refreshMetricsInterval;

  @Option(
      names = "--idle-metrics-interval",
      paramLabel = "<duration>",
      defaultValue = "1s",
      description = "Pace at which an endpoint without our requests is scraped.")
  Duration idleMetricsInterval;

  @Option(
      names = "--max-scrapes-per-second",
      paramLabel = "<n>",
      defaultValue = "200",
      description = "Most scrapes a second over the whole pool.")
  int maxScrapesPerSecond;

  @Option(
      names = "--refresh-prometheus-metrics-interval",
      paramLabel = "<duration>",
      defaultValue = "5s",
      description = "Taken for compatibility: our pool metrics are computed when they are read.")
  Duration refreshPrometheusMetricsInterval;

  @Option(
      names = "--metrics-staleness-threshold",
      paramLabel = "<duration>",
      defaultValue = "2s",
      description = "Age from which an endpoint's metrics count for less.")
  Duration metricsStalenessThreshold;

  @Option(
      names = "--model-server-metrics-port",
      paramLabel = "<port>",
      defaultValue = "0",
      description = "Port of the endpoints' metrics page; 0 means the endpoint's own.")
  int modelServerMetricsPort;

  @Option(
      names = "--model-server-metrics-path",
      paramLabel = "<path>",
      defaultValue = "/metrics",
      description = "Path of the endpoints' metrics page.")
  String modelServerMetricsPath;

  @Option(
      names = "--model-server-metrics-scheme",
      paramLabel = "<http|https>",
      defaultValue = "http",
      description = "Scheme of the endpoints' metrics page.")
  String modelServerMetricsScheme;

  @Option(
      names = "--model-server-metrics-https-insecure-skip-verify",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "true",
      description =
          "Do not verify the endpoints' certificates when scraping by https; false is refused by this version.")
  boolean modelServerMetricsHttpsInsecureSkipVerify;

  @Option(
      names = {
        "--total-queued-requests-metric",
        "--total-running-requests-metric",
        "--kv-cache-usage-percentage-metric",
        "--lora-info-metric",
        "--cache-info-metric"
      },
      paramLabel = "<name>",
      description =
          "Refused, as in the field since v1.4: label the endpoint llm-d.ai/engine-type instead.")
  @Nullable List<String> metricNames;

  // ---- seeing it
  @Option(
      names = {"-v", "--v"},
      paramLabel = "<level>",
      defaultValue = "2",
      description = "Log level: 0 warnings, 1 information, 2 a line per request, 4 debug, 5 trace.")
  int verbosity;

  @Option(
      names = {"--log-format", "--zap-encoder"},
      paramLabel = "<console|json>",
      defaultValue = "console",
      description = "Form of the log lines.")
  String logFormat;

  @Option(
      names = "--decision-header",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "false",
      description = "Tell each response's pick and its reason in the header x-pickwick-decision.")
  boolean decisionHeader;

  @Option(
      names = "--tracing",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "false",
      description = "OpenTelemetry traces: not in this version (the field's default is true).")
  boolean tracing;

  @Option(
      names = "--enable-pprof",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = BOOL,
      defaultValue = "true",
      description = "Taken for compatibility: profile with jcmd <pid> JFR.start instead.")
  boolean enablePprof;

  @Option(
      names = "--validate",
      description =
          "Read the configuration with its resources, the traffic policy and the endpoints file, say what is wrong, and stop.")
  boolean validate;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Option(names = "--version", versionHelp = true, description = "Show the version.")
  boolean version;

  /** These flags read from a command line; throws picocli's ParameterException on a mistake. */
  public static Flags parse(String... args) {
    Flags flags = new Flags();
    commandLine(flags).parseArgs(args);
    return flags;
  }

  /** What reads a command line into {@code flags}. */
  public static CommandLine commandLine(Flags flags) {
    return new CommandLine(flags).registerConverter(Duration.class, new GoDuration());
  }

  /** What is wrong with these flags, each with its mend; empty when all is well. */
  public List<String> mistakes() {
    List<String> mistakes = new ArrayList<>();
    selection(mistakes);
    if (haEnableLeaderElection && endpointsFile != null) {
      mistakes.add(
          "--ha-enable-leader-election needs Kubernetes, but the endpoints are in a file; leave it out");
    }
    if (attachRoutes && (endpointsFile != null || podLabels().isPresent())) {
      mistakes.add(
          "--attach-routes needs an InferencePool, which alone has annotations; leave it out");
    }
    if (guardsMetrics() && endpointsFile != null) {
      mistakes.add(
          "--metrics-endpoint-auth asks Kubernetes, but the endpoints are in a file; leave it out");
    }
    if (endpointsFile == null && poolName().isEmpty() && mistakes.isEmpty()) {
      mistakes.add(
          "--endpoints-file is missing, and so is --pool-name: name an InferencePool to be watched in Kubernetes, or give a file such as\n"
              + "    endpoints:\n    - {name: vllm-0, address: 10.0.0.5, port: 8000}");
    }
    if (configFile != null && !configText.isEmpty()) {
      mistakes.add("--config-file and --config-text are both given; keep one");
    }
    oneOf(mistakes, "--prefix-mode", prefixMode, "estimation", "tracking");
    oneOf(mistakes, "--tokenizer", tokenizer, "auto", "local", "endpoint");
    if (kvEventsEndpoint != null && kvEventsPort != null) {
      mistakes.add(
          "--kv-events-endpoint and --kv-events-port are both given, but events come one way: endpoints connect to us, or we to them; keep one");
    }
    between(mistakes, "--kv-events-port", kvEventsPort, 1, 65_535);
    between(mistakes, "--kv-replay-port", kvReplayPort, 0, 65_535);
    between(mistakes, "--kv-events-ranks", kvEventsRanks, 1, FeedConfig.MOST_RANKS);
    between(mistakes, "--block-size", blockSize, 1, 1 << 20);
    if (metricNames != null) {
      mistakes.add(
          "flags that name an engine's metrics are gone, as in the field since v1.4; label the endpoint llm-d.ai/engine-type: vllm, sglang, trtllm-serve, triton or triton-tensorrt-llm");
    }
    port(mistakes, "--grpc-port", grpcPort);
    port(mistakes, "--grpc-health-port", grpcHealthPort);
    port(mistakes, "--metrics-port", metricsPort);
    port(mistakes, "--model-server-metrics-port", modelServerMetricsPort);
    if (!modelServerMetricsScheme.equals("http") && !modelServerMetricsScheme.equals("https")) {
      mistakes.add("--model-server-metrics-scheme must be http or https");
    }
    if (!modelServerMetricsHttpsInsecureSkipVerify) {
      mistakes.add(
          "--model-server-metrics-https-insecure-skip-verify=false: this version can't verify the endpoints' certificates; leave it out");
    }
    if (!modelServerMetricsPath.startsWith("/")) {
      mistakes.add("--model-server-metrics-path must start with /");
    }
    if (!logFormat.equals("console") && !logFormat.equals("json")) {
      mistakes.add("--log-format must be console or json");
    }
    positive(mistakes, "--refresh-metrics-interval", refreshMetricsInterval);
    positive(mistakes, "--idle-metrics-interval", idleMetricsInterval);
    positive(mistakes, "--metrics-staleness-threshold", metricsStalenessThreshold);
    atLeast(mistakes, "--max-scrapes-per-second", maxScrapesPerSecond, 1);
    atLeast(mistakes, "--grpc-max-recv-msg-size", grpcMaxRecvMsgSize, 65_536);
    atLeast(mistakes, "--max-request-bytes", maxRequestBytes, 1);
    atLeast(mistakes, "--max-held-bytes", maxHeldBytes, 0);
    atLeast(mistakes, "--event-loops", eventLoops, 0);
    if (tracing) {
      mistakes.add("--tracing is not in this version; leave it out");
    }
    return mistakes;
  }

  /** What these flags ask for that is taken but has no effect, or is done differently. */
  public List<String> notices() {
    List<String> notices = new ArrayList<>();
    if (metricsEndpointAuth == null) {
      notices.add(
          "/metrics and /debug/pool are open to whoever reaches the port; in Kubernetes, --metrics-endpoint-auth lets the cluster's RBAC say who may read them, and --metrics-endpoint-auth=false silences this notice");
    }
    if (poolName().isEmpty()) {
      notices.add("--pool-name is empty; metrics are labelled with the name \"\"");
    }
    return notices;
  }

  private void selection(List<String> mistakes) {
    if (endpointSelector.isEmpty() && endpointTargetPorts.isEmpty()) {
      return;
    }
    if (endpointSelector.isEmpty() || endpointTargetPorts.isEmpty()) {
      mistakes.add(
          "--endpoint-selector and --endpoint-target-ports need each other; give both, or name an InferencePool by --pool-name");
    } else if (!poolName.isEmpty() || endpointsFile != null) {
      mistakes.add(
          "--endpoint-selector stands in the place of --pool-name and --endpoints-file; keep one");
    }
    for (String term : terms(endpointSelector)) {
      if (!term.matches("[^=!\\s]+==?[^=!\\s]*")) {
        mistakes.add(
            "--endpoint-selector: \"" + term + "\" is not understood; write it as key=value");
      }
    }
    List<String> ports = terms(endpointTargetPorts);
    if (ports.size() > MOST_TARGET_PORTS || Set.copyOf(ports).size() < ports.size()) {
      mistakes.add(
          "--endpoint-target-ports must be at most " + MOST_TARGET_PORTS + ", each of them once");
    }
    for (String port : ports) {
      if (!port.matches("[1-9]\\d{0,4}") || Integer.parseInt(port) > 65_535) {
        mistakes.add("--endpoint-target-ports: \"" + port + "\" is no port from 1 to 65535");
      }
    }
  }

  private static List<String> terms(String list) {
    return list.isEmpty() ? List.of() : Stream.of(list.split(",", -1)).map(String::strip).toList();
  }

  /** The Deployment of a pod that is called so; empty where the name is not that of one. */
  static String deployment(String podName) {
    Matcher parts = POD_OF_DEPLOYMENT.matcher(podName);
    return parts.matches() ? parts.group(1) : "";
  }

  private static void oneOf(
      List<String> mistakes, String flag, @Nullable String value, String... known) {
    if (value != null && !List.of(known).contains(value)) {
      mistakes.add(flag + " must be one of " + String.join(", ", known));
    }
  }

  private static void between(
      List<String> mistakes, String flag, @Nullable Integer value, int min, int max) {
    if (value != null && (value < min || value > max)) {
      mistakes.add(flag + " must be from " + min + " to " + max + ", not " + value);
    }
  }

  private static void port(List<String> mistakes, String flag, int value) {
    if (value < 0 || value > 65_535) {
      mistakes.add(flag + " must be from 0 to 65535, not " + value);
    }
  }

  private static void positive(List<String> mistakes, String flag, Duration value) {
    if (value.isZero() || value.isNegative()) {
      mistakes.add(flag + " must be longer than nothing");
    }
  }

  private static void atLeast(List<String> mistakes, String flag, long value, long min) {
    if (value < min) {
      mistakes.add(flag + " must be at least " + min + ", not " + value);
    }
  }

  /** The pool's name. */
  public String poolName() {
    if (endpointSelector.isEmpty() || !poolName.isEmpty()) {
      return poolName;
    }
    String name = deployment(Optional.ofNullable(System.getenv("POD_NAME")).orElse(""));
    return name.isEmpty() ? "endpoints" : name;
  }

  /** The labels of the pods that are served without an InferencePool. */
  public Optional<Map<String, String>> podLabels() {
    if (endpointSelector.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> labels = new TreeMap<>();
    for (String term : terms(endpointSelector)) {
      int equals = term.indexOf('=');
      labels.put(term.substring(0, equals), term.substring(equals).replace("=", ""));
    }
    return Optional.of(labels);
  }

  /** The ports of the pods that are served without an InferencePool. */
  public List<Integer> podPorts() {
    return terms(endpointTargetPorts).stream().map(Integer::valueOf).toList();
  }

  /** The pool's namespace. */
  public String poolNamespace() {
    return poolNamespace;
  }

  /** The API group of the pool. */
  public Optional<String> poolGroup() {
    return poolGroup.isEmpty() ? Optional.empty() : Optional.of(poolGroup);
  }

  /** How to reach Kubernetes. */
  public Optional<Path> kubeconfig() {
    return Optional.ofNullable(kubeconfig);
  }

  /** Whether one of several replicas writes the status of resources. */
  public boolean electsLeader() {
    return haEnableLeaderElection;
  }

  /** Whether the HTTPRoute is kept that the pool's annotation asks for. */
  public boolean attachesRoutes() {
    return attachRoutes;
  }

  /** The endpoints file. */
  public Optional<Path> endpointsFile() {
    return Optional.ofNullable(endpointsFile);
  }

  /** The scheduling configuration's file. */
  public Optional<Path> configFile() {
    return Optional.ofNullable(configFile);
  }

  /** The scheduling configuration as text; empty when not given so. */
  public String configText() {
    return configText;
  }

  /** Whether the proxy's subset of endpoints is honoured. */
  public boolean honoursSubset() {
    return !disableEndpointSubsetFilter;
  }

  /** The traffic policy's file. */
  public Optional<Path> trafficPolicyFile() {
    return Optional.ofNullable(trafficPolicyFile);
  }

  /** The prefix mode: {@code estimation} or {@code tracking}. */
  public Optional<String> prefixMode() {
    return Optional.ofNullable(prefixMode);
  }

  /** Where endpoints connect to us with their KV events. */
  public Optional<String> kvEventsEndpoint() {
    return Optional.ofNullable(kvEventsEndpoint);
  }

  /** Port at which endpoints publish their KV events. */
  public Optional<Integer> kvEventsPort() {
    return Optional.ofNullable(kvEventsPort);
  }

  /** Port at which endpoints replay them. */
  public Optional<Integer> kvReplayPort() {
    return Optional.ofNullable(kvReplayPort);
  }

  /** Data-parallel ranks of each endpoint. */
  public Optional<Integer> kvEventsRanks() {
    return Optional.ofNullable(kvEventsRanks);
  }

  /** Whether an endpoint that connects to us must come from the address that its topic names. */
  public boolean kvEventsVerifyPeer() {
    return kvEventsVerifyPeer;
  }

  /** The directory of CURVE keys. */
  public Optional<Path> kvEventsCurve() {
    return Optional.ofNullable(kvEventsCurve);
  }

  /** Tokens per KV block. */
  public Optional<Integer> blockSize() {
    return Optional.ofNullable(blockSize);
  }

  /** The name of the engines' hash algorithm. */
  public Optional<String> hashAlgorithm() {
    return Optional.ofNullable(hashAlgorithm);
  }

  /** The engines' hash seed. */
  public Optional<String> hashSeed() {
    return Optional.ofNullable(hashSeed);
  }

  /** The engines' base model. */
  public Optional<String> baseModel() {
    return Optional.ofNullable(baseModel);
  }

  /** Where token ids are from: {@code auto}, {@code local} or {@code endpoint}. */
  public Optional<String> tokenizer() {
    return Optional.ofNullable(tokenizer);
  }

  /** The tokenizer's directory. */
  public Optional<Path> tokenizerPath() {
    return Optional.ofNullable(tokenizerPath);
  }

  /** How long a prompt just routed counts unconfirmed. */
  public Optional<Duration> speculativeTtl() {
    return Optional.ofNullable(speculativeTtl);
  }

  /** The external processor's port; 0 picks a free one. */
  public int grpcPort() {
    return grpcPort;
  }

  /** The health service's port; 0 picks a free one. */
  public int grpcHealthPort() {
    return grpcHealthPort;
  }

  /** The admin pages' port; 0 picks a free one. */
  public int metricsPort() {
    return metricsPort;
  }

  /** Whether only those may read metrics whom the cluster lets. */
  public boolean guardsMetrics() {
    return metricsEndpointAuth != null && metricsEndpointAuth;
  }

  /** Whether the external processor speaks TLS. */
  public boolean secureServing() {
    return secureServing;
  }

  /** The certificate's directory; empty means self-signed. */
  public Optional<Path> certPath() {
    return certPath.isEmpty() ? Optional.empty() : Optional.of(Path.of(certPath));
  }

  /** Whether a changed certificate is taken up. */
  public boolean reloadsCertificate() {
    return enableCertReload;
  }

  /** The largest gRPC message taken, in bytes. */
  public int grpcMaxRecvMsgSize() {
    return grpcMaxRecvMsgSize;
  }

  /** Threads that serve streams. */
  public int eventLoops() {
    return eventLoops > 0 ? eventLoops : Math.min(8, Runtime.getRuntime().availableProcessors());
  }

  /** Longest wait for the next piece of a request; zero waits for ever. */
  public Duration requestTimeout() {
    return requestTimeout;
  }

  /** Largest request body in bytes. */
  public long maxRequestBytes() {
    return maxRequestBytes;
  }

  /** Request bytes held at one time over all streams. */
  public long maxHeldBytes() {
    return maxHeldBytes > 0 ? maxHeldBytes : Runtime.getRuntime().maxMemory() / 2;
  }

  /** How long new requests are still served after SIGTERM. */
  public Duration drainDelay() {
    return drainDelay;
  }

  /** How long running streams may go on after SIGTERM. */
  public Duration drainTimeout() {
    return drainTimeout;
  }

  /** How long requests of our own making go through the request path, at most; zero for none. */
  public Duration warmUp() {
    return warmUp;
  }

  /** Fastest pace of scraping an endpoint. */
  public Duration refreshMetricsInterval() {
    return refreshMetricsInterval;
  }

  /** Pace of scraping an idle endpoint. */
  public Duration idleMetricsInterval() {
    return idleMetricsInterval;
  }

  /** Most scrapes a second over the pool. */
  public int maxScrapesPerSecond() {
    return maxScrapesPerSecond;
  }

  /** Age from which an endpoint's metrics count for less. */
  public Duration metricsStalenessThreshold() {
    return metricsStalenessThreshold;
  }

  /** Port of the endpoints' metrics; 0 means their own. */
  public int modelServerMetricsPort() {
    return modelServerMetricsPort;
  }

  /** Path of the endpoints' metrics. */
  public String modelServerMetricsPath() {
    return modelServerMetricsPath;
  }

  /** Whether the endpoints' metrics are read by https. */
  public boolean modelServerMetricsHttps() {
    return modelServerMetricsScheme.equals("https");
  }

  /** Log level. */
  public int verbosity() {
    return verbosity;
  }

  /** Whether log lines are JSON. */
  public boolean logsJson() {
    return logFormat.equals("json");
  }

  /** Whether responses tell their pick. */
  public boolean decisionHeader() {
    return decisionHeader;
  }

  /** Whether only to check the configuration. */
  public boolean validate() {
    return validate;
  }
}
