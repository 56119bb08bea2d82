package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pickwick.bench.workload.Workloads;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RequestRateTest {
  private static double configured(String spec) {
    return RequestRate.of(spec, Workloads.generate(spec, 1)).orElse(Double.POSITIVE_INFINITY);
  }

  @Test
  void theRateIsThatOfTheScaledWorkload() {
    String few = "random:requests=4,input=5,output=1,";
    assertThat(configured(few + "rate=8")).isEqualTo(8);
    assertThat(configured(few + "rate=8,scale=0.5")).isEqualTo(4);
    assertThat(configured(few + "scale=2.5,rate=4")).isEqualTo(10);
    assertThat(configured(few + "rate=1e1")).isEqualTo(10);
    assertThat(configured(few + "rate=.5e+2")).isEqualTo(50);
    assertThat(configured(few + "rate=0.0001")).isEqualTo(0.0001);
  }

  @Test
  void whatHasNoSingleRateHasNone() {
    for (String spec :
        new String[] {
          "random:requests=4,input=5,output=1",
          "random:requests=4,input=5,output=1,rate=inf",
          "random:requests=4,input=5,output=1,scale=2",
          "random:requests=4,input=5,output=1,rate=3..60,ramp=linear",
          "random:input=5,output=1,rate=3x2+4x2",
          "random:requests=4,input=5,output=1,burst=2x1",
          // Of conversations, whose later turns come as they come.
          "chat:sessions=3,turns=2,rate=5"
        }) {
      assertThat(configured(spec)).as(spec).isInfinite();
    }
  }

  @Test
  void theLastRequestIsDueWhenTheConfiguredRateHasItDue() {
    String spec = "random:requests=50,input=5,output=1,rate=4e1,scale=2";
    long last = Workloads.generate(spec, 1).requests().getLast().atNanos();
    assertThat(last / 1e9).isCloseTo(50 / configured(spec), Offset.offset(1e-6));
  }

  @Test
  void anOptionsRateIsAPartOfTheWorkload() throws Exception {
    assertThat(RequestRate.into("random", "")).isEqualTo("random");
    assertThat(RequestRate.into("random", "5")).isEqualTo("random:rate=5");
    assertThat(RequestRate.into("random:input=5", "1e-2")).isEqualTo("random:input=5,rate=1e-2");
    for (String all : new String[] {"inf", "Inf", "Infinity", "INF", "+inf"}) {
      assertThat(RequestRate.into("shared-prefix", all)).isEqualTo("shared-prefix:rate=inf");
    }
  }

  @Test
  void anOptionsRateThatIsNoneIsRefused() {
    for (String wrong : new String[] {"0", "-1", "nan", "-inf", "x", "1f", "0x1p3", "1,5", "."}) {
      assertThatThrownBy(() -> RequestRate.into("random", wrong))
          .isInstanceOf(ServeException.class)
          .hasMessageContaining("--request-rate " + wrong + " is no rate");
    }
    for (String ladder : new String[] {"3..60", "3x20+10x20", "7"}) {
      assertThatThrownBy(() -> RequestRate.into("random:rate=" + ladder + ",input=5", "inf"))
          .isInstanceOf(ServeException.class)
          .hasMessageContaining("--request-rate inf and rate=" + ladder + " in the workload");
    }
  }
}
