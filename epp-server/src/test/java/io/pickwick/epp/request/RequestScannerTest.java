package io.pickwick.epp.request;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.epp.request.RequestScanner.Limits;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestScannerTest {
  private static final String CHAT =
      """
      {"model": "Qwen/Qwen3-8B", "stream": true, "stream_options": {"include_usage": true},
       "max_tokens": 100, "max_completion_tokens": 200, "priority": -3, "cache_salt": "tenant \\u00e9",
       "tools": [{"type": "function", "function": {"name": "f"}}],
       "messages": [
         {"role": "system", "content": "Be brief."},
         {"content": [{"type": "text", "text": "What is this?"},
                      {"type": "image_url", "image_url": {"url": "http://x/y.png"}}], "role": "user"}],
       "temperature": 0.7, "model_extra": {"model": "not me"}}
      """;

  private final RequestScanner scanner = new RequestScanner();

  @Test
  void readsAChat() {
    ScanOutcome.Read read = read(Api.CHAT_COMPLETIONS, CHAT);
    assertThat(read.facts())
        .isEqualTo(
            new RequestFacts(
                Api.CHAT_COMPLETIONS,
                "Qwen/Qwen3-8B",
                true,
                true,
                200,
                OptionalInt.of(-3),
                "tenant \u00e9",
                2,
                true,
                1,
                CHAT.getBytes(UTF_8).length));
    Span span = read.model().getFirst();
    assertThat(CHAT.substring((int) span.start(), (int) span.end())).isEqualTo("\"Qwen/Qwen3-8B\"");
    assertThat(read.model()).hasSize(1);
  }

  @Test
  void readsTheSameInChunksOfOneByte() {
    ScanOutcome whole = read(Api.CHAT_COMPLETIONS, CHAT);
    Recorded sink = new Recorded();
    scanner.reset(Api.CHAT_COMPLETIONS, Limits.DEFAULT, sink);
    for (byte b : CHAT.getBytes(UTF_8)) {
      scanner.feed(new byte[] {b}, 0, 1);
    }
    assertThat(scanner.finish()).isEqualTo(whole);
    assertThat(sink.content.toString(ISO_8859_1)).isEqualTo(content(Api.CHAT_COMPLETIONS, CHAT));
  }

  @Test
  void refusesABodyCutAnywhere() {
    byte[] body = CHAT.stripTrailing().getBytes(UTF_8);
    for (int length = 0; length < body.length; length++) {
      scanner.reset(Api.CHAT_COMPLETIONS, Limits.DEFAULT, PromptSink.none());
      scanner.feed(body, 0, length);
      assertThat(scanner.finish())
          .as("cut at " + length)
          .isEqualTo(
              new ScanOutcome.Malformed(
                  length == 0
                      ? "The body is empty (byte 0)"
                      : "The body is not valid JSON: it is cut off (byte " + length + ")",
                  length));
    }
  }

  @Test
  void readsEachApi() {
    assertThat(
            read(Api.COMPLETIONS, "{\"prompt\":\"hi\",\"model\":\"m\",\"max_tokens\":5}").facts())
        .extracting(RequestFacts::model, RequestFacts::maxTokens, RequestFacts::messages)
        .containsExactly("m", 5L, 0);
    assertThat(read(Api.EMBEDDINGS, "{\"input\":[\"a\"],\"model\":\"m\"}").facts().model())
        .isEqualTo("m");
    assertThat(
            read(Api.RESPONSES, "{\"input\":\"a\",\"model\":\"m\",\"max_output_tokens\":7}")
                .facts())
        .extracting(RequestFacts::maxTokens, RequestFacts::messages)
        .containsExactly(7L, 1);
    assertThat(read(Api.MESSAGES, "{\"messages\":[{}],\"model\":\"m\",\"max_tokens\":7}").facts())
        .extracting(RequestFacts::maxTokens, RequestFacts::messages)
        .containsExactly(7L, 1);
    ScanOutcome.Read generate =
        read(Api.GENERATE, "{\"token_ids\":[1,2],\"sampling_params\":{\"max_tokens\":9}}");
    assertThat(generate.facts().maxTokens()).isEqualTo(9);
    assertThat(generate.facts().model()).isEmpty();
    assertThat(generate.model()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "CHAT_COMPLETIONS|{'vllm_xargs':{'a':[1],'kv_cache_report_mode':<'full'>},'model':'m','messages':[]}",
        "CHAT_COMPLETIONS|{'vllm_xargs':{'kv_cache_report_mode':<'a'>,'kv_cache_report_mode':<'full'>},'vllm_xargs':{'kv_cache_report_mode':<''>},'model':'m','messages':[]}",
        "CHAT_COMPLETIONS|{'kv_cache_report_mode':'full','vllm_xargs':{'b':{'kv_cache_report_mode':'full'}},'model':'m','messages':[{'vllm_xargs':{'kv_cache_report_mode':'full'}}]}",
        "CHAT_COMPLETIONS|{'vllm_xargs':{'kv_cache_report_mode':['full']},'model':'m','messages':[]}",
        "CHAT_COMPLETIONS|{'vllm_xargs':null,'model':'m','messages':[]}",
        "CHAT_COMPLETIONS|{'vllm_xargs':'kv_cache_report_mode','model':'m','messages':[]}",
        "COMPLETIONS|{'vllm_xargs':{'kv_cache_report_mode':<'full'>},'model':'m','prompt':'a'}",
        "RESPONSES|{'vllm_xargs':{'kv_cache_report_mode':<'full'>},'model':'m','input':'a'}",
        "MESSAGES|{'vllm_xargs':{'kv_cache_report_mode':<'full'>},'model':'m','messages':[]}",
        "GENERATE|{'sampling_params':{'extra_args':{'kv_cache_report_mode':<'full'>},'max_tokens':1},'token_ids':[1]}",
        "GENERATE|{'extra_args':{'kv_cache_report_mode':'full'},'token_ids':[1]}",
      })
  void findsWhereReportsOfWhatIsStoredAreAskedFor(Api api, String marked) {
    String body = marked.replace("<", "").replace(">", "").replace('\'', '"');
    String quiet = marked.replaceAll("<[^>]*>", "'none'").replace('\'', '"');
    ScanOutcome.Read read = read(api, body);
    assertThat(spliced(Splice.of(read, Optional.empty(), true), body)).isEqualTo(quiet);
    assertThat(Splice.of(read, Optional.empty(), false).isEmpty()).isTrue();
  }

  @Test
  void refusesToCountEndlessReportModes() {
    String many = "\"kv_cache_report_mode\":\"full\",".repeat(16);
    String body = "{\"model\":\"m\",\"messages\":[],\"vllm_xargs\":{%s\"a\":1}}";
    assertThat(read(Api.CHAT_COMPLETIONS, body.formatted(many)).reports()).hasSize(16);
    assertThat(scan(Api.CHAT_COMPLETIONS, body.formatted(many + many).getBytes(UTF_8)))
        .isInstanceOf(ScanOutcome.Malformed.class);
  }

  private static String spliced(Splice splice, String body) {
    StringBuilder spliced = new StringBuilder();
    splice.feed(
        body.getBytes(UTF_8),
        0,
        body.length(),
        (bytes, offset, length) -> spliced.append(new String(bytes, offset, length, UTF_8)));
    return spliced.toString();
  }

  @Test
  void readsNothingOfWhatPassesThrough() {
    scanner.reset(Api.PASSTHROUGH, new Limits(1, 1, 1), PromptSink.none());
    scanner.feed(new byte[100], 0, 100);
    assertThat(scanner.finish()).isEqualTo(ScanOutcome.Read.unread(100));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // not JSON
        "``|The body is empty|0",
        "`  `|The body is not valid JSON: it is cut off|2",
        "[1]|The body must be a JSON object, but it starts with '['|0",
        "nope|The body must be a JSON object, but it starts with 'n'|0",
        "\uFEFF{}|The body must be a JSON object, but it starts with byte 0xef|0",
        "{} x|The body is not valid JSON: unexpected 'x' after the end of the object|3",
        "{\"a\":1,}|The body is not valid JSON: unexpected '}' where a key should stand|7",
        "{\"a\" 1}|The body is not valid JSON: unexpected '1' where a colon should stand|5",
        "{\"a\":[1,]}|The body is not valid JSON: unexpected ']' where a value should stand|8",
        "{\"a\":[1}|The body is not valid JSON: unexpected '}' where ',' or ']' should stand|7",
        "{\"a\":01}|The body is not valid JSON: unexpected '1' in a number|6",
        "{\"a\":1.}|The body is not valid JSON: unexpected '}' in a number|7",
        "{\"a\":+1}|The body is not valid JSON: unexpected '+' where a value should stand|5",
        "{\"a\":NaN}|The body is not valid JSON: unexpected 'N' where a value should stand|5",
        "{\"a\":nul}|The body is not valid JSON: unexpected '}' in a value that starts like a literal|8",
        "{'a':1}|The body is not valid JSON: unexpected ''' where a key should stand|1",
        "{\"\\x\":1}|The body is not valid JSON: unexpected 'x' after a backslash|3",
        "{\"\\u00g0\":1}|The body is not valid JSON: unexpected 'g' in a \\u escape|6",
        "{\"a\u0001\":1}|The body is not valid JSON: a control character must be escaped in a string|3",
        // not what the API asks for
        "{\"messages\":[]}|'model' is missing|15",
        "{\"model\":\"m\"}|'messages' is missing|13",
        "{\"model\":\"\"}|'model' must be a non-empty string|9",
        "{\"model\":null}|'model' must be a non-empty string|9",
        "{\"model\":7}|'model' must be a non-empty string|9",
        "{\"model\":[\"m\"]}|'model' must be a non-empty string|9",
        "{\"model\":\"\\ud800\"}|'model' has half of a surrogate pair|9",
        "{\"stream\":\"yes\"}|'stream' must be true or false|10",
        "{\"stream\":1}|'stream' must be true or false|10",
        "{\"cache_salt\":{}}|'cache_salt' must be a string|14",
        "{\"messages\":\"hi\"}|'messages' must be an array|12",
        "{\"messages\":{}}|'messages' must be an array|12",
        "{\"messages\":null}|'messages' must be an array|12",
        "{\"messages\":[\"hi\"]}|each message must be an object|13",
        "{\"messages\":[[]]}|each message must be an object|13"
      })
  void refusesABadChat(String body, String message, long offset) {
    assertThat(scan(Api.CHAT_COMPLETIONS, body.getBytes(UTF_8)))
        .isEqualTo(new ScanOutcome.Malformed(message + " (byte " + offset + ")", offset));
    assertThat(scanner.mistake()).isPresent();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "COMPLETIONS|{\"model\":\"m\"}|'prompt' is missing (byte 13)",
        "COMPLETIONS|{\"model\":\"m\",\"prompt\":null}|'prompt' is missing (byte 27)",
        "COMPLETIONS|{\"prompt\":7}|the prompt must be a string, or an array of strings, token ids or both (byte 10)",
        "COMPLETIONS|{\"prompt\":{}}|the prompt must be a string, or an array of strings, token ids or both (byte 10)",
        "COMPLETIONS|{\"prompt\":[1.5]}|a token id must be an integer from 0 to 4294967295 (byte 11)",
        "COMPLETIONS|{\"prompt\":[[-1]]}|a token id must be an integer from 0 to 4294967295 (byte 12)",
        "EMBEDDINGS|{\"model\":\"m\"}|'input' is missing (byte 13)",
        "RESPONSES|{\"input\":7}|'input' must be a string or an array of items (byte 9)",
        "GENERATE|{\"model\":\"m\"}|'token_ids' is missing (byte 13)",
        "GENERATE|{\"token_ids\":\"m\"}|'token_ids' must be an array (byte 13)",
        "GENERATE|{\"token_ids\":[4294967296]}|a token id must be an integer from 0 to 4294967295 (byte 14)"
      })
  void refusesABadBodyOfOtherApis(Api api, String body, String message) {
    assertThat(scan(api, body.getBytes(UTF_8)))
        .isInstanceOfSatisfying(
            ScanOutcome.Malformed.class,
            malformed -> assertThat(malformed.message()).isEqualTo(message));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c080",
        "c1bf",
        "e09f80",
        "eda080",
        "edbfbf",
        "f08f8080",
        "f4908080",
        "f5808080",
        "80",
        "bf",
        "ff",
        "fe",
        "c3",
        "e282",
        "f09f98",
        "c3c3",
        "e28228",
        "f09f9822"
      })
  void refusesBytesThatAreNotUtf8(String hex) {
    byte[] bad = HexFormat.of().parseHex(hex);
    byte[] start = "{\"model\":\"m\",\"messages\":[],\"x\":\"abcdefgh".getBytes(UTF_8);
    byte[] body = new byte[start.length + bad.length + 10];
    System.arraycopy(start, 0, body, 0, start.length);
    System.arraycopy(bad, 0, body, start.length, bad.length);
    System.arraycopy("abcdefgh\"}".getBytes(UTF_8), 0, body, start.length + bad.length, 10);
    assertThat(scan(Api.CHAT_COMPLETIONS, body))
        .isInstanceOfSatisfying(
            ScanOutcome.Malformed.class,
            malformed -> assertThat(malformed.message()).startsWith("The body is not valid UTF-8"));
    ScanOutcome whole = scanner.finish();
    scanner.reset(Api.CHAT_COMPLETIONS, Limits.DEFAULT, PromptSink.none());
    for (byte b : body) {
      scanner.feed(new byte[] {b}, 0, 1);
    }
    assertThat(scanner.finish()).isEqualTo(whole);
  }

  @Test
  void refusesADepthBomb() {
    String open = "{\"model\":\"m\",\"messages\":[],\"x\":";
    assertThat(scan(Api.CHAT_COMPLETIONS, (open + "[".repeat(1_000_000)).getBytes(UTF_8)))
        .isEqualTo(
            new ScanOutcome.Malformed(
                "The body nests deeper than 128 levels (byte " + (open.length() + 127) + ")",
                open.length() + 127));
    String deep = open + "[".repeat(127) + "]".repeat(127) + "}";
    assertThat(scan(Api.CHAT_COMPLETIONS, deep.getBytes(UTF_8)))
        .isInstanceOf(ScanOutcome.Read.class);
    assertThat(scan(Api.CHAT_COMPLETIONS, "{\"a\":".repeat(200).getBytes(UTF_8)))
        .isInstanceOf(ScanOutcome.Malformed.class);
  }

  @Test
  void refusesABodyThatIsTooLong() {
    byte[] body = CHAT.getBytes(UTF_8);
    Limits limits = new Limits(128, body.length - 1, 1024);
    scanner.reset(Api.CHAT_COMPLETIONS, limits, PromptSink.none());
    scanner.feed(body, 0, 100);
    assertThat(scanner.mistake()).isEmpty();
    scanner.feed(body, 100, body.length - 100);
    assertThat(scanner.mistake().orElseThrow().message())
        .startsWith("The body is longer than " + (body.length - 1) + " bytes");
    assertThat(scanner.finish()).isInstanceOf(ScanOutcome.Malformed.class);
  }

  @Test
  void refusesValuesThatAreTooLong() {
    Limits limits = new Limits(8, 10_000, 8);
    for (String key : List.of("model", "cache_salt")) {
      String fits = "{\"model\":\"m\",\"messages\":[],\"" + key + "\":\"12345678\"}";
      scanner.reset(Api.CHAT_COMPLETIONS, limits, PromptSink.none());
      scanner.feed(fits.getBytes(UTF_8), 0, fits.length());
      assertThat(scanner.finish()).isInstanceOf(ScanOutcome.Read.class);
      String longer = fits.replace("12345678", "123456789");
      scanner.reset(Api.CHAT_COMPLETIONS, limits, PromptSink.none());
      scanner.feed(longer.getBytes(UTF_8), 0, longer.length());
      assertThat(scanner.finish())
          .isInstanceOfSatisfying(
              ScanOutcome.Malformed.class,
              malformed ->
                  assertThat(malformed.message())
                      .startsWith("'" + key + "' is longer than 8 bytes"));
    }
  }

  @Test
  void takesTheLastOfARepeatedKeyAndSplicesAllModels() {
    String body =
        "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"one\"}],\"stream\":true,"
            + "\"model\":\"b\",\"messages\":[{\"role\":\"user\",\"content\":\"two\"}],"
            + "\"stream\":false,\"max_tokens\":3,\"max_tokens\":null}";
    ScanOutcome.Read read = read(Api.CHAT_COMPLETIONS, body);
    assertThat(read.facts().model()).isEqualTo("b");
    assertThat(read.facts().stream()).isFalse();
    assertThat(read.facts().maxTokens()).isEqualTo(-1);
    assertThat(read.facts().messages()).isEqualTo(1);
    assertThat(content(Api.CHAT_COMPLETIONS, body)).isEqualTo("two\u00feuser\u00ff");
    assertThat(spliced(Splice.of(read, Optional.of("new"), false), body))
        .isEqualTo(body.replace("\"a\"", "\"new\"").replace("\"b\"", "\"new\""));
    String many = "{" + "\"model\":\"m\",".repeat(17) + "\"messages\":[]}";
    assertThat(scan(Api.CHAT_COMPLETIONS, many.getBytes(UTF_8)))
        .isInstanceOf(ScanOutcome.Malformed.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"max_tokens\":1.5}",
        "{\"max_tokens\":null}",
        "{\"max_tokens\":\"5\"}",
        "{\"max_tokens\":-5}",
        "{\"max_tokens\":{\"max_tokens\":5}}",
        "{\"max_tokens\":[5]}",
        "{\"max_tokens\":123456789012345678901234567890}",
        "{\"priority\":\"high\"}",
        "{\"priority\":3000000000}",
        "{\"stream_options\":[]}",
        "{\"stream_options\":{\"include_usage\":\"yes\"}}",
        "{\"tools\":null}",
        "{\"tools\":[]}",
        "{\"tools\":{}}",
        "{\"cache_salt\":null}",
        "{\"stream\":null}",
        "{\"\\ud800\":{\"model\":[{\"stream\":4}]}}"
      })
  void looksLenientlyAtWhatDoesNotDecide(String extra) {
    String body = extra.substring(0, extra.length() - 1) + ",\"model\":\"m\",\"messages\":[]}";
    assertThat(read(Api.CHAT_COMPLETIONS, body).facts())
        .isEqualTo(
            new RequestFacts(
                Api.CHAT_COMPLETIONS,
                "m",
                false,
                false,
                -1,
                OptionalInt.empty(),
                "",
                0,
                false,
                0,
                body.length()));
  }

  @Test
  void givesTheSamePromptForTheSameMeaning() {
    String one =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"h\u00e9llo \ud83d\ude00/\"}]}";
    List<String> others =
        List.of(
            "{ \"messages\" : [ { \"content\" : \"h\\u00E9llo \\uD83D\\uDE00\\/\" ,\n\"role\" :\t\"user\" } ] , \"model\" : \"m\" }",
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"h\u00e9llo \ud83d\ude00/\"}]}]}",
            "{\"model\":\"m\",\"messages\":[{\"name\":null,\"tool_calls\":null,\"role\":\"user\",\"content\":[{\"text\":\"h\u00e9llo \ud83d\ude00/\",\"cache_control\":{\"type\":\"ephemeral\"},\"type\":\"text\"}]}]}");
    assertThat(others)
        .allSatisfy(other ->
            assertThat(content(Api.CHAT_COMPLETIONS, other))
                .isEqualTo(content(Api.CHAT_COMPLETIONS, one)));
    assertThat(content(Api.RESPONSES, "{\"model\":\"m\",\"input\":\"h\u00e9llo \ud83d\ude00/\"}"))
        .isEqualTo(content(Api.CHAT_COMPLETIONS, one));
  }

  @Test
  void startsTheNextRoundWithTheLastOne() {
    String system = "{\"role\":\"system\",\"content\":\"Be brief.\"}";
    String user = "{\"content\":\"Hi\",\"role\":\"user\"}";
    String answer = "{\"role\":\"assistant\",\"content\":\"Hello\",\"tool_calls\":[]}";
    String first = "{\"model\":\"m\",\"messages\":[" + system + "," + user + "]}";
    String second =
        "{\"model\":\"m\",\"messages\":[" + system + "," + user + "," + answer + "," + user + "]}";
    assertThat(content(Api.CHAT_COMPLETIONS, second))
        .startsWith(content(Api.CHAT_COMPLETIONS, first))
        .isNotEqualTo(content(Api.CHAT_COMPLETIONS, first));
  }

  @Test
  void tellsMessagesApart() {
    assertThat(content(Api.CHAT_COMPLETIONS, chat("user", "a", "user", "b")))
        .isNotEqualTo(content(Api.CHAT_COMPLETIONS, chat("user", "ab", "user", "")));
    assertThat(content(Api.CHAT_COMPLETIONS, chat("user", "a")))
        .isNotEqualTo(content(Api.CHAT_COMPLETIONS, chat("system", "a")));
    assertThat(
            content(
                Api.CHAT_COMPLETIONS,
                "{\"model\":\"m\",\"messages\":[{\"content\":[{\"image_url\":{\"url\":\"a\"}}]}]}"))
        .isNotEqualTo(
            content(
                Api.CHAT_COMPLETIONS,
                "{\"model\":\"m\",\"messages\":[{\"content\":[{\"image_url\":{\"url\":\"b\"}}]}]}"));
  }

  @Test
  void tellsContextFromContent() {
    Recorded sink = new Recorded();
    scanner.reset(Api.MESSAGES, Limits.DEFAULT, sink);
    byte[] body =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"system\":\"brief\",\"tools\":[1]}"
            .getBytes(UTF_8);
    scanner.feed(body, 0, body.length);
    scanner.finish();
    assertThat(sink.content.toString(ISO_8859_1)).isEqualTo("hi\u00feuser\u00ff");
    assertThat(sink.context.toString(ISO_8859_1))
        .isEqualTo("\u00fdsystem\u00fcbrief\u00fa\u00fdtools\u00fc\u00f6\u00f91\u00fa\u00f5");
  }

  @Test
  void writesTokenIdsAsFourBytes() {
    assertThat(content(Api.COMPLETIONS, "{\"model\":\"m\",\"prompt\":[1, 258,4294967295]}"))
        .isEqualTo("\u0001\u0000\u0000\u0000\u0002\u0001\u0000\u0000\u00ff\u00ff\u00ff\u00ff");
    assertThat(content(Api.GENERATE, "{\"token_ids\":[1, 258,4294967295]}"))
        .isEqualTo(content(Api.COMPLETIONS, "{\"model\":\"m\",\"prompt\":[[1,258,4294967295]]}"));
  }

  private static String chat(String... rolesAndContents) {
    StringBuilder body = new StringBuilder("{\"model\":\"m\",\"messages\":[");
    for (int i = 0; i < rolesAndContents.length; i += 2) {
      body.append(i > 0 ? "," : "")
          .append("{\"role\":\"" + rolesAndContents[i])
          .append("\",\"content\":\"" + rolesAndContents[i + 1] + "\"}");
    }
    return body.append("]}").toString();
  }

  private ScanOutcome scan(Api api, byte[] body) {
    scanner.reset(api, Limits.DEFAULT, PromptSink.none());
    scanner.feed(body, 0, body.length);
    return scanner.finish();
  }

  private ScanOutcome.Read read(Api api, String body) {
    ScanOutcome outcome = scan(api, body.getBytes(UTF_8));
    assertThat(outcome).isInstanceOf(ScanOutcome.Read.class);
    return (ScanOutcome.Read) outcome;
  }

  private String content(Api api, String body) {
    Recorded sink = new Recorded();
    scanner.reset(api, Limits.DEFAULT, sink);
    byte[] bytes = body.getBytes(UTF_8);
    scanner.feed(bytes, 0, bytes.length);
    assertThat(scanner.finish()).isInstanceOf(ScanOutcome.Read.class);
    return sink.content.toString(ISO_8859_1);
  }
}
