package io.pickwick.epp.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.epp.request.Usage;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestMetricsTest {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final RequestMetrics metrics = new RequestMetrics(registry, "1.2.3");

  @Test
  void requestsAreCountedByPriorityAndForgottenWithTheirModel() {
    ModelSeries series = metrics.series("llama", "llama");
    series.started(10, 1);
    series.started(-5, 1);
    series.started(10, 1);
    String labels = "inference_objective_request_total{model_name=\"llama\",priority=\"%s\"";
    assertThat(page())
        .contains(labels.formatted("10") + ",target_model_name=\"llama\"} 2.0")
        .contains(labels.formatted("-5") + ",target_model_name=\"llama\"} 1.0");
    series.ended();
    series.ended();
    series.ended();
    assertThat(page()).doesNotContain("inference_objective_request_total{");
  }

  @Test
  void aRequestIsCountedUnderTheFieldsNames() {
    ModelSeries series = metrics.series("llama", "llama-v2");
    series.started(0, 300);
    series.proved();
    series.completed(2_000_000_000L, 500_000_000L, 4_000);
    series.used(new Usage(100, 31, 64), 2_000_000_000L, 500_000_000L);
    metrics.decided(true, 40_000);
    metrics.matched(64, 128, 4);
    metrics.rewritten("llama", "llama-v2");

    String labels = "{model_name=\"llama\",target_model_name=\"llama-v2\"}";
    assertThat(page())
        .contains(
            "inference_objective_request_total{model_name=\"llama\",priority=\"0\",target_model_name=\"llama-v2\"} 1.0")
        .contains("inference_objective_running_requests{model_name=\"llama\"} 1.0")
        .contains("inference_objective_request_duration_seconds_sum" + labels + " 2.0")
        .contains("inference_objective_request_ttft_seconds_sum" + labels + " 0.5")
        .contains("inference_objective_request_tpot_seconds_sum" + labels + " 0.05")
        .contains("inference_objective_request_sizes_sum" + labels + " 300.0")
        .contains("inference_objective_response_sizes_sum" + labels + " 4000.0")
        .contains("inference_objective_input_tokens_sum" + labels + " 100.0")
        .contains("inference_objective_output_tokens_sum" + labels + " 31.0")
        .contains("inference_objective_prompt_cached_tokens_sum" + labels + " 64.0")
        .contains(
            "inference_objective_normalized_time_per_output_token_seconds_count" + labels + " 1")
        .contains("inference_extension_scheduler_attempts_total{status=\"success\"} 1.0")
        .contains("inference_extension_scheduler_e2e_duration_seconds_bucket{le=\"5.0E-5\"} 1")
        .contains("inference_extension_prefix_indexer_hit_ratio_sum 0.5")
        .contains("inference_extension_prefix_indexer_hit_bytes_sum 256.0")
        .contains(
            "inference_extension_model_rewrite_decisions_total{model_name=\"llama\",target_model=\"llama-v2\"} 1.0")
        .contains("inference_extension_info{build_ref=\"1.2.3\",commit=\"unknown\"} 1");

    series.ended();
    assertThat(page()).contains("inference_objective_running_requests{model_name=\"llama\"} 0.0");
  }

  @Test
  void clientsCannotMakeSeriesWithoutEnd() {
    for (int i = 0; i < RequestMetrics.MOST_MODELS + 50; i++) {
      metrics.series("m" + i, "m" + i).started(0, 1);
    }
    metrics.error("never-seen", "never-seen", "NotFound");
    metrics.series("x".repeat(300), "y").started(0, 1);
    assertThat(page())
        .contains(
            "inference_objective_request_total{model_name=\"other\",priority=\"0\",target_model_name=\"other\"} 51.0")
        .contains(
            "inference_objective_request_error_total{error_code=\"NotFound\",model_name=\"other\",target_model_name=\"other\"} 1.0");
  }

  @Test
  void anErrorWithoutAModelIsCountedWithoutOne() {
    metrics.error("", "", "BadRequest");
    assertThat(page())
        .contains(
            "inference_objective_request_error_total{error_code=\"BadRequest\",model_name=\"\",target_model_name=\"\"} 1.0");
  }

  private String page() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ExpositionFormats.init().getPrometheusTextFormatWriter().write(out, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
