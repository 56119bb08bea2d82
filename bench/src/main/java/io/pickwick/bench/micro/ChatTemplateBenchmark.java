package io.pickwick.bench.micro;

import io.pickwick.epp.prompt.template.ChatTemplate;
import io.pickwick.epp.prompt.template.jinja.None;
import io.pickwick.epp.prompt.template.jinja.TemplateException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
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

/** Rendering a conversation by a template that reasons about its turns, as those of Qwen 3 do. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class ChatTemplateBenchmark {
  private static final String WORDS = "The tea has left our house and is with the carrier now. ";

  @Param({"30", "300"})
  int messages;

  /** Characters of one message, about four to a token. */
  @Param({"1200", "13000"})
  int characters;

  private Map<String, Object> variables = Map.of();
  private ChatTemplate template = parsed("{{ messages }}");

  private static ChatTemplate parsed(String source) {
    try {
      return ChatTemplate.parse("qwen3", source);
    } catch (TemplateException e) {
      throw new IllegalStateException(e);
    }
  }

  @Setup
  public void setUp() throws IOException {
    try (InputStream source =
        Objects.requireNonNull(
            ChatTemplateBenchmark.class.getResourceAsStream("qwen3.jinja"), "qwen3.jinja")) {
      template = parsed(new String(source.readAllBytes(), StandardCharsets.UTF_8));
    }
    List<Object> conversation = new ArrayList<>(messages);
    for (int i = 0; i < messages; i++) {
      Map<Object, Object> message = new HashMap<>();
      message.put("role", i % 2 == 0 ? "user" : "assistant");
      message.put("content", WORDS.repeat(characters / WORDS.length() + 1) + i);
      conversation.add(message);
    }
    variables = Map.of("messages", conversation, "tools", None.NONE, "add_generation_prompt", true);
  }

  @Benchmark
  public String render() throws TemplateException {
    return template.render(variables, InstantSource.system());
  }
}
