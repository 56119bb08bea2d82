package io.pickwick.bench.workload;

import java.util.List;

/**
 * What is asked, and when.
 *
 * <p>The id of a request is its index. Those that follow none are in the order of their time.
 *
 * @param name what it was made from
 * @param requests all requests
 * @param maxConcurrency the most requests under way at once, beyond which those that are due wait
 *     in the order in which they became due; 0 for no limit
 */
public record Workload(String name, List<WorkloadRequest> requests, int maxConcurrency) {

  /** Holds the ids and times to their order. */
  public Workload {
    requests = List.copyOf(requests);
    if (maxConcurrency < 0) {
      throw new IllegalArgumentException("A limit of concurrency is not negative; 0 is none.");
    }
    long last = 0;
    for (int index = 0; index < requests.size(); index++) {
      WorkloadRequest request = requests.get(index);
      if (request.id() != index) {
        throw new IllegalArgumentException(
            "Request %d is at index %d; an id is an index.".formatted(request.id(), index));
      }
      if (request.follows()) {
        continue;
      }
      if (request.atNanos() < last) {
        throw new IllegalArgumentException(
            "Request %d is sent before one of a lower id.".formatted(index));
      }
      last = request.atNanos();
    }
  }

  /** When the last comes that follows none, in nanoseconds from the start. */
  public long lastNanos() {
    return requests.stream()
        .filter(request -> !request.follows())
        .mapToLong(WorkloadRequest::atNanos)
        .max()
        .orElse(0);
  }

  /** The same with each time that is not a user's thinking divided by a factor, above 0. */
  public Workload faster(double factor) {
    if (!(factor > 0)) {
      throw new IllegalArgumentException("A workload is made faster by a factor above 0.");
    }
    return factor == 1
        ? this
        : new Workload(
            name,
            requests.stream()
                .map(request -> request.at(WorkloadException.nanos(request.atNanos() / factor)))
                .toList(),
            maxConcurrency);
  }
}
