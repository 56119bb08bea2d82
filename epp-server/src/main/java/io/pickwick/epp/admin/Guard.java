package io.pickwick.epp.admin;

import java.util.Optional;

/** Says who may read the pages about the pool; it may take its time. */
@FunctionalInterface
public interface Guard {
  /** Everybody may. */
  Guard NONE = (method, path, token) -> Optional.empty();

  /**
   * Why a page is refused; absent when it is not.
   *
   * @param method the HTTP method
   * @param path the page's path
   * @param token the bearer token of the request; empty where it has none
   */
  Optional<Refusal> refusal(String method, String path, String token);

  /**
   * What is answered in the place of the page.
   *
   * @param status the HTTP status
   * @param message one line
   */
  record Refusal(int status, String message) {}
}
