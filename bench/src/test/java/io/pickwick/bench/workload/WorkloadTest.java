package io.pickwick.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a workload and its requests hold to. */
class WorkloadTest {
  private static WorkloadRequest request(int id, long atNanos, int after) {
    return new WorkloadRequest(id, "", atNanos, after, 0, PromptTokens.of(1, 2), 1, "", "");
  }

  @Test
  void aPromptIsCopiedInAndOut() {
    int[] mine = {1, 2, 3};
    PromptTokens prompt = PromptTokens.of(mine);
    mine[0] = 9;
    prompt.tokens()[1] = 9;
    assertThat(prompt.tokens()).containsExactly(1, 2, 3);
    assertThat(prompt.length()).isEqualTo(3);
  }

  @Test
  void theListIsCopied() {
    List<WorkloadRequest> requests = new ArrayList<>(List.of(request(0, 0, -1)));
    Workload workload = new Workload("w", requests, 0);
    requests.clear();
    assertThat(workload.requests()).hasSize(1);
  }

  @Test
  void followersMayHaveAnyTime() {
    Workload workload =
        new Workload("w", List.of(request(0, 10, -1), request(1, 0, 0), request(2, 10, -1)), 0);
    assertThat(workload.requests().get(1).follows()).isTrue();
    assertThat(workload.requests().get(2).follows()).isFalse();
  }

  @Test
  void anIdThatIsNoIndexIsRefused() {
    assertThatThrownBy(() -> new Workload("w", List.of(request(1, 0, -1)), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Request 1 is at index 0; an id is an index.");
  }

  @Test
  void timesOutOfOrderAreRefused() {
    assertThatThrownBy(() ->
            new Workload("w", List.of(request(0, 5, -1), request(1, 0, 0), request(2, 4, -1)), 0))
        .hasMessage("Request 2 is sent before one of a lower id.");
  }

  @Test
  void aNegativeLimitIsRefused() {
    assertThatThrownBy(() -> new Workload("w", List.of(), -1)).hasMessageContaining("concurrency");
  }

  @Test
  void aRequestThatFollowsItselfIsRefused() {
    assertThatThrownBy(() -> request(3, 0, 3)).hasMessageContaining("can't follow request 3");
    assertThatThrownBy(() -> request(3, 0, -2)).hasMessageContaining("can't follow");
  }

  @Test
  void emptyPromptsOutputsAndNegativeTimesAreRefused() {
    assertThatThrownBy(() -> request(0, -1, -1)).hasMessageContaining("negative time");
    assertThatThrownBy(() -> new WorkloadRequest(0, "", 0, -1, -1, PromptTokens.of(1), 1, "", ""))
        .hasMessageContaining("negative time");
    assertThatThrownBy(() -> new WorkloadRequest(0, "", 0, -1, 0, PromptTokens.of(), 1, "", ""))
        .hasMessageContaining("0 tokens of prompt");
    assertThatThrownBy(() -> new WorkloadRequest(0, "", 0, -1, 0, PromptTokens.of(1), 0, "", ""))
        .hasMessageContaining("0 of output");
  }
}
