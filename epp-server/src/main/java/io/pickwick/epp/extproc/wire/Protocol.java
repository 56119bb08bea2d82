package io.pickwick.epp.extproc.wire;

import io.pickwick.epp.request.RequestHeaders;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Names of the endpoint picker protocol (Gateway API Inference Extension, proposal 004). */
public final class Protocol {
  /** Header and metadata key of the pick. */
  public static final String DESTINATION = "x-gateway-destination-endpoint";

  /** Metadata key of the endpoints that may serve. */
  public static final String SUBSET = "x-gateway-destination-endpoint-subset";

  /** Metadata key of the endpoint that answered. */
  public static final String SERVED = "x-gateway-destination-endpoint-served";

  /** Metadata namespace of the pick and of the endpoint that answered. */
  public static final String LB_NAMESPACE = "envoy.lb";

  /** Metadata namespace of the endpoints that may serve. */
  public static final String SUBSET_NAMESPACE = "envoy.lb.subset_hint";

  /** Metadata namespace in which usage is told to the access log. */
  public static final String USAGE_NAMESPACE = "epp.usage";

  /**
   * Request headers that steer us or the gateway and are no business of the client or the model
   * server: always removed, and with them the llm-d names and what its sidecars obey. What we set
   * ourselves is set after that.
   */
  public static final List<String> CONTROL_HEADERS =
      List.of(
          DESTINATION,
          SUBSET,
          SERVED,
          RequestHeaders.MODEL,
          RequestHeaders.MODEL_REWRITE,
          RequestHeaders.OBJECTIVE,
          "x-gateway-inference-fairness-id",
          RequestHeaders.MODEL_REWRITE_TWIN,
          RequestHeaders.OBJECTIVE_TWIN,
          "x-llm-d-inference-fairness-id",
          "x-prefiller-host-port",
          "x-encoder-hosts-ports",
          "x-data-parallel-host-port");

  static final byte[] SUBSET_NAMESPACE_BYTES = ascii(SUBSET_NAMESPACE);
  static final byte[] SUBSET_KEY_BYTES = ascii(SUBSET);
  static final byte[] LB_NAMESPACE_BYTES = ascii(LB_NAMESPACE);
  static final byte[] SERVED_KEY_BYTES = ascii(SERVED);

  private Protocol() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
