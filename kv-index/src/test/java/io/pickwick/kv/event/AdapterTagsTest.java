package io.pickwick.kv.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AdapterTagsTest {
  private final AdapterTags tags = new AdapterTags();

  @Test
  void givesEachAdapterANumberAndTheBaseModelZero() {
    assertThat(tags.of("")).isEqualTo(AdapterTags.BASE).isZero();
    assertThat(tags.of("sql")).isEqualTo(1);
    assertThat(tags.of("law")).isEqualTo(2);
    assertThat(tags.of("sql")).isEqualTo(1);
  }

  @Test
  void givesNoNumberToWhoOnlyAsks() {
    assertThat(tags.find("sql")).isEqualTo(AdapterTags.NEVER);
    assertThat(tags.find("")).isEqualTo(AdapterTags.BASE);
    tags.of("law");
    assertThat(tags.find("law")).isEqualTo(1);
  }

  @Test
  void givesNoNumberTwiceWhoeverAsksAtOnce() {
    Set<Integer> given = ConcurrentHashMap.newKeySet();
    IntStream.range(0, 4_000)
        .parallel()
        .forEach(i -> given.add(tags.of("adapter-" + i % 1_000) * 1_000 + i % 1_000));
    assertThat(given).hasSize(1_000);
  }

  @Test
  void hasNoNumberLeftAfterTheLast() {
    for (int i = 1; i <= AdapterTags.MOST; i++) {
      assertThat(tags.of("adapter-" + i)).isEqualTo(i);
    }
    assertThat(tags.of("one more")).isEqualTo(AdapterTags.NEVER);
    assertThat(tags.of("adapter-7")).isEqualTo(7);
  }
}
