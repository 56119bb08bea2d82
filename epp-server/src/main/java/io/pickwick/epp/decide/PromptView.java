package io.pickwick.epp.decide;

import io.pickwick.epp.request.Usage;
import io.pickwick.kv.hash.PromptKeys;
import io.pickwick.kv.index.PrefixIndex;
import io.pickwick.schedule.Endpoint;

/** One request's prompt and what is known of it at the endpoints; used on one thread. */
public interface PromptView {
  /** The prompt, kept apart by model and salt; its length exact where it is known. */
  PromptKeys prompt();

  /** What the endpoints hold of it. */
  PrefixIndex index();

  /** How an endpoint was looked up, for headers and logs; empty when there is only one way. */
  String mode(Endpoint picked);

  /** Which of an endpoint's data-parallel ranks holds most of it; -1 when that does not matter. */
  default int rank(Endpoint picked) {
    return -1;
  }

  /**
   * Whether the engines' events are followed: then none may report blocks that it holds already,
   * since that looks like a second copy of them, which nothing takes back.
   */
  default boolean followsEvents() {
    return false;
  }

  /** The request goes to an endpoint, of which {@code matched} tokens were promised. */
  Sent routed(Endpoint endpoint, int matched);

  /** A prompt on its way. */
  interface Sent {
    /** Of this one nobody wants to hear more. */
    Sent NONE =
        new Sent() {
          @Override
          public void unserved() {}

          @Override
          public void served(Usage usage) {}

          @Override
          public void ended() {}
        };

    /** The endpoint did not take the request. */
    void unserved();

    /** The endpoint served it and told its tokens. */
    void served(Usage usage);

    /** The response was seen to its end, however it ended. */
    void ended();
  }
}
