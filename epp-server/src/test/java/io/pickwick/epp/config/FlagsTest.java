package io.pickwick.epp.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

class FlagsTest {
  @Test
  void everyFlagHasTheDefaultThatIsDocumentedHere() {
    Map<String, String> defaults = new TreeMap<>();
    for (OptionSpec option : Flags.commandLine(new Flags()).getCommandSpec().options()) {
      String value = option.defaultValue();
      for (String name : option.names()) {
        defaults.put(name, value == null ? "-" : value);
      }
    }
    assertThat(defaults)
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("--pool-name", ""),
                Map.entry("--pool-namespace", System.getenv().getOrDefault("NAMESPACE", "default")),
                Map.entry("--pool-group", ""),
                Map.entry("--endpoints-file", "-"),
                Map.entry("--kubeconfig", "-"),
                Map.entry("--endpoint-selector", ""),
                Map.entry("--endpoint-target-ports", ""),
                Map.entry("--config-file", "-"),
                Map.entry("--config-text", ""),
                Map.entry("--disable-endpoint-subset-filter", "false"),
                Map.entry("--traffic-policy-file", "-"),
                Map.entry("--prefix-mode", "-"),
                Map.entry("--kv-events-endpoint", "-"),
                Map.entry("--kv-events-port", "-"),
                Map.entry("--kv-replay-port", "-"),
                Map.entry("--kv-events-ranks", "-"),
                Map.entry("--kv-events-verify-peer", "true"),
                Map.entry("--kv-events-curve", "-"),
                Map.entry("--block-size", "-"),
                Map.entry("--hash-algorithm", "-"),
                Map.entry("--hash-seed", "-"),
                Map.entry("--base-model", "-"),
                Map.entry("--tokenizer", "-"),
                Map.entry("--tokenizer-path", "-"),
                Map.entry("--speculative-ttl", "-"),
                Map.entry("--grpc-port", "9002"),
                Map.entry("--grpc-health-port", "9003"),
                Map.entry("--metrics-port", "9090"),
                Map.entry("--metrics-endpoint-auth", "-"),
                Map.entry("--secure-serving", "true"),
                Map.entry("--cert-path", ""),
                Map.entry("--enable-cert-reload", "true"),
                Map.entry("--health-checking", "false"),
                Map.entry("--ha-enable-leader-election", "false"),
                Map.entry("--attach-routes", "false"),
                Map.entry("--grpc-max-recv-msg-size", "67108864"),
                Map.entry("--event-loops", "0"),
                Map.entry("--request-timeout", "30s"),
                Map.entry("--max-request-bytes", "67108864"),
                Map.entry("--max-held-bytes", "0"),
                Map.entry("--drain-delay", "3s"),
                Map.entry("--drain-timeout", "30s"),
                Map.entry("--warm-up", "2s"),
                Map.entry("--refresh-metrics-interval", "50ms"),
                Map.entry("--idle-metrics-interval", "1s"),
                Map.entry("--max-scrapes-per-second", "200"),
                Map.entry("--refresh-prometheus-metrics-interval", "5s"),
                Map.entry("--metrics-staleness-threshold", "2s"),
                Map.entry("--model-server-metrics-port", "0"),
                Map.entry("--model-server-metrics-path", "/metrics"),
                Map.entry("--model-server-metrics-scheme", "http"),
                Map.entry("--model-server-metrics-https-insecure-skip-verify", "true"),
                Map.entry("--total-queued-requests-metric", "-"),
                Map.entry("--total-running-requests-metric", "-"),
                Map.entry("--kv-cache-usage-percentage-metric", "-"),
                Map.entry("--lora-info-metric", "-"),
                Map.entry("--cache-info-metric", "-"),
                Map.entry("-v", "2"),
                Map.entry("--v", "2"),
                Map.entry("--log-format", "console"),
                Map.entry("--zap-encoder", "console"),
                Map.entry("--decision-header", "false"),
                Map.entry("--tracing", "false"),
                Map.entry("--enable-pprof", "true"),
                Map.entry("--validate", "-"),
                Map.entry("-h", "-"),
                Map.entry("--help", "-"),
                Map.entry("--version", "-")));
  }

  @Test
  void bothFormsOfAFlagAreRead() {
    Flags flags =
        Flags.parse(
            "--grpc-port=7001",
            "--metrics-port",
            "7003",
            "--pool-name",
            "vllm",
            "--pool-namespace=llm",
            "--endpoints-file=/tmp/e.yaml",
            "--secure-serving=false",
            "--refresh-metrics-interval=100ms",
            "-v",
            "4",
            "--zap-encoder=json");
    assertThat(flags.grpcPort()).isEqualTo(7001);
    assertThat(flags.metricsPort()).isEqualTo(7003);
    assertThat(flags.poolName()).isEqualTo("vllm");
    assertThat(flags.poolNamespace()).isEqualTo("llm");
    assertThat(flags.endpointsFile()).contains(Path.of("/tmp/e.yaml"));
    assertThat(flags.secureServing()).isFalse();
    assertThat(flags.refreshMetricsInterval()).isEqualTo(Duration.ofMillis(100));
    assertThat(flags.verbosity()).isEqualTo(4);
    assertThat(flags.logsJson()).isTrue();
    assertThat(flags.mistakes()).isEmpty();
  }

  @Test
  void aBooleanFlagNeedsNoValueAndTakesOneEitherWay() {
    assertThat(Flags.parse("--decision-header").decisionHeader()).isTrue();
    assertThat(Flags.parse("--decision-header=true").decisionHeader()).isTrue();
    assertThat(Flags.parse("--secure-serving", "false").secureServing()).isFalse();
    assertThat(Flags.parse("--secure-serving").secureServing()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--endpoint-selector=app=vllm|need each other; give both, or name an InferencePool",
        "--endpoint-target-ports=8000|need each other",
        "--metrics-endpoint-auth|asks Kubernetes, but the endpoints are in a file",
        "--ha-enable-leader-election|needs Kubernetes",
        "--attach-routes|needs an InferencePool",
        "--lora-info-metric=x|label the endpoint llm-d.ai/engine-type",
        "--grpc-port=-1|--grpc-port must be from 0 to 65535, not -1",
        "--metrics-port=70000|--metrics-port must be from 0 to 65535, not 70000",
        "--model-server-metrics-scheme=ftp|must be http or https",
        "--model-server-metrics-path=metrics|must start with /",
        "--zap-encoder=xml|must be console or json",
        "--refresh-metrics-interval=0|must be longer than nothing",
        "--max-scrapes-per-second=0|must be at least 1",
        "--tracing|not in this version",
        "--prefix-mode=exact|--prefix-mode must be one of estimation, tracking",
        "--tokenizer=remote|--tokenizer must be one of auto, local, endpoint",
        "--kv-events-port=0|--kv-events-port must be from 1 to 65535, not 0",
        "--kv-replay-port=65536|--kv-replay-port must be from 0 to 65535, not 65536",
        "--kv-events-ranks=0|--kv-events-ranks must be from 1 to 64, not 0",
        "--block-size=0|--block-size must be from 1 to 1048576, not 0",
      })
  void aFlagThatCannotBeHadIsRefusedWithTheMend(String flag, String message) {
    assertThat(Flags.parse("--endpoints-file=e.yaml", flag).mistakes())
        .singleElement()
        .asString()
        .contains(message);
  }

  @Test
  void withoutEndpointsTheMessageShowsHowAFileLooks() {
    assertThat(Flags.parse().mistakes())
        .singleElement()
        .asString()
        .contains("--endpoints-file is missing")
        .contains("- {name: vllm-0, address: 10.0.0.5, port: 8000}");
  }

  @Test
  void twoConfigurationsAreOneTooMany() {
    assertThat(Flags.parse("--endpoints-file=e", "--config-file=c", "--config-text={}").mistakes())
        .containsExactly("--config-file and --config-text are both given; keep one");
  }

  @Test
  void openMetricsAreNoticedUnlessWanted() {
    assertThat(Flags.parse("--pool-name=p").notices())
        .singleElement()
        .asString()
        .contains("--metrics-endpoint-auth");
    assertThat(Flags.parse("--pool-name=p").guardsMetrics()).isFalse();
    Flags open = Flags.parse("--pool-name=p", "--metrics-endpoint-auth=false");
    assertThat(open.notices()).isEmpty();
    assertThat(open.guardsMetrics()).isFalse();
    Flags guarded = Flags.parse("--pool-name=p", "--metrics-endpoint-auth");
    assertThat(guarded.notices()).isEmpty();
    assertThat(guarded.mistakes()).isEmpty();
    assertThat(guarded.guardsMetrics()).isTrue();
  }

  @Test
  void podsByLabelStandInThePlaceOfAPool() {
    Flags flags =
        Flags.parse(
            "--endpoint-selector=app=vllm, role==leader,none=", "--endpoint-target-ports=8000, 81");
    assertThat(flags.mistakes()).isEmpty();
    assertThat(flags.podLabels()).contains(Map.of("app", "vllm", "role", "leader", "none", ""));
    assertThat(flags.podPorts()).containsExactly(8000, 81);
    assertThat(flags.poolName()).isNotEmpty();
    assertThat(Flags.parse("--pool-name=p").podLabels()).isEmpty();
    assertThat(Flags.deployment("qwen3-epp-6c9f7d4b8-x7k2p")).isEqualTo("qwen3-epp");
    assertThat(Flags.deployment("host")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "app|8000|\"app\" is not understood; write it as key=value",
        "app!=vllm|8000|\"app!=vllm\" is not understood",
        "app in (a)|8000|is not understood",
        "app=a|0|\"0\" is no port from 1 to 65535",
        "app=a|8000,http|\"http\" is no port",
        "app=a|8000,70000|\"70000\" is no port",
        "app=a|8000,8000|at most 8, each of them once",
        "app=a|1,2,3,4,5,6,7,8,9|at most 8",
      })
  void labelsAndPortsThatCannotBeHadAreRefused(String labels, String ports, String message) {
    assertThat(
            Flags.parse("--endpoint-selector=" + labels, "--endpoint-target-ports=" + ports)
                .mistakes())
        .singleElement()
        .asString()
        .contains(message);
  }

  @Test
  void podsByLabelAndAPoolAreOneTooMany() {
    assertThat(
            Flags.parse("--pool-name=p", "--endpoint-selector=a=b", "--endpoint-target-ports=1")
                .mistakes())
        .singleElement()
        .asString()
        .contains("keep one");
  }

  @Test
  void anUnknownFlagAndAWrongValueAreRefused() {
    assertThatThrownBy(() -> Flags.parse("--grcp-port=1"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--grcp-port");
    assertThatThrownBy(() -> Flags.parse("--grpc-port=x"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--grpc-port");
    assertThatThrownBy(() -> Flags.parse("--refresh-metrics-interval=50"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("write it as 50ms, 2s or 1m30s");
  }

  @Test
  void helpFitsAPersonAndNamesEveryFlag() {
    CommandLine commandLine = Flags.commandLine(new Flags());
    String help = commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF);
    for (OptionSpec option : commandLine.getCommandSpec().options()) {
      assertThat(help).contains(option.longestName());
    }
    assertThat(help).contains("Example:").contains("--endpoints-file endpoints.yaml");
  }
}
