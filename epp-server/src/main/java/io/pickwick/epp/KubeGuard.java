package io.pickwick.epp;

import io.pickwick.epp.admin.Guard;
import io.pickwick.kube.AccessReview;
import java.util.Locale;
import java.util.Optional;

/** Lets in whom the cluster's RBAC lets in. */
record KubeGuard(AccessReview review) implements Guard {
  @Override
  public Optional<Refusal> refusal(String method, String path, String token) {
    String verb = method.toLowerCase(Locale.ROOT);
    return switch (review.ask(token, verb, path)) {
      case ALLOWED -> Optional.empty();
      case UNKNOWN -> Optional.of(new Refusal(401, "show a bearer token that the cluster knows"));
      case DENIED ->
          Optional.of(
              new Refusal(
                  403,
                  "the token is good, but may not "
                      + verb
                      + " "
                      + path
                      + "; bind its account to a ClusterRole with nonResourceURLs: ["
                      + path
                      + "], verbs: ["
                      + verb
                      + "]"));
      case UNANSWERED ->
          Optional.of(new Refusal(503, "the API server does not say who may read this"));
    };
  }
}
