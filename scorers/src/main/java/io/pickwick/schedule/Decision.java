package io.pickwick.schedule;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a scheduler made of a request. */
public sealed interface Decision {
  /** There was no endpoint to choose from. */
  record NoEndpoints() implements Decision {}

  /**
   * Endpoints were there, but none was left.
   *
   * @param filter the name of the filter that took the last one
   */
  record FilteredOut(String filter) implements Decision {}

  /** The request has its endpoint, and its load is reserved there. */
  final class Picked implements Decision {
    private final ScheduleRequest request;
    private final Profile profile;
    private final List<Endpoint> endpoints;
    private final Reservation reservation;
    private final int matchedTokens;
    private final int choices;
    private final double score;
    private final double cost;
    private final double queuedTokens;
    private final int inFlight;
    private final Optional<Explanation> explanation;

    Picked(
        ScheduleRequest request,
        Profile profile,
        List<Endpoint> endpoints,
        Reservation reservation,
        Candidates candidates,
        int row,
        Optional<Explanation> explanation) {
      this.request = request;
      this.profile = profile;
      this.endpoints = endpoints;
      this.reservation = reservation;
      this.matchedTokens = candidates.matchedTokens(row);
      this.choices = candidates.size();
      this.score = candidates.score(row);
      this.cost = candidates.cost(row);
      this.queuedTokens = candidates.queuedTokens(row);
      this.inFlight = candidates.inFlight(row);
      this.explanation = explanation;
    }

    /** Where it goes. */
    public Endpoint endpoint() {
      return endpoints.getFirst();
    }

    /** Where it goes, and after that where it may go when the first is not there any more. */
    public List<Endpoint> endpoints() {
      return endpoints;
    }

    /** Its load; whoever takes the decision ends it. */
    public Reservation reservation() {
      return reservation;
    }

    /** The prompt's leading tokens that the endpoint already holds. */
    public int matchedTokens() {
      return matchedTokens;
    }

    /** The prompt's tokens. */
    public int promptTokens() {
      return request.prompt().tokens();
    }

    /** The endpoint's total score. */
    public double score() {
      return score;
    }

    /** Its cost in tokens; not-a-number when no scorer thinks in costs. */
    public double cost() {
      return cost;
    }

    /** Headers that the client shall get with the response. */
    public Map<String, String> replyHeaders() {
      Map<String, String> headers = new TreeMap<>();
      for (Profile.WeightedScorer weighted : profile.scorers()) {
        weighted.scorer().replyHeaders(request, endpoint(), headers::put);
      }
      for (Filter filter : profile.filters()) {
        filter.replyHeaders(request, endpoint(), headers::put);
      }
      profile.picker().replyHeaders(request, endpoint(), headers::put);
      return headers;
    }

    /** Every endpoint that was considered; there when the request asked for it. */
    public Optional<Explanation> explanation() {
      return explanation;
    }

    /** Why this endpoint, in a few words; made when asked for. */
    public String reason() {
      StringBuilder words = new StringBuilder(96);
      words.append(choices == 1 ? "only choice" : "best of " + choices);
      int prompt = promptTokens();
      if (matchedTokens > 0) {
        words.append(", holds ").append(matchedTokens).append(" of ").append(prompt);
        words.append(" tokens");
      } else if (prompt > 0) {
        words.append(", holds none of ").append(prompt).append(" tokens");
      }
      words.append(", ").append(Math.round(queuedTokens)).append(" queued");
      words.append(", ").append(inFlight).append(" in flight");
      if (!Double.isNaN(cost)) {
        words.append(", cost ").append(Math.round(cost));
      }
      return words.toString();
    }
  }
}
