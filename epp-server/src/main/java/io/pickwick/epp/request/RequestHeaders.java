package io.pickwick.epp.request;

/**
 * Names of request headers that steer us, the gateway or the model server, in lower case.
 *
 * <p>{@code x-gateway-*} are those of the Gateway API Inference Extension; llm-d says the same by
 * twins of its own.
 */
public final class RequestHeaders {
  /** The model that the body asks for, for routes to match on: set by us, never believed. */
  public static final String MODEL = "x-gateway-model-name";

  /** The model to serve the request by. */
  public static final String MODEL_REWRITE = "x-gateway-model-name-rewrite";

  /** The same to llm-d. */
  public static final String MODEL_REWRITE_TWIN = "x-llm-d-model-name-rewrite";

  /** The InferenceObjective by which the request is ranked. */
  public static final String OBJECTIVE = "x-gateway-inference-objective";

  /** The same to llm-d. */
  public static final String OBJECTIVE_TWIN = "x-llm-d-inference-objective";

  /** By which a request asks vLLM for a data-parallel rank. */
  public static final String RANK = "x-data-parallel-rank";

  private RequestHeaders() {}
}
