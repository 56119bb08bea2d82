package io.pickwick.bench.workload;

import java.util.List;

/**
 * What any workload can have besides its prompts.
 *
 * @param concurrency the most requests under way at once; 0 for no limit
 * @param loras over how many adapters the tenants are spread; 0: all ask the base model
 * @param salts over how many salts; 0 for none
 * @param scale by how much requests come faster than the workload says
 */
record Traffic(int concurrency, int loras, int salts, double scale) {
  static Traffic read(Options options) {
    return new Traffic(
        options.count("concurrency", 0, 0),
        options.count("loras", 0, 0),
        options.count("salts", 0, 0),
        options.number("scale", 1, 0.001, 1e6));
  }

  /** A request that follows none, on the adapter and with the salt of a tenant. */
  WorkloadRequest request(
      long seed,
      int id,
      int tenant,
      String session,
      long atNanos,
      PromptTokens prompt,
      int outputTokens) {
    return new WorkloadRequest(
        id,
        session,
        atNanos,
        WorkloadRequest.NONE,
        0,
        prompt,
        outputTokens,
        lora(seed, tenant),
        salt(seed, tenant));
  }

  private String lora(long seed, int tenant) {
    return loras == 0 ? "" : "lora-" + drawn(seed ^ 1, tenant, loras);
  }

  private String salt(long seed, int tenant) {
    return salts == 0 ? "" : "salt-" + drawn(seed ^ 2, tenant, salts);
  }

  private static long drawn(long seed, int tenant, int count) {
    return Math.floorMod(TokenBlocks.mix(TokenBlocks.mix(seed) + tenant), count);
  }

  /** The stages as they are once scaled. */
  List<Stage> stages(Arrivals arrivals) {
    return arrivals.stages().stream()
        .map(stage -> new Stage(stage.rate() * scale, stage.seconds() / scale, stage.warmUp()))
        .toList();
  }

  Workload workload(String name, List<WorkloadRequest> requests) {
    Workload workload = new Workload(name, requests, concurrency).faster(scale);
    WorkloadException.checkLast((double) workload.lastNanos());
    return workload;
  }
}
