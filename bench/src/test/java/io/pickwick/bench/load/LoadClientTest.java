package io.pickwick.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The load client against the echo server, over real sockets. */
class LoadClientTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  void everyRequestComesBackWhole() throws Exception {
    try (EchoServer echo = EchoServer.start(0, "10.0.0.1:8000");
        LoadClient client = new LoadClient("127.0.0.1", echo.port(), 2, "m")) {
      for (Shape shape :
          new Shape[] {
            Shape.lockstep("b", 200, 1),
            Shape.lockstep("a", 200, 20),
            Shape.lockstep("d", 100_000, 1),
            new Shape("paced", 200, 3, 64, Duration.ofMillis(1))
          }) {
        Outcome outcome = client.run(shape, 100, PATIENCE);
        assertThat(outcome.failures()).as(shape.name()).isEmpty();
        assertThat(outcome.requests()).as(shape.name()).isEqualTo(100);
        assertThat(outcome.whole().getTotalCount()).isEqualTo(100);
        assertThat(outcome.decision().getTotalCount()).isEqualTo(100);
      }
    }
  }

  @Test
  void fewerRequestsThanStreamsAreSentOnceEach() throws Exception {
    try (EchoServer echo = EchoServer.start(0, "10.0.0.1:8000");
        LoadClient client = new LoadClient("127.0.0.1", echo.port(), 1, "m")) {
      Outcome outcome = client.run(Shape.lockstep("b", 200, 1), 3, PATIENCE);
      assertThat(outcome.requests()).isEqualTo(3);
      assertThat(outcome.failed()).isZero();
    }
  }

  @Test
  void aServerThatIsNotThereIsCountedAsFailures() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    try (LoadClient client = new LoadClient("127.0.0.1", port, 1, "m")) {
      Outcome outcome = client.run(Shape.lockstep("b", 200, 1), 20, PATIENCE);
      assertThat(outcome.requests()).isZero();
      assertThat(outcome.failed()).isEqualTo(20);
      assertThat(outcome.failures()).isNotEmpty().allMatch(it -> it.contains("UNAVAILABLE"));
    }
  }

  @Test
  void promptsShareTheirFirstHalfWithinAGroupOnly() throws Exception {
    PromptSource prompts = new PromptSource(1000, "m", true, 7);
    byte[] one = prompts.body(0);
    byte[] sameGroup = prompts.body(8);
    byte[] otherGroup = prompts.body(1);
    assertThat(one).hasSameSizeAs(sameGroup);
    String text = content(one);
    assertThat(text).hasSize(4500);
    assertThat(content(sameGroup)).startsWith(text.substring(0, 2250));
    assertThat(content(sameGroup).substring(2250, 2274)).isNotEqualTo(text.substring(2250, 2274));
    assertThat(content(otherGroup)).doesNotStartWith(text.substring(0, 20));
  }

  private static String content(byte[] body) throws Exception {
    return new ObjectMapper()
        .readTree(new String(body, StandardCharsets.UTF_8))
        .at("/messages/0/content")
        .asText();
  }
}
