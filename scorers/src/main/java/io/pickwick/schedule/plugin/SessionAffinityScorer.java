package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.Scorer;
import io.pickwick.schedule.spec.Spec;
import java.util.List;
import java.util.function.BiConsumer;

/** Prefers the endpoint that served the session before: 1 for it, 0 for the others. */
public final class SessionAffinityScorer implements Scorer {
  private final String name;
  private final SessionToken session;

  private SessionAffinityScorer(String name, SessionToken session) {
    this.name = name;
    this.session = session;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void score(ScheduleRequest request, Candidates candidates, double[] scores) {
    String wanted = session.wanted(request);
    for (int row = 0; row < candidates.size(); row++) {
      scores[row] = SessionToken.names(wanted, candidates.endpoint(row)) ? 1 : 0;
    }
  }

  @Override
  public void replyHeaders(
      ScheduleRequest request, Endpoint endpoint, BiConsumer<String, String> headers) {
    session.give(endpoint, headers);
  }

  /** Makes it. */
  public static final class Provider implements PluginProvider {
    @Override
    public String type() {
      return "session-affinity-scorer";
    }

    @Override
    public String description() {
      return "Prefers the endpoint that served the session before.";
    }

    @Override
    public List<Parameter> parameters() {
      return SessionToken.PARAMETERS;
    }

    @Override
    public SessionAffinityScorer create(String name, Spec parameters) {
      return new SessionAffinityScorer(name, SessionToken.read(parameters));
    }
  }
}
