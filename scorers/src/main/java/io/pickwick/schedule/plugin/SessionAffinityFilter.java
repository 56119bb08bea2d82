package io.pickwick.schedule.plugin;

import io.pickwick.schedule.Candidates;
import io.pickwick.schedule.Endpoint;
import io.pickwick.schedule.Filter;
import io.pickwick.schedule.PluginProvider;
import io.pickwick.schedule.ScheduleRequest;
import io.pickwick.schedule.spec.Spec;
import java.util.List;
import java.util.function.BiConsumer;

/** Keeps only the endpoint that served the session before; all when it is not there. */
public final class SessionAffinityFilter implements Filter {
  private final String name;
  private final SessionToken session;

  private SessionAffinityFilter(String name, SessionToken session) {
    this.name = name;
    this.session = session;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void filter(ScheduleRequest request, Candidates candidates) {
    String wanted = session.wanted(request);
    if (wanted.isEmpty()) {
      return;
    }
    for (int row = 0; row < candidates.size(); row++) {
      if (SessionToken.names(wanted, candidates.endpoint(row))) {
        int only = row;
        candidates.retain(other -> other == only);
        return;
      }
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
      return "session-affinity-filter";
    }

    @Override
    public String description() {
      return "Keeps only the endpoint that served the session before, while it is there.";
    }

    @Override
    public List<Parameter> parameters() {
      return SessionToken.PARAMETERS;
    }

    @Override
    public SessionAffinityFilter create(String name, Spec parameters) {
      return new SessionAffinityFilter(name, SessionToken.read(parameters));
    }
  }
}
