package io.pickwick.bench.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Conversations: a system prompt that many share, then turns, each with all that was said before.
 *
 * <p>The conversations come at the rate; a turn comes after the end of the one before and an
 * exponential time of reading and typing.
 */
record Chat(
    String name,
    int sessions,
    int systems,
    Range system,
    Range turns,
    Range user,
    Range output,
    double thinkSeconds,
    Arrivals arrivals,
    Traffic traffic)
    implements WorkloadSpec {

  static Chat read(String name, Options options) {
    return new Chat(
        name,
        options.count("sessions", 200, 1),
        options.count("systems", 1, 1),
        options.range("system", Range.of(1000), 0),
        options.range("turns", new Range(2, 10), 1, Options.MOST_TURNS),
        options.range("user", new Range(20, 200), 1),
        options.range("output", new Range(50, 400), 1),
        options.number("think", 10, 0.001, 86_400),
        Rates.read(options, "1", "sessions"),
        Traffic.read(options));
  }

  @Override
  public List<Stage> stages() {
    return traffic.stages(arrivals);
  }

  @Override
  public Workload generate(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int count = arrivals.requests(sessions);
    long[] times = arrivals.times(count, random.split());
    TokenBlocks own = TokenBlocks.own(seed);
    TokenBlocks shared = TokenBlocks.shared(seed);
    List<PromptText> starts = new ArrayList<>();
    for (int index = 0; index < systems; index++) {
      starts.add(PromptText.EMPTY.then(shared, index, system.draw(random)));
    }
    List<WorkloadRequest> list = new ArrayList<>();
    for (int session = 0; session < count; session++) {
      String label = "chat-" + session;
      PromptText said = starts.get(random.nextInt(systems));
      int last = turns.draw(random);
      for (int turn = 0; turn < last; turn++) {
        int id = list.size();
        PromptText prompt = said.then(own, id, user.draw(random));
        int generated = output.draw(random);
        WorkloadRequest request =
            traffic.request(seed, id, session, label, times[session], prompt, generated);
        list.add(
            turn == 0
                ? request
                : request.following(
                    id - 1, Math.round(Draws.exponential(random, thinkSeconds) * 1e9)));
        said = prompt.thenOutput(id, generated);
      }
    }
    return traffic.workload(name, list);
  }
}
