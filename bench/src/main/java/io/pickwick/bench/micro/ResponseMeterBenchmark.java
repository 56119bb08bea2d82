package io.pickwick.bench.micro;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pickwick.epp.request.ModelRestorer;
import io.pickwick.epp.request.Output;
import io.pickwick.epp.request.ResponseMeter;
import io.pickwick.epp.request.Usage;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** A streamed chat answer of 100 events of vLLM's size going by, told per event. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class ResponseMeterBenchmark {
  private static final int EVENTS = 100;
  private static final String HEAD =
      "data: {\"id\":\"chatcmpl-9dae1a3020b22537\",\"object\":\"chat.completion.chunk\","
          + "\"created\":1795234233,\"model\":\"tiny\",\"choices\":[";

  private final byte[] role =
      event(
          "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},"
              + "\"logprobs\":null,\"finish_reason\":null}]}");
  private final byte[] token =
      event(
          "{\"index\":0,\"delta\":{\"content\":\" classes\"},"
              + "\"logprobs\":null,\"finish_reason\":null,\"token_ids\":null}]}");
  private final byte[] usage =
      event(
          "],\"usage\":{\"prompt_tokens\":140,\"total_tokens\":146,\"completion_tokens\":6,"
              + "\"prompt_tokens_details\":{\"cached_tokens\":128}}}");
  private final byte[] done = "data: [DONE]\n\n".getBytes(UTF_8);

  private static byte[] event(String choices) {
    return (HEAD + choices + "\n\n").getBytes(UTF_8);
  }

  /** The meter, headers to usage. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public Optional<Usage> meter() {
    ResponseMeter meter = new ResponseMeter();
    meter.headers(200, "text/event-stream; charset=utf-8", "");
    meter.chunk(role, 0, role.length, false);
    for (int i = 3; i < EVENTS; i++) {
      meter.chunk(token, 0, token.length, false);
    }
    meter.chunk(usage, 0, usage.length, false);
    meter.chunk(done, 0, done.length, true);
    if (meter.usage().isEmpty()) {
      throw new IllegalStateException("no usage");
    }
    return meter.usage();
  }

  /** The restorer, which is on the way only when the model was rewritten. */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public void restorer(Blackhole hole) {
    ModelRestorer restorer = new ModelRestorer("client", "tiny", true);
    Output out = (bytes, offset, length) -> hole.consume(bytes[offset] + length);
    for (int i = 0; i < EVENTS; i++) {
      restorer.feed(token, 0, token.length, out);
    }
    restorer.flush(out);
  }
}
