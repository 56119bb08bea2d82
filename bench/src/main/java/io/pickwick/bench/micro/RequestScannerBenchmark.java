package io.pickwick.bench.micro;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.pickwick.epp.request.Api;
import io.pickwick.epp.request.PromptSink;
import io.pickwick.epp.request.RequestScanner;
import io.pickwick.epp.request.ScanOutcome;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reading chat bodies of a given prompt, with 4.5 bytes a token: the scanner, with a sink that
 * touches each piece, beside Jackson's streaming parser, which only walks over the tokens.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class RequestScannerBenchmark {
  private static final int CHUNK = 64 * 1024;
  private static final JsonFactory JACKSON = new JsonFactory();

  @Param({"200", "10000", "100000"})
  int tokens;

  /**
   * The prompt's letters: {@code ascii}; {@code latin} with every twentieth beyond ASCII and a line
   * break, escaped, for every eightieth; {@code chinese}; {@code turns} is ASCII in many messages.
   */
  @Param({"ascii", "latin", "chinese", "turns"})
  String text;

  private final RequestScanner scanner = new RequestScanner();
  private final Touch sink = new Touch();
  private byte[] body = new byte[0];

  /** JMH tells it per microsecond, which is MB/s. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Volume {
    /** Bytes of body read. */
    public long bytes;
  }

  /** Reads one byte of each piece, as any consumer would at the least. */
  private static final class Touch implements PromptSink {
    private long sum;

    @Override
    public void content(byte[] bytes, int offset, int length) {
      sum += bytes[offset + length - 1] + length;
    }

    @Override
    public void context(byte[] bytes, int offset, int length) {
      sum += bytes[offset + length - 1] - length;
    }
  }

  /** Writes the body. */
  @Setup
  public void setUp() {
    Random random = new Random(1);
    int length = tokens * 9 / 2;
    StringBuilder json = new StringBuilder("{\"model\":\"Qwen/Qwen3-8B\",\"stream\":true,");
    json.append("\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"");
    for (int i = 0; i < length; i++) {
      if (text.equals("chinese")) {
        json.append((char) (0x4e00 + random.nextInt(5000)));
        i += 2;
      } else if (text.equals("latin") && random.nextInt(20) == 0) {
        json.append(random.nextInt(4) == 0 ? "\\n" : "\u00fc");
      } else if (text.equals("turns") && i % 400 == 399) {
        json.append("\"},{\"role\":\"assistant\",\"content\":\"");
      } else {
        json.append((char) (random.nextInt(6) == 0 ? ' ' : 'a' + random.nextInt(26)));
      }
    }
    body = json.append("\"}]}").toString().getBytes(UTF_8);
  }

  /** Ours, in the chunks that Envoy sends. */
  @Benchmark
  public ScanOutcome scanner(Volume volume) {
    scanner.reset(Api.CHAT_COMPLETIONS, RequestScanner.Limits.DEFAULT, sink);
    for (int from = 0; from < body.length; from += CHUNK) {
      scanner.feed(body, from, Math.min(CHUNK, body.length - from));
    }
    volume.bytes += body.length;
    ScanOutcome outcome = scanner.finish();
    if (!(outcome instanceof ScanOutcome.Read) || sink.sum == 0) {
      throw new IllegalStateException(outcome.toString());
    }
    return outcome;
  }

  /** Jackson, tokens only, each string's content touched by its length. */
  @Benchmark
  public long jackson(Volume volume) throws IOException {
    long sum = 0;
    try (JsonParser parser = JACKSON.createParser(body)) {
      JsonToken token;
      while ((token = parser.nextToken()) != null) {
        if (token == JsonToken.VALUE_STRING) {
          sum += parser.getTextLength();
        }
      }
    }
    volume.bytes += body.length;
    return sum;
  }

  /** Jackson, when nobody asks for any string's content. */
  @Benchmark
  public long jacksonSkipping(Volume volume) throws IOException {
    long count = 0;
    try (JsonParser parser = JACKSON.createParser(body)) {
      while (parser.nextToken() != null) {
        count++;
      }
    }
    volume.bytes += body.length;
    return count;
  }
}
