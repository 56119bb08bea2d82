package io.pickwick.kv.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AdapterTagTest {
  @Test
  void theBaseModelIsZeroAndNoAdapterIs() {
    assertThat(AdapterTag.of("")).isEqualTo(AdapterTag.BASE).isZero();
    assertThat(AdapterTag.of("sql")).isNotZero().isEqualTo(AdapterTag.of("sq" + "l"));
  }

  @Test
  void manyNamesHaveTagsOfTheirOwn() {
    assertThat(IntStream.range(0, 200_000).mapToLong(i -> AdapterTag.of("adapter-" + i)).distinct())
        .hasSize(200_000);
  }
}
