package io.pickwick.bench.load;

import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What a run of requests came to.
 *
 * @param requests how many ended well
 * @param failures what went wrong with the others, the first few
 * @param failed how many went wrong
 * @param wall how long the run took
 * @param decision from the request's last byte sent to the pick received, in microseconds
 * @param whole from a request's start to its end, in microseconds
 */
public record Outcome(
    long requests,
    long failed,
    List<String> failures,
    Duration wall,
    Histogram decision,
    Histogram whole) {}
