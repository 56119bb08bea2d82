package io.pickwick.epp.request;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelRestorerTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sse-completions.txt",
        "sse-continuous-usage.txt",
        "sse-with-usage.txt",
        "sse-without-usage.txt"
      })
  void restoresStreamsAtEveryCut(String fixture) {
    byte[] body = Fixture.bytes(fixture);
    String wanted =
        Fixture.text(fixture).replace("\"model\":\"tiny\"", "\"model\":\"a \\\"b\\\"\"");
    for (int cut = 0; cut <= body.length; cut++) {
      assertThat(restored("a \"b\"", "tiny", true, body, cut)).as("cut " + cut).isEqualTo(wanted);
    }
    assertThat(byteByByte("a \"b\"", "tiny", true, body)).isEqualTo(wanted);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // any white space, any way to write the name
        "{\"model\" :\t\"s/1\"}|{\"model\" :\t\"client\"}",
        "{`` \"model\":\"s\\/1\"}|{`` \"model\":\"client\"}",
        "{\"model\":\"\\u0073/1\"}|{\"model\":\"client\"}",
        // one level down, as in a response's events, but no deeper
        "{\"response\":{\"model\":\"s/1\"}}|{\"response\":{\"model\":\"client\"}}",
        "{\"a\":[{\"input\":{\"model\":\"s/1\"}}]}|{\"a\":[{\"input\":{\"model\":\"s/1\"}}]}",
        // other values, other keys, text
        "{\"model\":\"s/12\"}|{\"model\":\"s/12\"}",
        "{\"model\":\"s/\"}|{\"model\":\"s/\"}",
        "{\"model\":null,\"x\":\"s/1\"}|{\"model\":null,\"x\":\"s/1\"}",
        "{\"models\":\"s/1\",\"mode\":\"s/1\"}|{\"models\":\"s/1\",\"mode\":\"s/1\"}",
        "{\"x\":\"model\",\"y\":\"s/1\"}|{\"x\":\"model\",\"y\":\"s/1\"}",
        "{\"x\":\"\\\"model\\\":\\\"s/1\\\"\"}|{\"x\":\"\\\"model\\\":\\\"s/1\\\"\"}",
        "{\"model\":\"long long long long long long long\\\\\"}|{\"model\":\"long long long long long long long\\\\\"}",
        // cut off
        "{\"model\":\"s/|{\"model\":\"s/",
        "{\"model\":\"s/\\|{\"model\":\"s/\\"
      })
  void restoresTheServersNameOnly(String body, String wanted) {
    byte[] bytes = body.getBytes(UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      assertThat(restored("client", "s/1", false, bytes, cut)).as("cut " + cut).isEqualTo(wanted);
    }
    assertThat(byteByByte("client", "s/1", false, bytes)).isEqualTo(wanted);
  }

  @Test
  void startsAfreshWithEachLineOfAStream() {
    String broken = "data: {\"a\":[[[\"x\n\ndata: {\"model\":\"s\n\ndata: {\"model\":\"s\"}\n\n";
    byte[] bytes = broken.getBytes(UTF_8);
    for (int cut = 0; cut <= bytes.length; cut++) {
      assertThat(restored("c", "s", true, bytes, cut))
          .isEqualTo("data: {\"a\":[[[\"x\n\ndata: {\"model\":\"s\n\ndata: {\"model\":\"c\"}\n\n");
    }
  }

  @Test
  void holdsNothingBackBehindTheName() {
    ModelRestorer restorer = new ModelRestorer("c", "s", false);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] body = "{\"model\":\"s\"".getBytes(UTF_8);
    restorer.feed(body, 0, body.length, out::write);
    assertThat(out.toString(UTF_8)).isEqualTo("{\"model\":\"c\"");
  }

  @Test
  void changesNothingElseOfRandomBytes() {
    long seed = 0x7e57;
    for (int round = 0; round < 2_000; round++) {
      Random random = new Random(seed + round);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(60); i > 0; i--) {
        text.append(
            new String[] {
                  "\"", "model", ":", "{", "}", "\\", "[", "\n", "\"model\"", "other", "\u00e9"
                }
                [random.nextInt(11)]);
      }
      byte[] body = text.toString().getBytes(UTF_8);
      int cut = random.nextInt(body.length + 1);
      assertThat(restored("client", "server", random.nextBoolean(), body, cut))
          .as("seed " + seed + " round " + round)
          .isEqualTo(text.toString());
    }
  }

  /** What comes out of two chunks whose arrays are each used for nothing else. */
  private static String restored(
      String client, String server, boolean events, byte[] body, int cut) {
    ModelRestorer restorer = new ModelRestorer(client, server, events);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    restorer.feed(Arrays.copyOf(body, cut), 0, cut, out::write);
    restorer.feed(body, cut, body.length - cut, out::write);
    restorer.flush(out::write);
    return out.toString(UTF_8);
  }

  private static String byteByByte(String client, String server, boolean events, byte[] body) {
    ModelRestorer restorer = new ModelRestorer(client, server, events);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte b : body) {
      restorer.feed(new byte[] {b}, 0, 1, out::write);
    }
    restorer.flush(out::write);
    return out.toString(UTF_8);
  }
}
