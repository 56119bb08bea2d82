package io.pickwick.kube;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says in words what keeps us from reading a kind, and the command that mends it. */
final class Mend {
  private static final Pattern ACCOUNT =
      Pattern.compile("\"system:serviceaccount:([^:\"]+):([^:\"]+)\"");

  private Mend() {}

  static String of(WatchedKind<?> kind, String namespace, ApiRefusal refusal) {
    return switch (refusal.code()) {
      case 401 ->
          "the API server does not accept our credentials, so "
              + kind.resource()
              + " cannot be read ("
              + refusal.words()
              + "); see that the service account still exists and its token is mounted";
      case 403 -> denied(kind, namespace, refusal);
      case 404 -> missing(kind);
      default -> "the API server does not tell " + kind.resource() + " (" + refusal.words() + ")";
    };
  }

  private static String denied(WatchedKind<?> kind, String namespace, ApiRefusal refusal) {
    String role = "pickwick-" + kind.plural();
    Matcher account = ACCOUNT.matcher(String.valueOf(refusal.getMessage()));
    String subject =
        account.find()
            ? "--serviceaccount=" + account.group(1) + ":" + account.group(2)
            : "--user=OURS";
    return "we may not read "
        + kind.resource()
        + " ("
        + refusal.words()
        + "); to let us: kubectl -n "
        + namespace
        + " create role "
        + role
        + " --verb=get,list,watch --resource="
        + kind.resource()
        + " && kubectl -n "
        + namespace
        + " create rolebinding "
        + role
        + " --role="
        + role
        + " "
        + subject;
  }

  private static String missing(WatchedKind<?> kind) {
    return "the cluster has no "
        + kind.resource()
        + (kind.needed()
            ? ", without which nothing is served; install its CRD: kubectl apply -f deploy/crds"
            : "; to use them, install their CRD: kubectl apply -f deploy/crds");
  }
}
