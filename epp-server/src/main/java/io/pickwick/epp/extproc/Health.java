package io.pickwick.epp.extproc;

import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Whether this process lives and may be sent requests, as gRPC health checks ask for it. */
public final class Health {
  /** The ext_proc service's full name. */
  public static final String EXT_PROC = "envoy.service.ext_proc.v3.ExternalProcessor";

  private final BooleanSupplier synced;
  private volatile boolean draining;

  /**
   * Health of a process that is ready once its pool is known.
   *
   * @param synced whether the pool has been read; asked at each check, must not block
   */
  public Health(BooleanSupplier synced) {
    this.synced = synced;
  }

  /** Whether new requests may come. */
  public boolean ready() {
    return !draining && synced.getAsBoolean();
  }

  /** From now on no new request should come. */
  public void drain() {
    draining = true;
  }

  /** Whether a service is serving; empty when there is none of that name. */
  public Optional<Boolean> serving(String service) {
    return switch (service) {
      case "liveness" -> Optional.of(true);
      case "", "readiness", "inference-extension", EXT_PROC -> Optional.of(ready());
      default -> Optional.empty();
    };
  }
}
