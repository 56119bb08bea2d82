package io.pickwick.model;

import io.pickwick.resource.Meta;
import io.pickwick.resource.TargetModel;
import java.util.List;
import java.util.Optional;

/** Target models with their shares of the requests. */
final class Split {
  private final Route[] routes;

  /** The sum of the weights up to and with each route; the last is the sum of all. */
  private final long[] upTo;

  /**
   * Makes the routes once, so that a request costs none.
   *
   * @param targets at least one; without a weight among them above 0 the shares are equal
   * @param by the resource that has them
   * @param ranking of the requests that no header ranks
   */
  Split(List<TargetModel> targets, Meta by, Ranking ranking) {
    boolean equal = targets.stream().allMatch(target -> target.weight().orElse(0) == 0);
    Optional<Meta> targetBy = Optional.of(by);
    routes = new Route[targets.size()];
    upTo = new long[targets.size()];
    long sum = 0;
    for (int i = 0; i < routes.length; i++) {
      TargetModel target = targets.get(i);
      sum += equal ? 1 : target.weight().orElse(0);
      upTo[i] = sum;
      routes[i] = new Route(target.name(), targetBy, ranking.priority(), ranking.by());
    }
  }

  /**
   * Takes one.
   *
   * @param random from 0, below 1
   */
  Route route(double random) {
    // A product that rounds up to the sum itself would fall behind the last share.
    long drawn = Math.min((long) (random * upTo[upTo.length - 1]), upTo[upTo.length - 1] - 1);
    int i = 0;
    while (drawn >= upTo[i]) {
      i++;
    }
    return routes[i];
  }
}
