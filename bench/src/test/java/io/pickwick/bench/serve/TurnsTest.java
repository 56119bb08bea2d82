package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.bench.workload.Workload;
import io.pickwick.bench.workload.WorkloadRequest;
import io.pickwick.bench.workload.Workloads;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static List<Turns.Part> parts(Turns turns, WorkloadRequest request) {
    return turns.parts(request, request.prompt().tokens(), id -> "answer " + id);
  }

  @Test
  void eachTurnRepeatsTheAnswersBeforeItWhereTheyStand() {
    Workload chat =
        Workloads.generate("chat:sessions=3,turns=4,user=20,system=40,systems=1,output=8", 1);
    Turns turns = new Turns(chat);
    for (WorkloadRequest request : chat.requests().reversed()) {
      int depth = 0;
      WorkloadRequest before = request;
      while (before.follows()) {
        before = chat.requests().get(before.after());
        depth++;
      }
      List<Turns.Part> parts = parts(turns, request);
      assertThat(parts).hasSize(2 * depth + 1);
      int at = 0;
      for (int index = 0; index < parts.size(); index++) {
        assertThat(parts.get(index).from()).isEqualTo(at);
        assertThat(parts.get(index).answer()).isEqualTo(index % 2 == 1);
        assertThat(parts.get(index).said().isEmpty()).isEqualTo(index % 2 == 0);
        at = parts.get(index).to();
      }
      assertThat(at).isEqualTo(request.prompt().length());
      if (depth > 0) {
        assertThat(parts.get(parts.size() - 2).said()).isEqualTo("answer " + request.after());
        assertThat(turns.wanted(request.after())).isTrue();
      }
    }
  }

  @Test
  void whatFollowsWithoutRepeatingStandsForItself() {
    Workload random = Workloads.generate("random:requests=3,input=10", 1);
    Turns turns = new Turns(random);
    for (WorkloadRequest request : random.requests()) {
      assertThat(parts(turns, request)).containsExactly(new Turns.Part(false, 0, 10, ""));
      assertThat(turns.wanted(request.id())).isFalse();
    }
  }
}
