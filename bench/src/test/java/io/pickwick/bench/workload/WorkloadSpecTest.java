package io.pickwick.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a workload is written, and what is answered to what is written wrong. */
class WorkloadSpecTest {
  @Test
  void theNamesAreThoseOfTheField() {
    assertThat(Workloads.names())
        .containsExactly(
            "random", "prefix_repetition", "shared-prefix", "chat", "agents", "mooncake", "azure");
  }

  @Test
  void eachIsDescribedWithItsParameters() {
    assertThat(Workloads.described())
        .contains("random: vLLM's")
        .contains("requests=1000,prefix=0,input=1024,output=128,range-ratio=0,rate=inf")
        .contains("requests=1000,prefixes=10,prefix=256,suffix=256,output=128,rate=inf")
        .contains("groups=150,prompts=5,requests=750,system=6000,question=1200,output=1000")
        .contains("path=PATH,mode=open")
        .contains("turns=2..10");
  }

  @Test
  void theParametersGivenAreTaken() {
    assertThat(WorkloadSpec.parse("shared-prefix:groups=3,prompts=2,system=10..20,rate=5"))
        .isEqualTo(
            new SharedPrefix(
                "shared-prefix:groups=3,prompts=2,system=10..20,rate=5",
                6,
                3,
                2,
                new Range(10, 20),
                Range.of(1200),
                Range.of(1000),
                new Arrivals.Steady(5, 1),
                new Traffic(0, 0, 0, 1)));
  }

  @Test
  void spacesAroundAreNoMatter() {
    assertThat(WorkloadSpec.parse("random: input = 7 , rate = 2").generate(1).requests())
        .allSatisfy(request -> assertThat(request.prompt().length()).isEqualTo(7));
  }

  @Test
  void theNameOfTheWorkloadIsTheSpec() {
    assertThat(Workloads.generate("random:requests=3", 1).name()).isEqualTo("random:requests=3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "random",
        "random:",
        "prefix_repetition:rate=3,burstiness=0.5",
        "shared-prefix:rate=3..60",
        "shared-prefix:rate=10..20,ladder-steps=3,ladder-seconds=5,warmup=7x3",
        "random:rate=3..60,ramp=exponential,burstiness=inf",
        "random:rate=3x20+10x20",
        "random:burst=50x10",
        "chat:sessions=3,concurrency=2,loras=4,salts=2,scale=2.5",
        "agents:tasks=2,forks=1",
        "mooncake:/no/such/file,mode=closed",
        "azure:path=/no/such/file"
      })
  void theseAreSpecs(String text) {
    assertThat(WorkloadSpec.parse(text).name()).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense | There is no workload 'nonsense'; there are random, prefix_repetition,",
        "'' | There is no workload ''; there are random,",
        "random:nonsense=1 | random: there is no parameter nonsense; there are requests, prefix,",
        "random:input | random: there is no parameter path; there are",
        "random:input=5,input=6 | random: input is given twice.",
        "random:input=5,,output=3 | random: '' is no parameter; they are key=value",
        "random:input=5,output | random: 'output' is no parameter; they are key=value",
        "random:input= | random: 'input=' is no parameter; they are key=value",
        "random:input=many | random: input=many: give a whole number from 1 to 16777216.",
        "random:input=0 | random: input=0: give a whole number from 1 to",
        "random:input=-3 | random: input=-3: give a whole number from 1 to",
        "random:input=99999999999 | random: input=99999999999: give a whole number",
        "random:range-ratio=1 | random: range-ratio=1: give a number below 1.",
        "random:range-ratio=2 | random: range-ratio=2: give a number from 0 to 1.",
        "random:input=1,range-ratio=0.5 | random: input=1: some prompts would be empty",
        "random:rate=fast | random: rate=fast: give a number from 0.0001 to 1000000.",
        "random:rate=0 | random: rate=0: give a number from 0.0001 to 1000000.",
        "random:rate=-1 | random: rate=-1: give a number from 0.0001 to 1000000.",
        "random:rate=NaN | random: rate=NaN: give a number from 0.0001 to 1000000.",
        "random:rate=1e-7 | random: rate=1e-7: give a number from 0.0001 to 1000000.",
        "random:rate=1e300 | random: rate=1e300: give a number from 0.0001",
        "random:rate=5d | random: rate=5d: give a number from 0.0001",
        "random:rate=0x1p3 | random: rate=0x1p3: give a number from 0.0001",
        "random:rate=3..Infinity | random: rate=3..Infinity: give a number from 0.0001",
        "random:rate=3x1e9 | random: rate=3x1e9: give a number from 0.0001 to 864000.",
        "random:burst=1x10000000 | random: burst=1x10000000: give a number from 0.0001 to 864000.",
        "random:burst=-1x10 | random: burst=-1x10: give a whole number from 1 to",
        "chat:think=NaN | chat: think=NaN: give a number from 0.001 to 86400.",
        "chat:turns=1001 | chat: turns=1001: give a whole number from 1 to 1000.",
        "agents:tool-seconds=-1 | agents: tool-seconds=-1: give a number from 0.001 to 86400.",
        "mooncake:x,token-millis=1e9 | mooncake: token-millis=1e9: give a number from 0.001 to",
        "mooncake:/a,b.jsonl | mooncake: 'b.jsonl' is no parameter; they are key=value, separated by"
            + " commas, and a value with a comma is in quotes, as in path=\"a,b\".",
        "mooncake:path=\"/a,b.jsonl | mooncake: a quote is opened in 'path=\"/a,b.jsonl' and not",
        "mooncake:\"a\",jitter=-1 | mooncake: jitter=-1: give a number from 0 to",
        "random:rate=60..3 | random: rate=60..3: give the smaller one first.",
        "random:rate=1..2 | random: rate=1..2: llm-d's ladder has no such step; say how many",
        "random:rate=3..60,ramp=up | random: ramp=up: give one of steps, linear, exponential.",
        "random:rate=3,ramp=linear | random: ramp=linear has no effect here; it goes with rate=",
        "random:rate=3,warmup=5x5 | random: warmup=5x5 has no effect here; it goes with a ladder",
        "random:rate=3,burst=5x5 | random: rate=3 has no effect here; it goes with no burst.",
        "random:rate=inf,burstiness=2 | random: burstiness=2 has no effect here; it goes with a",
        "random:burst=5 | random: burst=5: give a size and seconds, as in 50x10.",
        "random:rate=3x20+10 | random: rate=10: give a rate and seconds, as in 15x50.",
        "random:rate=3x20+0.1x1 | random: rate=0.1x1: that makes no request; take a longer stage.",
        "random:rate=3..60,warmup=5 | random: warmup=5: give a rate and seconds, as in 15x50.",
        "random:rate=100000x100000 | random: rate=100000x100000: that makes too many requests",
        "random:rate=0.01..0.01,ladder-steps=2 | random: rate=0.01..0.01: that makes no request;",
        "random:rate=1..2,ladder-steps=1001 | random: ladder-steps=1001: give at most 1000.",
        "random:rate=5,burstiness=0 | random: burstiness=0: give a number from 0.0001 to 1000000.",
        "random:requests=9,rate=3x20 | random: requests=9 has no effect here; it goes with a rate",
        "shared-prefix:requests=9 | shared-prefix: requests=9 has no effect here; it goes with a",
        "chat:sessions=9,rate=3..60 | chat: sessions=9 has no effect here; it goes with a rate",
        "prefix_repetition:requests=5 | prefix_repetition: prefixes=10: give at least as many",
        "shared-prefix:system=9..3 | shared-prefix: system=9..3: give the smaller one first.",
        "chat:turns=0..3 | chat: turns=0..3: give a whole number from 1 to",
        "chat:turns=1..2..3 | chat: turns=1..2..3: give a whole number from 1 to",
        "chat:concurrency=-1 | chat: concurrency=-1: give a whole number from 0 to",
        "chat:scale=0 | chat: scale=0: give a number from 0.001 to 1000000.",
        "agents:forks=1.5 | agents: forks=1.5: give a number from 0 to 1.",
        "mooncake | mooncake: the path is missing; give it, as in mooncake:path=PATH.",
        "azure:scale=2 | azure: the path is missing; give it, as in azure:path=PATH.",
        "mooncake:x,mode=shut | mooncake: mode=shut: give one of open, closed.",
        "mooncake:x,jitter=-1 | mooncake: jitter=-1: give a number from 0 to 86400.",
        "mooncake:x,block=20 | mooncake: block=20: give a multiple of 16."
      })
  void theseAreNot(String text, String answer) {
    assertThatThrownBy(() -> WorkloadSpec.parse(text))
        .isInstanceOf(WorkloadException.class)
        .hasMessageStartingWith(answer);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "random:rate=0.001 | The last request would come after 11.6 days; all come within 10. Take",
        "random:rate=0.01,scale=0.01 | The last request would come after 115.7 days;",
        "random:burst=1x800000,requests=3 | The last request would come after 18.5 days;",
        "random:burst=1x864000,requests=16777216 | Some requests would come after more than 30 years"
      })
  void whatNobodyWaitsForIsRefused(String text, String answer) {
    assertThatThrownBy(() -> Workloads.generate(text, 1))
        .isInstanceOf(WorkloadException.class)
        .hasMessageStartingWith(answer);
  }

  @Test
  void aSlowRateIsTakenIfItIsMadeFaster() {
    assertThat(Workloads.generate("random:rate=0.001,scale=100", 1).requests()).hasSize(1000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mooncake:\"/a,b\" | /a,b",
        "mooncake:path=\"/a,b\",mode=closed | /a,b",
        "mooncake:mode=closed, path = \"/a=1,b \" ,scale=2 | /a=1,b",
        "mooncake:\"/say \"\"a,b\"\"\" | /say \"a,b\"",
        "mooncake:/say \"a\" | /say \"a\"",
      })
  void aPathInQuotesMayHaveCommas(String text, String path) {
    assertThat(WorkloadSpec.parse(text))
        .isInstanceOfSatisfying(
            MooncakeTrace.class,
            trace -> assertThat(trace.path().toString().strip()).isEqualTo(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a", "/a,b", "\"/a\"", "/a\"b,\"\"c", " /a", "a,", "=,="})
  void whatIsQuotedIsReadAsItWas(String path) {
    assertThat(WorkloadSpec.parse("azure:scale=2,path=" + WorkloadSpec.quoted(path)))
        .isInstanceOfSatisfying(
            AzureTrace.class, trace -> assertThat(trace.path()).hasToString(path));
  }

  /** Whatever is written is taken or answered. */
  @Test
  void nothingWrittenIsWithoutAnswer() {
    String[] parts = {
      "random",
      "shared-prefix",
      "chat",
      "mooncake",
      ":",
      ",",
      "=",
      "rate",
      "requests",
      "..",
      "x",
      "+",
      "burst",
      "warmup",
      "steps",
      "ladder-steps",
      "path",
      "ramp",
      "linear",
      "inf",
      "-1",
      "0",
      "1",
      "15",
      "60",
      "1e9",
      "NaN",
      "\"",
      "9999999999",
      "\0",
      " ",
      "input",
      "range-ratio",
      "0.5"
    };
    int taken = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder(parts[random.nextInt(4)]).append(':');
      for (int part = random.nextInt(12); part > 0; part--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      try {
        WorkloadSpec.parse(text.toString());
        taken++;
      } catch (WorkloadException e) {
        assertThat(e).as("seed %d", seed).hasMessageEndingWith(".");
      }
    }
    assertThat(taken).isPositive();
  }

  @Test
  void aPromptTooLongForAnyoneIsRefused() {
    assertThatThrownBy(
            () -> Workloads.generate("chat:sessions=1,turns=100,output=16000000,rate=1", 1))
        .isInstanceOf(WorkloadException.class)
        .hasMessageContaining("take shorter or fewer parts");
  }
}
