package io.pickwick.pool;

import io.pickwick.pool.Series.CacheInfo;
import io.pickwick.pool.Series.LoraInfo;
import io.pickwick.pool.Series.Quantity;
import io.pickwick.pool.Series.Sample;
import java.util.List;
import java.util.Map;

/**
 * A kind of model server, with the names under which its metrics page tells its load.
 *
 * <p>The names are those of llm-d's engine table, but for {@code nv_inference_exec_count}: that is
 * a counter of all executions ever, not of requests running, so {@link #TRITON} tells none.
 */
public enum Engine {
  /** vLLM. */
  VLLM(
      "vllm",
      new Sample("vllm:num_requests_waiting", Quantity.WAITING),
      new Sample("vllm:num_requests_running", Quantity.RUNNING),
      new Sample("vllm:kv_cache_usage_perc", Quantity.KV_USAGE),
      new Sample("vllm:gpu_cache_usage_perc", Quantity.OLD_KV_USAGE),
      new CacheInfo(
          "vllm:cache_config_info", "block_size", "num_gpu_blocks", "prefix_caching_hash_algo"),
      new LoraInfo("vllm:lora_requests_info")),
  /** SGLang. */
  SGLANG(
      "sglang",
      new Sample("sglang:num_queue_reqs", Quantity.WAITING),
      new Sample("sglang:num_running_reqs", Quantity.RUNNING),
      new Sample("sglang:token_usage", Quantity.KV_USAGE),
      new CacheInfo("sglang:cache_config_info", "page_size", "num_pages", "")),
  /** TensorRT-LLM's own server. */
  TRTLLM_SERVE(
      "trtllm-serve",
      new Sample("trtllm_num_requests_waiting", Quantity.WAITING),
      new Sample("trtllm_num_requests_running", Quantity.RUNNING),
      new Sample("trtllm_kv_cache_utilization", Quantity.KV_USAGE),
      new Sample("trtllm_kv_cache_tokens_per_block", Quantity.BLOCK_SIZE),
      new Sample("trtllm_kv_cache_max_blocks", Quantity.BLOCKS)),
  /** TensorRT-LLM behind Triton. */
  TRITON_TENSORRT_LLM(
      "triton-tensorrt-llm",
      new Sample("nv_trt_llm_request_metrics", Quantity.WAITING, "request_type", "waiting"),
      new Sample("nv_trt_llm_request_metrics", Quantity.RUNNING, "request_type", "scheduled"),
      new Sample(
          "nv_trt_llm_kv_cache_block_metrics",
          Quantity.KV_USAGE,
          "kv_cache_block_type",
          "fraction"),
      new Sample(
          "nv_trt_llm_kv_cache_block_metrics",
          Quantity.BLOCK_SIZE,
          "kv_cache_block_type",
          "tokens_per"),
      new Sample(
          "nv_trt_llm_kv_cache_block_metrics", Quantity.BLOCKS, "kv_cache_block_type", "max")),
  /** Any other model behind Triton. */
  TRITON("triton", new Sample("nv_inference_pending_request_count", Quantity.WAITING));

  /** The label of an endpoint that names its engine. */
  public static final String LABEL = "llm-d.ai/engine-type";

  /** The older name of {@link #LABEL}. */
  public static final String OLD_LABEL = "inference.networking.k8s.io/engine-type";

  private final String label;

  @SuppressWarnings("ImmutableEnumChecker") // List.of of records
  private final List<Series> series;

  Engine(String label, Series... series) {
    this.label = label;
    this.series = List.of(series);
  }

  /** What an endpoint's label says to name this engine. */
  public String label() {
    return label;
  }

  /** The engine of an endpoint with these labels; vLLM when they name none or an unknown one. */
  public static Engine of(Map<String, String> labels) {
    String named = labels.getOrDefault(LABEL, labels.getOrDefault(OLD_LABEL, VLLM.label));
    for (Engine engine : values()) {
      if (engine.label.equals(named)) {
        return engine;
      }
    }
    return VLLM;
  }

  List<Series> series() {
    return series;
  }
}
